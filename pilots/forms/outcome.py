from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import PlainForm, PlainModelForm, needed_at_times
from pilots.models import SharedLink, Worth
from pilots.models.sharing import Lasts
from pilots.models.worth import COSTS

_VOLUME = {
    "proportion": _("Cases in a year that it would be used for: calls, deals, invoices."),
    "rate": _("In a year, in the metric's own unit: how many times 1,000 hours, if it is per 1,000 hours."),
    "mean": _("Cases in a year that it would be used for."),
    "total": _("How many days a year (or weeks, if the metric is weekly) it would be counted for."),
}
_VALUE = {
    "proportion": _("One case more, or one fewer."),
    "rate": _("One of what is counted, more or fewer."),
    "mean": _("One unit of the metric for one case: a minute, a day, a euro."),
    "total": _("One of what is counted."),
}


class WorthForm(PlainModelForm[Worth]):
    """Either a value with its source and who vouches for it, or why there is none; and what it cost."""

    class Meta:
        model = Worth
        fields = [
            "value", "currency", "volume", "source", "vouched_by", "share", "share_because", *COSTS, "no_value_because",
        ]  # fmt: skip
        help_texts = {
            "source": _("Such as: the cost per call in the service budget of 2026."),
            "vouched_by": _("Name and position of somebody whom finance believes."),
            "share": _("Less than 100 where something else had a part in it."),
            "share_because": _("Needed where the share is less than 100."),
            "no_value_because": _("Left empty when there is a value. Some of the best results are not."),
            "work": _("Hours times full hourly cost."),
        }

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].help_text, self.fields["volume"].help_text = _VALUE[kind], _VOLUME[kind]
        needed_at_times(self, "share_because")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in COSTS:
            if name not in self.errors and cleaned.get(name) is None:
                cleaned[name] = 0
        if not cleaned.get("no_value_because") and "no_value_because" not in self.errors:
            for name in ("value", "volume", "source", "vouched_by"):
                if name not in self.errors and cleaned.get(name) in {None, ""}:
                    self.add_error(name, _t("Without this, say below why it is not converted into money."))
        if (
            cleaned.get("share", 100) < 100
            and not cleaned.get("share_because")
            and "share_because" not in self.errors
        ):
            self.add_error("share_because", _t("Say what else had a part in it."))
        return cleaned


class SharingForm(PlainModelForm[SharedLink]):
    """A link for people without an account."""

    days = forms.TypedChoiceField(
        label=_("How long it holds"), choices=Lasts.choices, coerce=int, initial=Lasts.MONTH
    )
    password = forms.CharField(
        label=_("A password"),
        required=False,
        max_length=128,
        min_length=8,
        help_text=_(
            "Left empty, the link alone opens the page. Tell the password by another way than the link."
        ),
    )

    class Meta:
        model = SharedLink
        fields = ["label"]
        help_texts = {"label": _("Such as: the board. Only you see this.")}


class PasswordForm(PlainForm):
    password = forms.CharField(label=_("Password"), max_length=128, widget=forms.PasswordInput)
