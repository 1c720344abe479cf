from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainForm
from pilots.models.closing import NextStep


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
