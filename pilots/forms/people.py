from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import DayInput, PlainForm, PlainModelForm, needed_at_times
from pilots.forms.step import StepForm
from pilots.models import Approach, Stakeholder
from pilots.models.agreement import Decision, When
from pilots.models.answer import PlanLine
from pilots.models.mailbox import same_name
from pilots.models.stakeholder import Influence, Stance

_RESISTANCE_HELP = _("Find that first: what moves them follows from it, and the plan gives it a day.")
_FIELDS = [
    "name", "email", "position", "stance", "influence", "resistance", "is_sponsor", "sign_off_required",
    "is_legal",
]  # fmt: skip


def _influence() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("How much influence they have"),
        choices=Influence.choices,
        coerce=int,
        initial=Influence.SOME,
        empty_value=Influence.SOME,  # type: ignore[arg-type]  # any value will do
        required=False,
        widget=forms.RadioSelect,
    )


class StakeholderForm(PlainModelForm[Stakeholder]):
    influence = _influence()

    class Meta:
        model = Stakeholder
        fields = _FIELDS
        widgets = {"stance": forms.RadioSelect, "resistance": forms.RadioSelect}
        help_texts = {"resistance": _RESISTANCE_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_how_they_see_it(self)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class StakeholderChangeForm(StepForm[Stakeholder]):
    """What is known better by now about somebody who is named already."""

    class Meta(StakeholderForm.Meta):
        fields = _FIELDS

    influence = _influence()
    version = None  # type: ignore[assignment]  # a stakeholder has none: what was seen says enough

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _say_how_they_see_it(self)
        for name in ("name", "email", "stance"):
            self.fields[name].required = True

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        others = self.instance.pilot.stakeholders.exclude(pk=self.instance.pk)
        if others.filter(email=email).exists():
            raise forms.ValidationError(_("Somebody with this address is named already."))
        return email


def _say_how_they_see_it(form: forms.ModelForm[Stakeholder]) -> None:
    form.fields["stance"] = forms.ChoiceField(
        label=_("How they see it today"),
        choices=Stance.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Go to the most sceptical person first: a sceptic who describes success becomes an owner."
        ),
    )
    resistance = form.fields["resistance"]
    resistance.choices = [("", _("there is none")), *(c for c in resistance.choices if c[0])]  # type: ignore[attr-defined]
    form.order_fields(_FIELDS)


class ApproachForm(PlainModelForm[Approach]):
    class Meta:
        model = Approach
        fields = ["due"]
        widgets = {"due": DayInput}

    def clean_due(self) -> date:
        due: date = self.cleaned_data["due"]
        if not 1990 < due.year < 2200:
            raise forms.ValidationError(_("Choose a day that is nearer."))
        return due


class AnswerForm(PlainForm):
    # Word for word: not even the blanks around it are taken away.
    text = forms.CharField(
        label=_("What does success look like to you?"),
        max_length=5000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 7}),
    )


class InPersonForm(AnswerForm):
    """An answer that somebody gave to the manager's face."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("What they said, in their own words")
        self.fields["text"].help_text = _(
            "Word for word, in the first person. They confirm it before they sign."
        )


class ConfirmationForm(PlainForm):
    """Whether these are somebody's words; if not, theirs instead."""

    right = forms.ChoiceField(
        label=_("Is this what you said?"),
        choices=[("yes", _("Yes, these are my words")), ("no", _("No, I correct it"))],
        widget=forms.RadioSelect,
    )
    instead = forms.CharField(
        label=_("Your words instead"),
        max_length=5000,
        strip=False,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "Needed where it is not right, and only there. The plan then answers these, and you are asked to sign anew."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed_at_times(self, "instead")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("right") == "no" and "instead" in cleaned and not cleaned["instead"]:
            self.add_error("instead", _("Please say it in your own words."))
        if cleaned.get("right") == "yes" and cleaned.get("instead"):
            self.add_error(
                "instead",
                _(
                    "You wrote other words. Which holds? Choose “No, I correct it” for these, or empty this field."
                ),
            )
        return cleaned


class MappingForm(PlainForm):
    """How the plan delivers an answer and where, or why not: one of the two."""

    line = forms.ChoiceField(
        label=_("Which line of the plan delivers it?"),
        choices=[("", _("none: it is declined")), *PlanLine.choices],
        required=False,
    )
    delivered_by = forms.CharField(
        label=_("How the plan delivers it"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In one sentence, as you would say it to them."),
    )
    declined_because = forms.CharField(
        label=_("Or: why the plan does not deliver it"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They read this. An honest no is better than a silent one."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed_at_times(self, *self.fields)  # it is one or the other

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and bool(cleaned.get("delivered_by")) == bool(cleaned.get("declined_because")):
            self.add_error("delivered_by", _("Fill in one of the two: how it is delivered, or why not."))
        elif cleaned.get("delivered_by") and not cleaned.get("line") and "line" in cleaned:
            self.add_error("line", _("Choose the line of the plan where that can be read."))
        if cleaned.get("declined_because"):
            cleaned["line"] = ""
        return cleaned


class NamedForm(PlainForm):
    """A form that only a person sends: whoever holds the link types their full name."""

    typed_name = forms.CharField(
        label=_("Your full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name

    def clean_typed_name(self) -> str:
        typed: str = self.cleaned_data["typed_name"]
        if not same_name(typed, self.name):
            raise forms.ValidationError(
                _("Please type your full name as it stands above: %(name)s."), params={"name": self.name}
            )
        return typed


class ConditionForm(NamedForm):
    """That what somebody asked for is met."""


class SignOffForm(NamedForm):
    decision = forms.ChoiceField(label=_("Your decision"), choices=Decision.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("Your condition, or your reason"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed for a condition, and when you do not agree."),
    )
    when = forms.ChoiceField(
        label=_("A condition holds"),
        choices=When.choices,
        initial=When.BEFORE,
        required=False,
        widget=forms.RadioSelect,
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    field_order = ("decision", "words", "when", "typed_name", "seen")

    def __init__(self, *args: Any, amends: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needed_at_times(self, "words", "when")
        if amends:
            words = {When.BEFORE: _("before the change holds"), When.DURING: _("during the pilot")}
            self.fields["when"].choices = list(words.items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["when"] = cleaned.get("when") or When.BEFORE
        if (
            cleaned.get("decision") in {Decision.CONDITION, Decision.DECLINE}
            and "words" in cleaned
            and not cleaned["words"]
        ):
            self.add_error("words", _("Please say what you need, or why not."))
        if cleaned.get("decision") == Decision.APPROVE:
            cleaned["words"] = ""
        return cleaned


class CodeForm(PlainForm):
    code = forms.CharField(
        label=_("The six digits"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class DeputyForm(PlainForm):
    name = forms.CharField(label=_("Their full name"), max_length=120)
    email = forms.EmailField(label=_("Their e-mail address"), max_length=254)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()
