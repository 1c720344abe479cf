from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import DayInput, PlainForm, PlainModelForm
from pilots.models import Consultation, DataSheet
from pilots.models.closing import NextStep


class DataSheetForm(PlainModelForm[DataSheet]):
    class Meta:
        model = DataSheet
        fields = ["data", "purpose", "access", "kept_until", "told", "oversight"]
        widgets = {
            "kept_until": DayInput,
            **{name: forms.Textarea(attrs={"rows": 2}) for name in ("data", "purpose", "access", "told")},
        }
        help_texts = {
            "data": _("Such as: call recordings of 31 representatives. Write “none” where none is used."),
            "access": _("People or roles, not “the team”."),
            "oversight": _("The person who has the last word."),
        }

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_kept_until(self) -> date:
        kept: date = self.cleaned_data["kept_until"]
        if kept < self.today:
            raise forms.ValidationError(_("This day has passed."))
        return kept


class ConsultationForm(PlainModelForm[Consultation]):
    class Meta:
        model = Consultation
        fields = ["with_whom", "held_on", "outcome"]
        widgets = {
            "held_on": DayInput,
            "outcome": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_held_on(self) -> date:
        held: date = self.cleaned_data["held_on"]
        if held > self.today:
            raise forms.ValidationError(
                _("This day is still to come. Record the conversation when it was held.")
            )
        if held < self.today - timedelta(days=3660):
            raise forms.ValidationError(_("That is more than ten years ago."))
        return held


class ReasonForm(PlainForm):
    """Why a pilot is cancelled or stopped."""

    reason = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class AcknowledgementForm(PlainForm):
    note = forms.CharField(
        label=_("What you do about it"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class DecisionForm(PlainForm):
    decision = forms.ChoiceField(label=_("The decision"), choices=NextStep.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why, if it is not what was agreed"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    learned = forms.CharField(
        label=_("What was learned"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A result of no effect is knowledge too."),
    )
    other_causes = forms.CharField(
        label=_("What else may explain it"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A price change, a season, a new team lead; or that nothing else happened."),
    )

    def __init__(self, *args: Any, recommended: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.recommended = recommended
        self.fields["decision"].initial = recommended

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (
            cleaned.get("decision") not in {None, self.recommended}
            and "reason" in cleaned
            and not cleaned["reason"]
        ):
            self.add_error("reason", _("This is not what was agreed for such a result. Say why."))
        return cleaned
