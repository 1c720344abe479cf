"""Figures that come by themselves: a help desk's nightly program pushes one, Mia types the other in on Mondays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from accounts.models import ApiToken, Organisation, Person
from config.demo.memory import Memory
from config.demo.series import Row
from config.demo.story.figures import FIGURES
from config.demo.story.people import moment
from metrics.models import Metric, Pull, Source
from metrics.points import Checker, Points, Ruler

TOKEN: Final = "Help desk, nightly program"  # noqa: S105 - its name
PUSHED, TYPED = "first-reply", "vendor-cost"
#: What lies further back came at once, when the metric was connected.
ONE_BY_ONE: Final = timedelta(days=10)
WEEKS_ONE_BY_ONE: Final = timedelta(weeks=4)


def deliver(organisation: Organisation, people: dict[str, Person], memory: Memory, now: datetime) -> None:
    """Everything that is known by now and did not come yet, each delivery at the time that it would have come."""
    token = _token(organisation, people["Ada"], memory)
    for source, day, rows in _missing(PUSHED, memory, organisation.day_of(now), ONE_BY_ONE):
        Pull.objects.receive(
            _points(source.metric, rows, day), source=source.pk, metric=source.metric_id, token=token,
            at=min(moment(day, 2, 10), now),
        )  # fmt: skip
    for source, day, rows in _missing(TYPED, memory, organisation.day_of(now), WEEKS_ONE_BY_ONE):
        points = _points(source.metric, rows, day)
        Pull.objects.type_in(source, points, by=people["Mia"], at=min(moment(day, 9, 5), now))


def _token(organisation: Organisation, by: Person, memory: Memory) -> int:
    known = ApiToken.objects.filter(organisation=organisation, name=TOKEN).first()
    if known is None:
        known, _raw = ApiToken.objects.make(
            organisation, name=TOKEN, scope=ApiToken.Scope.PUSH, by=by, at=moment(memory.anchor, 9)
        )
    return known.pk


def _missing(
    key: str, memory: Memory, today: date, one_by_one: timedelta
) -> Sequence[tuple[Source, date, list[Row]]]:
    """Source, day of the delivery, and its rows: one for what is long past, then one for each day or week."""
    source = Source.objects.select_related("metric__organisation").get(metric=memory.metrics[key])
    step = source.metric.rhythm.step
    series = source.metric.series.first()
    newest = series.newest_day() if series else None
    first = today - one_by_one
    first -= timedelta(days=first.weekday() if source.metric.cadence == "weekly" else 0)
    deliveries: dict[date, list[Row]] = {}
    for row in FIGURES[key].table(memory.anchor, today):
        day = date.fromisoformat(str(row["date"]))
        if newest is None or day > newest:
            deliveries.setdefault(max(day + step, first), []).append(row)
    return [(source, day, rows) for day, rows in deliveries.items()]


def _points(metric: Metric, rows: Sequence[Row], on: date) -> Points:
    checker = Checker(Ruler(metric.kind, metric.cadence == "weekly", metric.per, on))
    checker.take_all({"day": row["date"], "value": row["value"]} for row in rows)
    assert not checker.faults, checker.faults
    return checker.points
