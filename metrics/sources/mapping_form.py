"""The part of the form that all kinds share: which column means what."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .base import SourceError
from .cells import key_of, shown
from .mapping import AT_LEAST, AT_MOST, AVERAGE, COUNT, EVENTS, SERIES, SUM, YES_NO


class MappingForm(forms.Form):
    """Subclasses add where the data is. `secret_fields` are kept apart from the settings and never shown again."""

    secret_fields: ClassVar[tuple[str, ...]] = ()
    # Fields that are neither setting nor secret, such as an upload.
    passing_fields: ClassVar[tuple[str, ...]] = ()

    # Fields of a kind's own that few need: a page may fold them away.
    seldom: ClassVar[tuple[str, ...]] = ()
    # Fields that name a column: once the columns are known, they are offered.
    column_fields: ClassVar[tuple[str, ...]] = (
        "date_column", "value_column", "numerator_column", "denominator_column",
        "outcome_column", "who_column", "group_column", "filter_column",
    )  # fmt: skip

    rows = forms.ChoiceField(
        label=gettext_lazy("What one row stands for"),
        choices=[
            (SERIES, gettext_lazy("A day or a week, with its result")),
            (EVENTS, gettext_lazy("One case: a deal, a ticket, a hire")),
        ],
        initial=SERIES,
        help_text=gettext_lazy("If each row is one case, Pilotlight counts them per day or week."),
    )
    date_column = forms.CharField(
        label=gettext_lazy("Column with the date"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Left empty, it is looked for when you try it."),
    )
    value_column = forms.CharField(
        label=gettext_lazy("Column with the value"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "For a result that comes ready-made, such as an average. Otherwise leave it empty."
        ),
    )
    numerator_column = forms.CharField(
        label=gettext_lazy("Column with how many succeeded"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For a share or a rate, for example “deals won”."),
    )
    denominator_column = forms.CharField(
        label=gettext_lazy("Column with how many there were"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example “deals in all”. Two counts say more than a ready-made share."),
    )
    outcome_column = forms.CharField(
        label=gettext_lazy("Column with the outcome of each case"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Only if each row is one case."),
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("How to read the outcome"),
        required=False,
        initial=YES_NO,
        choices=[
            (YES_NO, gettext_lazy("Yes or no (also 1 or 0, true or false): count the yes")),
            (AT_LEAST, gettext_lazy("A number: a success when it is at least …")),
            (AT_MOST, gettext_lazy("A number: a success when it is at most …")),
            (AVERAGE, gettext_lazy("A number: take the average")),
            (SUM, gettext_lazy("A number: add it up")),
            (COUNT, gettext_lazy("No outcome: count the cases")),
        ],
    )
    threshold = forms.FloatField(label=gettext_lazy("… this number"), required=False)
    who_column = forms.CharField(
        label=gettext_lazy("Column with who it was"),
        max_length=200,
        required=False,
        help_text=gettext_lazy(
            "Only if each row is one case. People are counted and can be divided by a list of participants; "
            "nobody's name or number is kept."
        ),
    )
    group_column = forms.CharField(
        label=gettext_lazy("Column with the group"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example “team”, if the table holds several groups."),
    )
    group_value = forms.CharField(
        label=gettext_lazy("The pilot group is called"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty keeps all groups, each as a line of its own."),
    )
    comparison_value = forms.CharField(
        label=gettext_lazy("The group to compare it with"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("All other groups are left out."),
    )
    filter_column = forms.CharField(
        label=gettext_lazy("Use only rows where the column"),
        max_length=200,
        required=False,
    )
    filter_value = forms.CharField(label=gettext_lazy("… holds"), max_length=200, required=False)
    day_order = forms.ChoiceField(
        label=gettext_lazy("How dates are written"),
        required=False,
        choices=[
            ("", gettext_lazy("Find out")),
            ("dmy", gettext_lazy("Day first: 31.12.2026")),
            ("mdy", gettext_lazy("Month first: 12/31/2026")),
            ("iso", gettext_lazy("Year first: 2026-12-31")),
        ],
        help_text=gettext_lazy("Only needed when the dates can be read in two ways."),
    )
    decimal_mark = forms.ChoiceField(
        label=gettext_lazy("Decimal mark"),
        required=False,
        choices=[
            ("", gettext_lazy("Find out")),
            (",", gettext_lazy("Comma: 1,5")),
            (".", gettext_lazy("Point: 1.5")),
        ],
        help_text=gettext_lazy("Only needed when the numbers can be read in two ways."),
    )

    leave_out = forms.BooleanField(label=gettext_lazy("Keep the rows that fit"), required=False)

    def offer(self, header: Sequence[str], groups: Sequence[str] = ()) -> None:
        """Let the columns that are there be chosen, and the groups where they are known."""
        for name in self.column_fields:
            if name in self.fields:
                self._choose(name, header)
        if groups:
            self._choose("group_value", groups)
            self._choose("comparison_value", groups)

    def _choose(self, name: str, among: Sequence[str]) -> None:
        # What was typed or stored stays choosable, even where it is not there (any more): the error then says so.
        value = self[name].value()
        known = [text for text in dict.fromkeys(among) if text]
        more = [] if value in (None, "", *known) else [value]
        choices = [("", _("none")), *((text, shown(text)) for text in [*known, *more])]
        self.fields[name].widget = forms.Select(choices=choices)

    def ask(self, error: SourceError) -> None:
        """Put a question beside its field, with what each answer would make of an example."""
        name = error.field if error.field in self.fields else None
        if name and error.readings:
            self.fields[name].choices = list(error.readings.items())  # type: ignore[attr-defined]
            self.fields[name].widget = forms.RadioSelect(choices=list(error.readings.items()))
            self.fields[name].required, self.fields[name].help_text = True, ""
        if self.is_bound and name not in self.errors:
            self.add_error(name, error.message)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("rows") == EVENTS:
            self._clean_events(data)
        elif data.get("rows") == SERIES:
            self._clean_series(data)
        self._need_both(data, "filter_column", "filter_value")
        if data.get("group_value") or data.get("comparison_value"):
            self._need(data, "group_column")
        if data.get("comparison_value"):
            self._need(data, "group_value")
            if key_of(data["comparison_value"]) == key_of(data.get("group_value") or ""):
                self._error("comparison_value", _("A group cannot be compared with itself."))
        return data

    def _clean_events(self, data: dict[str, Any]) -> None:
        if data.get("outcome") in (AT_LEAST, AT_MOST) and data.get("threshold") is None:
            self._error("threshold", _("Please give the number from which a case counts as a success."))

    def _clean_series(self, data: dict[str, Any]) -> None:
        counts = data.get("numerator_column") or data.get("denominator_column")
        if counts and data.get("value_column"):
            self._error("value_column", _("Please name either the value or the two counts, not both."))
        elif counts:
            self._need_both(data, "numerator_column", "denominator_column")
        if data.get("who_column"):
            self._error("who_column", _("This needs rows that are single cases."))

    def _need(self, data: dict[str, Any], name: str) -> None:
        if not data.get(name):
            self._error(name, _("Please fill this in too."))

    def _need_both(self, data: dict[str, Any], one: str, other: str) -> None:
        if data.get(one) or data.get(other):
            self._need(data, one)
            self._need(data, other)

    def _error(self, name: str, message: str) -> None:
        if name not in self.errors:  # a field says one thing at a time
            self.add_error(name, message)

    def settings(self) -> dict[str, Any]:
        """What may be stored as it is: no secrets, no files, ready for JSON."""
        apart = {*self.secret_fields, *self.passing_fields, "leave_out"}
        return {k: v for k, v in self.cleaned_data.items() if k not in apart and v not in ("", None)}

    def secrets(self) -> dict[str, str]:
        """The secrets that were typed now. An empty field means: keep what is stored."""
        return {k: self.cleaned_data[k] for k in self.secret_fields if self.cleaned_data.get(k)}
