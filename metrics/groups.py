"""Values about too few people, and differences that would tell them: the one place that decides what is shown.

Every view, export, answer and picture asks here before it shows a value. A point is withheld when it is about fewer
people than the organisation's smallest group; so is a point of another group of the same metric, where the difference to
the whole would give the first one away. The maths reads all values: what is withheld is withheld from eyes.

How many people: the source's count (``n``), or for a share the number of cases, which is never less than that of people
it is about. Where the source does not tell, what was asked for in the plan. ``docs/adr/0020-small-groups.md``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from metrics.models.metric import MetricKind

if TYPE_CHECKING:
    from metrics.models import Metric

type Point = tuple[date, float | None]

# What the facts of a reading say beside their values.
_NO_VALUES: Final = (
    "verdict",
    "final",
    "points",
    "n_used",
    "n_missing",
    "not_moving_since",
    "wrong_way_since",
    "moving_since",
)


@dataclass(frozen=True)
class Shown:
    """What of a metric's series may be shown. ``fewest``: how few people the values of a series would tell about."""

    minimum: int
    known: Mapping[int, list[Point]] = field(default_factory=dict)
    hidden: Mapping[int, set[date]] = field(default_factory=dict)
    fewest: Mapping[int, int] = field(default_factory=dict)

    def is_small(self, series: int | None) -> bool:
        return too_few(self.fewest.get(series or 0), self.minimum)

    def values(self, series: int | None) -> list[Point]:
        """The days of one of the series that were asked for, oldest first, with nothing where a value is withheld."""
        return self.points(series, self.known.get(series or 0, []))

    def points(self, series: int | None, points: Iterable[Point]) -> list[Point]:
        """The points with nothing where a value is withheld."""
        if self.is_small(series):
            return [(day, None) for day, _value in points]
        hidden: set[date] = self.hidden.get(series or 0, set())
        return [(day, None if day in hidden else value) for day, value in points]

    def hides(self, series: int | None, day: date) -> bool:
        return self.is_small(series) or day in self.hidden.get(series or 0, set())

    def hides_leap(self, series: int, day: date) -> bool:
        """Whether the value of the day, or the one that it leapt from, is withheld."""
        before = [known for known, value in self.known.get(series, []) if known < day and value is not None]
        return self.hides(series, day) or (bool(before) and self.hides(series, before[-1]))

    def facts(self, series: int | None, facts: dict[str, Any]) -> dict[str, Any]:
        """What a reading says, without its values when they are about too few."""
        if facts and self.is_small(series):
            return withheld(facts)
        if "jump" in facts:
            day = date.fromisoformat(facts["jump"]["day"])
            if any(self.hides_leap(one, day) for one in self.known):
                return {name: told for name, told in facts.items() if name != "jump"}
        return facts


def people_in(metric: Metric, n: float | None, denominator: float | None) -> float | None:
    """How many people a value is about at most, by what its source tells of it."""
    return n if n is not None or metric.kind != MetricKind.PROPORTION else denominator


def most_people(
    metric: Metric, ns: Iterable[float | None], denominators: Iterable[float | None]
) -> float | None:
    """The most people that one of many values is about."""
    if metric.kind == MetricKind.PROPORTION:
        ns = (people_in(metric, *told) for told in zip(ns, denominators, strict=True))
    return max((people for people in ns if people is not None), default=None)


def too_few(people: float | None, minimum: int) -> bool:
    """Whether values about so many people are withheld; where nobody could say, they are shown."""
    return people is not None and people < minimum


def withheld(facts: dict[str, Any]) -> dict[str, Any]:
    return {**{name: facts[name] for name in _NO_VALUES if name in facts}, "withheld": True}


