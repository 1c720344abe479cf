"""Values that come to us instead of being pulled: every one is checked before any is kept.

A point is what one line of JSON or one row of a file says of one day. Errors name the row and the field, in words for
whoever wrote the program or the file.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from metrics.sources.base import EARLIEST
from metrics.sources.cells import shown
from metrics.sources.figures import LARGEST

FIELDS: Final = frozenset({"day", "group", "value", "numerator", "denominator", "n", "sum_of_squares"})
MOST_IN_GROUP: Final = 2**31 - 1
LONGEST_GROUP: Final = 120
#: Names of groups that are not looked at letter by letter again.
MOST_REMEMBERED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Ruler:
    """What is needed of a metric to check its points: its kind, its rhythm, its unit, and the present day."""

    kind: str
    weekly: bool
    per: float
    today: date


@dataclass(slots=True)
class Points:
    """Points that fit, column by column, ready for the database."""

    group: list[str] = field(default_factory=list)
    day: list[date] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    numerator: list[float | None] = field(default_factory=list)
    denominator: list[float | None] = field(default_factory=list)
    n: list[int | None] = field(default_factory=list)
    sum_of_squares: list[float | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row does not fit."""

    row: int
    field: str
    message: str

    def told(self) -> dict[str, Any]:
        return {"row": self.row, "field": self.field, "message": self.message}


class Doubled(dict[str, Any]):
    """An object of JSON that named a field twice."""


