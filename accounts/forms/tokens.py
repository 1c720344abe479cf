from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainForm, needed_at_times
from accounts.models import Membership, Organisation
from accounts.models.token import Scope


class _Members(forms.ModelChoiceField[Membership]):
    def label_from_instance(self, obj: Membership) -> str:
        return f"{obj.person} ({obj.get_role_display()})"


class TokenForm(PlainForm):
    name = forms.CharField(
        label=_("What it is for"),
        max_length=80,
        help_text=_("Such as “Nightly export of the service desk”."),
    )
    scope = forms.ChoiceField(
        label=_("It may"), choices=Scope.choices, initial=Scope.PUSH, widget=forms.RadioSelect
    )
    member = _Members(
        label=_("Acts for"),
        queryset=Membership.objects.none(),
        required=False,
        empty_label=_("Nobody"),
        help_text=_(
            "Needed for a token that acts for a member, and only there. It ends when they leave or get a lesser role."
        ),
    )
    lasts = forms.TypedChoiceField(
        label=_("It ends"),
        required=False,
        coerce=int,
        empty_value=None,
        initial="365",
        choices=[
            ("30", _("after 30 days")),
            ("90", _("after 90 days")),
            ("365", _("after a year")),
            ("", _("not by itself")),
        ],
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = organisation.memberships.select_related("person").order_by("person__name", "pk")
        self.fields["member"].queryset = members  # type: ignore[attr-defined]
        needed_at_times(self, "member")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        acts = cleaned.get("scope") == Scope.ACT
        if acts and not cleaned.get("member") and "member" not in self.errors:
            self.add_error("member", _("Say for whom it acts."))
        if not acts and cleaned.get("member"):
            self.add_error("member", _("A token that reads or pushes acts for nobody."))
        return cleaned

    def facts(self, at: datetime) -> dict[str, Any]:
        """What the verb is told."""
        facts = {name: self.cleaned_data[name] for name in ("name", "scope", "member")}
        lasts = self.cleaned_data["lasts"]
        return {**facts, "expires_at": at + timedelta(days=lasts) if lasts else None}