def shown(
    metric: Metric,
    begin: date,
    until: date,
    *,
    minimum: int,
    series: Iterable[int] = (),
    asked: Mapping[int, int | None] | None = None,
) -> Shown:
    """What may be shown of the metric's series from ``begin`` to before ``until``; one query.

    ``series`` are those whose values are wanted. ``asked`` is how many people a series is about, by its id, as
    somebody said who knows.
    """
    known, sizes, whole = _read(metric, begin, until, list(series))
    hidden: defaultdict[int, set[date]] = defaultdict(set)
    for day, of_day in sizes.items():
        for one in suppressed(of_day, whole, minimum):
            hidden[one].add(day)
    return Shown(minimum, known, hidden, _fewest(sizes, whole, asked or {}))


def suppressed(sizes: Mapping[int, float], whole: int | None, minimum: int) -> set[int]:
    """Which groups of one day are withheld. ``whole`` is the series of everybody, of which the others are parts."""
    hidden = {series for series, size in sizes.items() if size < minimum}
    if whole is None or whole not in sizes:
        return hidden
    if whole in hidden:
        return set(sizes)
    everybody = sizes[whole]
    hidden |= {one for one, size in sizes.items() if one != whole and 0 < everybody - size < minimum}
    parts = sorted((size, one) for one, size in sizes.items() if one != whole and one not in hidden)
    rest = everybody - sum(size for size, _one in parts)
    while parts and 0 < rest < minimum:  # whoever subtracts what is shown learns the rest
        size, one = parts.pop(0)
        hidden.add(one)
        rest += size
    return hidden


_OF_OTHERS: Final = """
    SELECT s.series_id, series."group", s.day, s.value, s.n, s.denominator
      FROM metrics_snapshot AS s JOIN metrics_series AS series ON series.id = s.series_id
     WHERE (s.series_id = ANY(%s) OR s.n IS NOT NULL) AND series.metric_id = %s AND s.day >= %s AND s.day < %s
     ORDER BY s.day
"""
_OF_SHARES: Final = _OF_OTHERS.replace("s.n IS NOT NULL)", "s.n IS NOT NULL OR s.denominator IS NOT NULL)")


def _read(
    metric: Metric, begin: date, until: date, wanted: list[int]
) -> tuple[dict[int, list[Point]], dict[date, dict[int, float]], int | None]:
    """Values of the wanted series, how many people each day of any series is about, and the series of everybody.

    Days and values alone: a hundred and fifty whole snapshots cost more to make than both pictures to draw.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OF_SHARES if metric.kind == MetricKind.PROPORTION else _OF_OTHERS,
            [wanted, metric.pk, begin, until],
        )
        found = cursor.fetchall()
    known: defaultdict[int, list[Point]] = defaultdict(list)
    sizes: defaultdict[date, dict[int, float]] = defaultdict(dict)
    whole: int | None = None
    for series, group, day, value, n, cases in found:
        if series in wanted:
            known[series].append((day, value))
        if not group:
            whole = series
        size = people_in(metric, n, cases)
        if size is not None:
            sizes[day][series] = size
    return known, sizes, whole


def _fewest(
    sizes: Mapping[date, Mapping[int, float]], whole: int | None, asked: Mapping[int, int | None]
) -> dict[int, int]:
    """For values over the whole time: how few people a series, or its difference to the whole, would tell about."""
    most: dict[int, float] = {}
    for of_day in sizes.values():
        for series, size in of_day.items():
            most[series] = max(size, most.get(series, 0))
    parts = [size for series, size in most.items() if series != whole]
    fewest = {}
    for series in {*most, *(one for one, people in asked.items() if people is not None)}:
        tells = [max(most.get(series, 0), asked.get(series) or 0)]
        if whole in most and series != whole and series in most:
            tells += [rest for rest in (most[whole] - most[series], most[whole] - sum(parts)) if rest > 0]
        fewest[series] = int(min(tells))
    return fewest


def fewest_alone(most: float | None, asked: int | None) -> int | None:
    """The same for a series that is the only one of its metric: no difference can tell anything."""
    return None if most is None and asked is None else int(max(most or 0, asked or 0))
