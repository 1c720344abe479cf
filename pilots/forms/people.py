from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainForm, PlainModelForm
from pilots.models import Stakeholder
from pilots.models.agreement import Decision, When
from pilots.models.mailbox import same_name
from pilots.models.stakeholder import Stance


class StakeholderForm(PlainModelForm[Stakeholder]):
    class Meta:
        model = Stakeholder
        fields = [
            "name",
            "email",
            "position",
            "stance",
            "resistance",
            "is_sponsor",
            "sign_off_required",
            "is_legal",
        ]
        widgets = {"stance": forms.RadioSelect, "resistance": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stance"] = forms.ChoiceField(
            label=_("How they see it today"),
            choices=Stance.choices,
            widget=forms.RadioSelect,
            help_text=_(
                "Go to the most sceptical person first: a sceptic who describes success becomes an owner."
            ),
        )
        resistance = self.fields["resistance"]
        resistance.choices = [("", _("there is none")), *(c for c in resistance.choices if c[0])]  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class AnswerForm(PlainForm):
    text = forms.CharField(
        label=_("What does success look like to you?"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 7}),
    )


class MappingForm(PlainForm):
    delivered_by = forms.CharField(
        label=_("How the plan delivers it"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The line of the plan that brings what they described."),
    )
    declined_because = forms.CharField(
        label=_("Or: why the plan does not deliver it"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("They read this. An honest no is better than a silent one."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and bool(cleaned.get("delivered_by")) == bool(cleaned.get("declined_because")):
            self.add_error("delivered_by", _("Fill in one of the two: how it is delivered, or why not."))
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
