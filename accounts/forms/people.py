from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainForm, VersionedForm
from accounts.models import Organisation, Person, Role
from accounts.models.organisation import known_zones


class InvitationForm(PlainForm):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Role.choices,
        initial=Role.VIEWER,
        widget=forms.RadioSelect,
        help_text=_("Executives read outcomes. Reviewers decide on content. Managers plan and run pilots."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if self.organisation.memberships.filter(person__email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody with this address is a member already."))
        return email


class RoleForm(PlainForm):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class JoinForm(PlainForm):
    """For somebody who was invited and has no account yet."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("A password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters. A sentence is easier to remember than a word."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, Person(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


@cache
def zones() -> list[tuple[str, str]]:
    """The places that have a time zone."""
    zones = sorted(
        zone
        for zone in known_zones()
        if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/", "SystemV/", "US/"))
    )
    return [(zone, zone.replace("_", " ")) for zone in ["UTC", *zones]]


class SettingsForm(VersionedForm[Organisation]):
    class Meta:
        model = Organisation
        fields = [
            "name",
            "time_zone",
            "minimum_group",
            "two_reviewers",
            "code_at_signing",
            "digest_day",
            "sender_name",
            "unlikely_below",
            "few_below",
            "silent_after",
            "answer_within",
            "review_within",
        ]
        help_texts = {
            "code_at_signing": _(
                "Six digits in a second mail, at the moment of signing: whoever has only the link cannot sign."
            ),
            "minimum_group": _("No page, export or picture shows a value about fewer people than this."),
            "unlikely_below": _("Looked at from the second week on."),
            "few_below": _("Looked at from day 7 on, by what the weekly notes say of how many have used it."),
            "silent_after": _(
                "The metric’s usual delay is waited for first, and nobody is told on the first day."
            ),
            "sender_name": _("Shown as the sender of mails; empty for the organisation's name."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            choices=zones(),
            help_text=_("Days begin and end here."),
        )
