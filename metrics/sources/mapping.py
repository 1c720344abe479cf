"""Which column means what: the part of the settings that all kinds share. ``mapping_form`` asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from django.utils.translation import gettext as _

from .base import Ask, SourceError
from .cells import key_of, shown

SERIES, EVENTS = "series", "events"
YES_NO, AT_LEAST, AT_MOST, AVERAGE = "yes_no", "at_least", "at_most", "average"
COUNT, SUM = "count", "sum"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """The settings of MappingForm, with two more from the metric: its kind and its cadence."""

    rows: str = SERIES
    date_column: str = ""
    value_column: str = ""
    numerator_column: str = ""
    denominator_column: str = ""
    outcome_column: str = ""
    outcome: str = YES_NO
    threshold: float | None = None
    who_column: str = ""
    group_column: str = ""
    group_value: str = ""
    comparison_value: str = ""
    filter_column: str = ""
    filter_value: str = ""
    day_order: str = ""
    decimal_mark: str = ""
    metric_kind: str = "proportion"
    cadence: str = "daily"

    @classmethod
    def from_ask(cls, ask: Ask) -> "ColumnMapping":
        known = {f.name for f in fields(cls)} - {"metric_kind", "cadence"}
        said = {k: v for k, v in ask.settings.items() if k in known and v not in ("", None)}
        return cls(**said, metric_kind=ask.metric_kind, cadence=ask.cadence)

    @property
    def has_exposure(self) -> bool:
        """Whether cases are divided by something else than their number, such as hours."""
        return self.rows == EVENTS and self.metric_kind == "rate" and bool(self.denominator_column)

    def result_columns(self) -> tuple[str, ...]:
        """Where the result of a row stands: the value or the two counts; the outcome, and what it is divided by."""
        if self.rows == EVENTS:
            exposure = (self.denominator_column,) if self.has_exposure else ()
            outcome = self.date_column if self.outcome == COUNT else self.outcome_column
            return (outcome, *exposure)
        return (self.value_column,) if self.value_column else (self.numerator_column, self.denominator_column)

    def number_columns(self) -> tuple[str, ...]:
        if self.rows == EVENTS and self.outcome in (YES_NO, COUNT):
            return self.result_columns()[1:]
        return self.result_columns()

    def columns(self) -> tuple[str, ...]:
        who = (self.who_column,) if self.rows == EVENTS else ()
        wanted = (self.date_column, *self.result_columns(), *who, self.group_column, self.filter_column)
        return tuple(dict.fromkeys(name for name in wanted if name))

    def locate(self, header: Sequence[str]) -> dict[str, int]:
        """Where each named column stands. SourceError names the columns that are there."""
        if not self.date_column:
            raise SourceError(
                _("It is not said yet which columns hold the date and the result."), field="date_column"
            )
        if not all(self.result_columns()):
            field = "outcome_column" if self.rows == EVENTS else "value_column"
            raise SourceError(
                _("It is not said yet which columns hold the date and the result."), field=field
            )
        return {name: _find(name, header) for name in self.columns()}


def _find(name: str, header: Sequence[str]) -> int:
    exact = [i for i, heading in enumerate(header) if heading == name]
    found = exact or [i for i, heading in enumerate(header) if key_of(heading) == key_of(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise SourceError(
            _("Several columns are called “%(name)s”. Please rename all but one.") % {"name": shown(name)}
        )
    names = ", ".join(f"“{shown(heading)}”" for heading in header[:20] if heading)
    message = _("There is no column “%(name)s”. The columns are: %(names)s.")
    raise SourceError(message % {"name": shown(name), "names": names or _("none")})
