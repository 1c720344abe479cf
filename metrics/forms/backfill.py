from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import DayInput, PlainForm

FIRST_DAY: Final = date(1970, 1, 1)
LONGEST: Final = timedelta(days=20 * 366)


class BackfillForm(PlainForm):
    """Which days are fetched once more."""

    first = forms.DateField(label=_("First day"), widget=DayInput)
    last = forms.DateField(label=_("Last day"), widget=DayInput)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_first(self) -> date:
        first: date = self.cleaned_data["first"]
        if first < FIRST_DAY:
            raise forms.ValidationError(_t("There are no days before 1970 here."))
        return first

    def clean_last(self) -> date:
        last: date = self.cleaned_data["last"]
        if last > self.today:
            raise forms.ValidationError(_t("This day is yet to come."))
        return last

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last:
            if last < first:
                self.add_error("last", _t("The last day lies before the first."))
            elif last - first > LONGEST:
                self.add_error("first", _t("At most twenty years at a time."))
        return cleaned
