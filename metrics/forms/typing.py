"""Values that a person types in: one at a time, or several pasted. Read as files are, checked as pushed ones are."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.forms.plain import DayInput, PlainForm, check_texts
from metrics.points import Checker, Points, Ruler
from metrics.sources import Ask, Observation, SourceError, observations
from metrics.sources.cells import MisfitError, Row, Table, is_blank
from metrics.sources.figures import FigureSense
from metrics.sources.mapping_form import MappingForm

if TYPE_CHECKING:
    from metrics.models import Metric

MOST_ROWS: Final = 2_000
_COUNTS: Final = ("numerator", "denominator")
_GROUP_HELP: Final = _("Only if you compare groups: the name of the one that this is about.")


def _number(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=40,
        help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


class MetricsOwnForm(PlainForm):
    """A form about one metric, on one day of its organisation."""

    def __init__(self, *args: Any, metric: Metric, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.metric = metric
        self.ruler = Ruler(metric.kind, metric.cadence == "weekly", metric.per, today)
        self.numbers = _COUNTS if metric.kind in {"proportion", "rate"} else ("value",)


class TypingForm(MetricsOwnForm):
    day = forms.DateField(label=_("Day"), widget=DayInput)
    value = _number(_("Value"), _("In the metric’s unit."))
    group = forms.CharField(label=_("Group"), max_length=120, required=False, help_text=_GROUP_HELP)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.numbers == _COUNTS:
            del self.fields["value"]
            self.fields["numerator"] = _number(
                _("How many succeeded"), _("The number above the line, such as deals won.")
            )
            self.fields["denominator"] = _number(
                _("How many there were"), _("The number below the line, such as all deals or all hours.")
            )
            self.order_fields(["day", *_COUNTS, "group"])
            check_texts(self)
        elif self.metric.unit:
            self.fields["value"].help_text = _t("In the metric’s unit: %(unit)s.") % {
                "unit": self.metric.unit
            }
        if self.ruler.weekly:
            self.fields["day"].label = _("Monday of the week")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._check({name: self._read(name, cleaned[name]) for name in self.numbers})
        return cleaned

    def points(self) -> Points:
        return self._checker.points

    def _read(self, name: str, text: str) -> float | None:
        sense = FigureSense()
        try:
            sense.look(text)
            sense.settle()
            return sense.read(text)
        except SourceError:
            self.add_error(name, _t("Write it without a mark between thousands, such as 1234 or 1234,5."))
        except MisfitError as misfit:
            self.add_error(name, str(misfit))
        return None

    def _check(self, numbers: dict[str, float | None]) -> None:
        if None in numbers.values():
            return
        self._checker = Checker(self.ruler)
        day, group = self.cleaned_data["day"].isoformat(), self.cleaned_data["group"]
        self._checker.take(1, {"day": day, "group": group, **numbers})
        for fault in self._checker.faults:
            self.add_error(fault.field if fault.field in self.fields else None, fault.message)


class PastingForm(MetricsOwnForm):
    rows = forms.CharField(
        label=_("Rows"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    pasted_group = forms.CharField(label=_("Group"), max_length=120, required=False, help_text=_GROUP_HELP)
    day_order = forms.ChoiceField(
        label=_("How dates are written"),
        required=False,
        choices=MappingForm.base_fields["day_order"].choices,  # type: ignore[attr-defined]
        help_text=_("Only needed when the dates can be read in two ways."),
    )
    decimal_mark = forms.ChoiceField(
        label=_("Decimal mark"),
        required=False,
        choices=MappingForm.base_fields["decimal_mark"].choices,  # type: ignore[attr-defined]
        help_text=_("Only needed when the numbers can be read in two ways."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rows"].help_text = (
            _("One row a line, as from a spreadsheet: the date, how many succeeded, how many there were.")
            if len(self.numbers) == 2
            else _("One row a line, as from a spreadsheet: the date and the value.")
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            self._understand(cleaned)
        return cleaned

    def points(self) -> Points:
        return self._checker.points

    def _understand(self, cleaned: dict[str, Any]) -> None:
        header = ("date", *self.numbers)
        rows = list(_rows(cleaned["rows"]))
        if len(rows) > MOST_ROWS:
            self.add_error("rows", _t("At most %(most)s rows at once.") % {"most": MOST_ROWS})
            return
        columns = {f"{name}_column": name for name in self.numbers}
        conventions = {name: cleaned[name] for name in ("day_order", "decimal_mark")}
        ask = Ask(
            settings={"date_column": "date", **columns, **conventions},
            today=self.ruler.today,
            metric_kind=self.metric.kind,
            cadence=self.metric.cadence,
        )
        try:
            fetched = observations.read([Table(header, lambda: iter(rows))], ask)
        except SourceError as error:
            self.add_error(error.field if error.field in self.fields else "rows", error.message)
            return
        for problem in fetched.problems[:20]:
            where = _t("Line %(line)s: ") % {"line": problem.line} if problem.line else ""
            self.add_error("rows", where + problem.message)
        self.understood = list(fetched.understood)
        self._check(fetched.observations, cleaned["pasted_group"])

    def _check(self, observed: tuple[Observation, ...], group: str) -> None:
        self._checker = Checker(self.ruler)
        for number, one in enumerate(observed, 1):
            numbers = {name: getattr(one, name) for name in self.numbers}
            self._checker.take(number, {"day": one.day.isoformat(), "group": group, **numbers})
        for fault in self._checker.faults[:20]:
            if fault.field == "group":
                self.add_error("pasted_group", fault.message)
                return
            self.add_error("rows", f"{observed[fault.row - 1].day.isoformat()}: {fault.message}")


def _rows(text: str) -> Iterator[Row]:
    """The lines that hold something, without a first one of headings."""
    mark = next((mark for mark in ("\t", ";", "|") if mark in text), ",")
    for number, line in enumerate(text.splitlines(), 1):
        cells = next(csv.reader([line], delimiter=mark), [])
        is_heading = number == 1 and cells and not any(letter.isdigit() for letter in cells[0])
        if not is_blank(cells) and not is_heading:
            yield number, cells
