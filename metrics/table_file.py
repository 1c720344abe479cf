"""A table in a file, as one course of entries for the maths: baseline, then window, a place for every day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from metrics.sources import Ask, Fetched, Observation, SourceError, tables
from metrics.sources import observations as reading
from metrics.sources.cells import Table, key_of
from metrics.sources.mapping import ColumnMapping

EARLIEST: Final = date(1900, 1, 1)
DATES: Final = ("date", "day", "week", "month", "datum", "tag", "woche", "time", "period")
VALUES: Final = ("value", "wert", "y")
NUMERATORS: Final = ("numerator", "events", "successes", "count", "x")
DENOMINATORS: Final = ("denominator", "cases", "exposure", "total", "n")
STEPS: Final = {"daily": 1, "weekly": 7}


@dataclass(frozen=True, slots=True)
class Courses:
    """cadence; the first entry of the window; entries by group ("" where there are none); what did not fit."""

    cadence: str
    baseline: int
    days: list[date]
    groups: dict[str, Course]
    problems: list[str]
    name: str


@dataclass(frozen=True, slots=True)
class Course:
    """One entry a day, week or row: NaN is missing. Numerators and denominators where the file has both."""

    values: NDArray[np.float64]
    numerators: NDArray[np.float64] | None
    denominators: NDArray[np.float64] | None


def open_table(path: Path) -> Table:
    """The file's table, whatever kind of file it is. Raises SourceError."""
    try:
        return tables.read(BytesIO(path.read_bytes()))
    except FileNotFoundError:
        raise SourceError(_("There is no file %(path)s.") % {"path": path}) from None
    except OSError as error:
        raise SourceError(
            _("%(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}
        ) from None


def with_columns(mapping: ColumnMapping, header: Sequence[str]) -> ColumnMapping:
    """Find the columns that were not named by their usual headings; SourceError when it is not clear."""
    taken = {key_of(name) for name in mapping.columns()}
    free = [name for name in header if name and key_of(name) not in taken]
    if not mapping.date_column:
        found = _called(free, DATES) or (free[0] if free else "")
        mapping = replace(mapping, date_column=found)
        free = [name for name in free if name != found]
    if mapping.value_column or mapping.numerator_column:
        return mapping
    if value := _called(free, VALUES):
        return replace(mapping, value_column=value)
    top, bottom = _called(free, NUMERATORS), _called(free, DENOMINATORS)
    if top and bottom:
        return replace(mapping, numerator_column=top, denominator_column=bottom)
    if len(free) == 1:
        return replace(mapping, value_column=free[0])
    message = _(
        "Which column holds the value? Say --value-column, or --numerator-column and --denominator-column. "
        "The columns are: %(names)s."
    )
    raise SourceError(message % {"names": ", ".join(header) or _("none")})


def read_courses(
    table: Table, mapping: ColumnMapping, *, start: date, today: date, cadence: str = ""
) -> Courses:
    """All groups of the table on one calendar. Raises SourceError."""
    fetched, doubts = _fetched(table, mapping, today)
    if not fetched.observations:
        raise SourceError(_no_rows(fetched))
    days = sorted({one.day for one in fetched.observations})
    cadence = cadence or rhythm(days)
    calendar = _calendar(days, cadence, start)
    place = {day: i for i, day in enumerate(calendar)}
    groups: dict[str, list[Observation | None]] = {}
    left_out = 0
    for one in fetched.observations:
        at = _place(one.day, place, calendar[0], cadence, start)
        column = groups.setdefault(one.group, [None] * len(calendar))
        if at is None or column[at] is not None:
            left_out += 1
            continue
        column[at] = one
    problems = [*doubts, *(_problem(one.line, one.message) for one in fetched.problems)]
    if left_out:
        problems.append(
            _("%(count)s rows fall between the weeks or hold the first day in their middle.")
            % {"count": left_out}
        )
    return Courses(
        cadence=cadence,
        baseline=sum(day < start for day in calendar),
        days=calendar,
        groups={name: _course(column) for name, column in groups.items()},
        problems=problems,
        name=mapping.value_column or mapping.numerator_column,
    )


def _fetched(table: Table, mapping: ColumnMapping, today: date) -> tuple[Fetched, list[str]]:
    """A page asks when 1.234 can be read in two ways; a command reads a point as decimal, and says so."""
    try:
        return _read(table, mapping, today), []
    except SourceError as error:
        if error.field != "decimal_mark":
            raise
    pointed = replace(mapping, decimal_mark=".")
    return _read(table, pointed, today), [
        _("Points are read as decimal marks; if they are not, say --decimal-mark ','.")
    ]


def _read(table: Table, mapping: ColumnMapping, today: date) -> Fetched:
    """Days and weeks as they stand in the file: nothing is added up."""
    settings = asdict(mapping)
    kind = settings.pop("metric_kind")
    return reading.read([table], Ask(settings=settings, today=today, metric_kind=kind, earliest=EARLIEST))


def rhythm(days: Sequence[date]) -> str:
    """Daily, weekly or other, by what lies between most dates."""
    if len(days) < 2:
        return "daily"
    steps = [(later - earlier).days for earlier, later in pairwise(days)]
    usual = median(steps)
    if usual == STEPS["weekly"]:
        return "weekly"
    return "daily" if usual < STEPS["weekly"] else "other"


def _calendar(days: list[date], cadence: str, start: date) -> list[date]:
    """Every day or week from the first to the last; only the dates that are there for other rhythms."""
    if cadence not in STEPS:
        return days
    step = timedelta(days=STEPS[cadence])
    first, last = days[0], max(days[-1], start - step)
    return [first + i * step for i in range((last - first) // step + 1)]


def _place(day: date, place: dict[date, int], first: date, cadence: str, start: date) -> int | None:
    """The entry of a day. A week that the first day cuts in two belongs nowhere."""
    if cadence != "weekly":
        return place.get(day)
    at = round((day - first).days / STEPS["weekly"])
    begins = first + at * timedelta(weeks=1)
    cut = begins < start < begins + timedelta(weeks=1)
    return None if cut or at >= len(place) else at


def _course(column: list[Observation | None]) -> Course:
    def array(name: str) -> NDArray[np.float64]:
        told = (None if one is None else getattr(one, name) for one in column)
        return np.array([np.nan if value is None else value for value in told], dtype=np.float64)

    tops, bottoms = array("numerator"), array("denominator")
    counts = bool(np.isfinite(bottoms).any())
    return Course(array("value"), tops if counts else None, bottoms if counts else None)


def _called(names: Sequence[str], usual: Sequence[str]) -> str:
    by_key = {key_of(name): name for name in names}
    return next((by_key[key] for key in usual if key in by_key), "")


def _problem(line: int | None, message: str) -> str:
    return message if line is None else _("Line %(line)s: %(message)s") % {"line": line, "message": message}


def _no_rows(fetched: Fetched) -> str:
    if not fetched.problems:
        return _("There are headings but no rows yet.")
    first = fetched.problems[0]
    return _("No row of the file can be used. %(first)s") % {"first": _problem(first.line, first.message)}