class PointError(ValueError):
    """A field that cannot be what it says."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.field = name


class Checker:
    """Checks points one after the other. ``points`` holds those that fit, ``faults`` says why others do not."""

    def __init__(self, ruler: Ruler) -> None:
        self.ruler = ruler
        self.points = Points()
        self.faults: list[Fault] = []
        self._days: dict[str, date] = {}
        self._groups: dict[str, str] = {}  # as written → as kept
        self._seen: dict[tuple[str, date], int] = {}

    def take_all(self, rows: Iterable[Any], first: int = 1) -> None:
        for number, row in enumerate(rows, first):
            self.take(number, row)

    def take(self, number: int, row: Any) -> None:
        try:
            point = self.read(row)
            self._once(number, point[0], point[1])
        except PointError as error:
            self.faults.append(Fault(number, error.field, str(error)))
            return
        points = self.points
        points.group.append(point[0])
        points.day.append(point[1])
        points.value.append(point[2])
        points.numerator.append(point[3])
        points.denominator.append(point[4])
        points.n.append(point[5])
        points.sum_of_squares.append(point[6])

    def read(self, row: Any) -> tuple[str, date, float, float | None, float | None, int | None, float | None]:
        """Group, day, value, numerator, denominator, n and sum of squares of one row. Raises ``PointError``."""
        if type(row) is not dict:
            if isinstance(row, Doubled):
                raise PointError("", _("It names a field twice, so it is not clear which one counts."))
            raise PointError("", _("This is no point. A point is an object with a day and a value."))
        if not row.keys() <= FIELDS:
            raise PointError(*_unknown(row))
        day = self._day(row.get("day"))
        group = row.get("group")
        group = self._group(group) if group else ""
        numerator, denominator = row.get("numerator"), row.get("denominator")
        if numerator is None and denominator is None:
            value = number_of("value", row.get("value"))
            self._check_share(value)
        else:
            if row.get("value") is not None:
                raise PointError("value", _("Give either the value or the two counts, not both."))
            numerator, denominator = (
                number_of("numerator", numerator),
                number_of("denominator", denominator),
            )
            self._check_counts(numerator, denominator)
            value = self.ruler.per * numerator / denominator
            if not -LARGEST <= value <= LARGEST:
                raise PointError("denominator", _("The value that follows is too large to be a real one."))
        n, squares = row.get("n"), row.get("sum_of_squares")
        if n is not None or squares is not None:
            n, squares = self._spread(value, n, squares)
        return group, day, value, numerator, denominator, n, squares

    def _day(self, text: Any) -> date:
        day = self._days.get(text) if type(text) is str else None
        if day is None:
            day = day_of(text)
            self._days[text] = day
        if day > self.ruler.today:
            raise PointError("day", _("%(day)s is still to come.") % {"day": day.isoformat()})
        if self.ruler.weekly and day.weekday():
            monday = day - timedelta(days=day.weekday())
            message = _(
                "A weekly value stands on the Monday of its week: %(this)s or %(next)s, but not %(day)s."
            )
            days = {"this": monday, "next": monday + timedelta(days=7), "day": day}
            raise PointError("day", message % {name: one.isoformat() for name, one in days.items()})
        return day

    def _group(self, written: Any) -> str:
        if type(written) is str and (known := self._groups.get(written)):
            return known
        name = group_of(written)
        if len(self._groups) < MOST_REMEMBERED:
            self._groups[written] = name
        return name

    def _once(self, number: int, group: str, day: date) -> None:
        first = self._seen.setdefault((group, day), number)
        if first != number:
            message = _("%(day)s stands in row %(row)s already. A day comes once.")
            raise PointError("day", message % {"day": day.isoformat(), "row": first})

    def _check_share(self, value: float) -> None:
        ruler = self.ruler
        if ruler.kind == "proportion" and not 0 <= value <= ruler.per:
            raise PointError("value", _("A share lies between 0 and %(most)g.") % {"most": ruler.per})
        if ruler.kind == "rate" and value < 0:
            raise PointError("value", _("A rate cannot be below zero."))

    def _check_counts(self, numerator: float, denominator: float) -> None:
        if denominator == 0:
            raise PointError("denominator", _("The denominator is 0, so there is no value."))
        if denominator < 0:
            raise PointError("denominator", _("A count cannot be below zero."))
        if numerator < 0 and self.ruler.kind in {"proportion", "rate"}:
            raise PointError("numerator", _("A count cannot be below zero."))
        if self.ruler.kind == "proportion" and numerator > denominator:
            raise PointError("numerator", _("The numerator is larger than the denominator."))

    def _spread(self, value: float, n: Any, squares: Any) -> tuple[int, float | None]:
        if n is None:
            raise PointError("n", _("A sum of squares needs n, the number of cases that it is made of."))
        if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MOST_IN_GROUP:
            raise PointError("n", _("n is a whole number of at least 1."))
        if squares is None:
            return n, None
        squares = number_of("sum_of_squares", squares)
        # By Cauchy and Schwarz; a little room for what rounding did.
        if self.ruler.kind == "mean" and squares < n * value * value * (1 - 1e-6):
            raise PointError(
                "sum_of_squares", _("The sum of squares is too small for this n and this value.")
            )
        if squares < 0:
            raise PointError("sum_of_squares", _("A sum of squares cannot be below zero."))
        return n, squares


def day_of(text: Any) -> date:
    """A day written as 2026-06-01, and in no other way."""
    if type(text) is str and len(text) == 10 and text[4] == text[7] == "-" and text.isascii():
        try:
            day = date.fromisoformat(text)
        except ValueError:
            pass
        else:
            if day < EARLIEST:
                raise PointError("day", _("%(day)s is too long ago.") % {"day": text})
            return day
    if text is None or text == "":
        raise PointError("day", _("There is no day. Write it as 2026-06-01."))
    raise PointError("day", _("“%(text)s” is not a day. Write it as 2026-06-01.") % {"text": _quoted(text)})


def number_of(name: str, number: Any) -> float:
    """A finite number that was written as one."""
    if type(number) is float or type(number) is int:
        if -LARGEST <= number <= LARGEST:
            return number + 0.0
        message = (
            _("Not a number (NaN) is no value.")
            if math.isnan(number)
            else _("This is too large to be a real value.")
        )
        raise PointError(name, message)
    if number is None:
        raise PointError(name, _("It is missing."))
    raise PointError(name, _("“%(text)s” is not a number.") % {"text": _quoted(number)})


def group_of(group: Any) -> str:
    if not isinstance(group, str):
        raise PointError("group", _("The name of a group is a text."))
    name = unicodedata.normalize("NFC", group).strip()
    if len(name) > LONGEST_GROUP:
        raise PointError("group", _("The name of a group has at most 120 characters."))
    categories = {unicodedata.category(letter) for letter in name}
    if name and (categories & {"Cc", "Cs", "Zl", "Zp"} or not {c[0] for c in categories} & set("LNPS")):
        raise PointError("group", _("The name of a group is one line of text that can be read."))
    return name


def _unknown(row: Mapping[str, Any]) -> tuple[str, str]:
    name = min(str(one) for one in row.keys() - FIELDS)
    known = ", ".join(sorted(FIELDS))
    return shown(name), _("There is no field “%(name)s”. The fields are: %(known)s.") % {
        "name": shown(name),
        "known": known,
    }


def _quoted(thing: Any) -> str:
    if isinstance(thing, str | int | float):
        return shown(thing)
    return _("a list") if isinstance(thing, list) else _("an object")
