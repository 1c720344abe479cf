from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.forms.plain import PlainForm, needed_at_times
from pilots.models.check_in import Confidence
from pilots.models.closing import NextStep
from pilots.models.judgement import Meant


class ReasonForm(PlainForm):
    """Why a pilot is cancelled or stopped."""

    reason = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class AcknowledgementForm(PlainForm):
    note = forms.CharField(
        label=_("What you do about it"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class CheckInForm(PlainForm):
    """How the week was: three lines that take less than a minute."""

    saw = forms.CharField(
        label=_("What we saw"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What people said and did, in a sentence. It stands under the picture."),
    )
    changed = forms.CharField(
        label=_("What we changed"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Empty if nothing was changed. It is marked in the picture, on this day."),
    )
    reach = forms.IntegerField(
        label=_("How many people have used it so far"),
        required=False,
        min_value=0,
        max_value=10_000_000,
        widget=forms.NumberInput(),
    )
    confidence = forms.ChoiceField(
        label=_("How confident are we?"), choices=Confidence.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, planned: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if planned:
            self.fields["reach"].help_text = ngettext(
                "Planned is %(count)s person.", "Planned are %(count)s people.", planned
            ) % {"count": planned}


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
    next_step = forms.CharField(
        label=_("What comes next"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Who does what by when; or that nothing follows, and why."),
    )
    other_causes = forms.CharField(
        label=_("What else may explain it"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A price change, a season, a new team lead; or that nothing else happened."),
    )

    # The verdict that was on the page: nobody decides on figures that they have not seen.
    version = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def __init__(self, *args: Any, recommended: str, verdict: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed_at_times(self, "reason")
        self.recommended = recommended
        self.fields["decision"].initial = recommended
        self.fields["version"].initial = verdict

    def show_newer(self, verdict: str) -> None:
        """After a refusal the page shows the newer figures: what is sent from it next was decided on them."""
        self.data = {**self.data.dict(), self.add_prefix("version"): verdict}  # type: ignore[attr-defined]

    def decided(self) -> dict[str, Any]:
        """What the verb is told."""
        return {"seen": self.cleaned_data["version"], **self.typed()}

    def typed(self) -> dict[str, str]:
        return {name: text for name, text in self.cleaned_data.items() if name != "version"}

    field_order = ["decision", "reason", "learned", "other_causes", "next_step"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (
            cleaned.get("decision") not in {None, self.recommended}
            and "reason" in cleaned
            and not cleaned["reason"]
        ):
            self.add_error("reason", _("This is not what was agreed for such a result. Say why."))
        return cleaned


class JudgementForm(PlainForm):
    """Was this what they meant by success?"""

    meant = forms.ChoiceField(
        label=_("Was this what you meant by success?"), choices=Meant.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("In your own words"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They stand on the outcome's page, under your name."),
    )
