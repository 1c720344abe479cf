from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import psycopg
from django.db import connection, models

from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager

# What of a snapshot a pilot is judged by.
READ: Final = ("value", "numerator", "denominator", "n")
type Read = tuple[float | None, ...]
#: series → day → what was read
type Frozen = dict[int, dict[date, Read]]
#: series → what its source says now
type Known = Mapping[int, Points]
#: a series, a first day, and the day after the last one
type Span = tuple[int, date, date]


@dataclass
class Points:
    """What is known of one series: its days in their order, and what was read on them, one column each (``READ``)."""

    days: list[date]
    columns: list[list[Any]]

    @cached_property
    def by_day(self) -> dict[date, Read]:
        return dict(zip(self.days, zip(*self.columns, strict=True), strict=True))

    @classmethod
    def of(cls, read: Mapping[date, Read]) -> Points:
        columns = [list(column) for column in zip(*read.values(), strict=True)]
        return cls(list(read), columns or [[] for _ in READ])

    def between(self, first: date, past: date) -> Points:
        part = slice(bisect_left(self.days, first), bisect_left(self.days, past))
        return Points(self.days[part], [column[part] for column in self.columns])


NONE_KNOWN: Final = Points([], [[] for _ in READ])


class FrozenBaseline(models.Model):
    """The baseline's points as they were when the pilot was launched: what it is judged by, whatever comes later.

    The first row is written with the launch. Days that could not be there by then (a launch some days before the start, a
    metric whose values come late) get rows of their own when they come, until the usual delay has passed. So do the days that an
    amendment makes part of a baseline.
    """

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="frozen_baseline")
    # [[series, day, value, numerator, denominator, n], …]
    points = models.JSONField()
    # Of all that is frozen of the launched plan's baseline by then, as columns: a source that still says the same is told by it,
    # without the points. "" in older rows and in those that an amendment brought.
    sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    frozen_at = models.DateTimeField()

    tenant_path = "pilot__organisation"
    objects = TenantManager()

    class Meta:
        ordering = ["pk"]
        triggers = append_only("frozen_baseline")

    def __str__(self) -> str:
        return f"{len(self.points)} points of pilot {self.pilot_id}"


def thaw(points: Sequence[Sequence[Any]], frozen: Frozen) -> None:
    """Put the points of a row to those of earlier ones, which count first."""
    for series, day, value, numerator, denominator, n in points:
        kept = frozen.get(series)
        if kept is None:
            kept = frozen[series] = {}
        when = _day(day)
        if when not in kept:
            kept[when] = (value, numerator, denominator, n)


# The same days come for each pilot that began with another.
_day = lru_cache(maxsize=4096)(date.fromisoformat)


def digest_of(parts: Iterable[tuple[int, Points]]) -> str:
    """SHA-256 of points: of each series its number and its days, then the columns as little-endian doubles (None is NaN)."""
    told = hashlib.sha256()
    for series, points in parts:
        told.update(np.array([series, len(points.days), *map(date.toordinal, points.days)], "<i8").tobytes())
        for column in points.columns:
            empty = column.count(None) == len(column)
            told.update(b"-" if empty else np.array(column, "<f8").tobytes())
    return told.hexdigest()


class Judged(models.Model):
    """What a pilot knows about the baseline that it is judged by."""

    class Meta:
        abstract = True

    def frozen_points(self: Any) -> Frozen:
        """What is frozen of the days before the start, the earliest copy of each; empty before the launch."""
        return {
            series: {day: read for day, read in kept.items() if day < self.start}
            for series, kept in self.all_frozen().items()
        }

    def all_frozen(self: Any) -> Frozen:
        """The same with the days that amendments made part of a baseline."""
        frozen: Frozen = {}
        if not self.has("launch"):
            return frozen
        for row in self.frozen_baseline.all():
            thaw(row.points, frozen)
        return frozen

    def awaits_baseline(self: Any, today: date) -> bool:
        """Whether days of the baseline may still come that are frozen when they do."""
        return bool(today <= self.start + timedelta(days=self.metric.delay_days))

    def freeze_baseline(self: Any, *, at: datetime) -> Frozen:
        """Keep what is known of the baseline now and was not kept yet, as long as days may still be awaited.

        What is frozen then. Whoever calls it holds the lock on the pilot's row or reads it alone.
        """
        frozen: Frozen = self.frozen_points()
        if frozen and not self.awaits_baseline(self.organisation.day_of(at)):
            return frozen
        first, past = self.baseline_days()
        self._keep([(series, first, past) for series in self._judged_series()], frozen, at=at)
        return frozen

    def freeze_amended_baseline(self: Any, *, at: datetime) -> Frozen:
        """The same for the plan as amended: other weeks, or another series, have days that no launch has frozen.

        They are kept as they are known when the amendment holds, and for as long after as they may be awaited. What the
        launch froze, and what it did not, of its own baseline stays.
        """
        plan = self.as_amended()
        frozen: Frozen = self.all_frozen()
        awaited = plan.awaits_baseline(self.organisation.day_of(at))
        spans: list[Span] = []
        for series in plan._judged_series():
            first, past = plan.baseline_days()
            if series in self._judged_series():
                first = max(first, self.start)
            if awaited or not any(first <= day < past for day in frozen.get(series, {})):
                spans.append((series, first, past))
        self._keep(spans, frozen, at=at, amended=True)
        return frozen

    def _judged_series(self: Any) -> list[int]:
        return [series for series in (self.series_id, self.comparison_id) if series]

    def _keep(
        self: Any, spans: Sequence[Span], frozen: Frozen, *, at: datetime, amended: bool = False
    ) -> None:
        """Freeze what is known of these days and was not frozen yet."""
        points: list[list[Any]] = []
        for series, first, past in spans:
            kept = frozen.setdefault(series, {})
            now = known(series, first, past).by_day
            come = {day: read for day, read in now.items() if day not in kept}
            kept |= come
            points += [[series, day.isoformat(), *read] for day, read in come.items()]
        if points:
            sha256 = "" if amended else self._digest_of_baseline(frozen)
            FrozenBaseline.objects.create(pilot_id=self.pk, points=points, sha256=sha256, frozen_at=at)

    def _digest_of_baseline(self: Any, frozen: Frozen) -> str:
        return digest_of(
            (series, Points.of(dict(sorted(frozen[series].items()))))
            for series in self._judged_series()
            if frozen.get(series)
        )

    def baseline_days(self: Any) -> tuple[date, date]:
        """The first day of the baseline, and the start."""
        first = self.baseline_start or self.start - self.metric.rhythm.most_baseline * self.metric.rhythm.step
        return self.metric.first_day(first), self.start


def known(series: int, first: date, past: date) -> Points:
    """What the source says now about the days from ``first`` to before ``past``."""
    return known_of([(series, first, past)]).get(series, NONE_KNOWN)


_KNOWN: Final = """
    SELECT w.series, array_agg(s.day ORDER BY s.day), array_agg(s.value ORDER BY s.day),
           array_agg(s.numerator ORDER BY s.day), array_agg(s.denominator ORDER BY s.day), array_agg(s.n ORDER BY s.day)
      FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS w(series, first, past)
      JOIN metrics_snapshot s ON s.series_id = w.series AND s.day >= w.first AND s.day < w.past
     GROUP BY w.series
"""


def known_of(spans: Sequence[Span]) -> Known:
    """``known`` of many series, each from its first day to before another; one query, one row a series.

    Arrays in the binary form: ten thousand series of a hundred days come in half a second. Whoever asks has come by the
    series through their organisation.
    """
    widest: dict[int, tuple[date, date]] = {}
    for series, first, past in spans:
        begun, ended = widest.get(series, (first, past))
        widest[series] = (min(begun, first), max(ended, past))
    if not widest:
        return {}
    connection.ensure_connection()
    # The driver's own cursor: where statements are not prepared, for a pooler, Django's brings nothing in the binary form.
    with psycopg.Cursor(connection.connection) as cursor:
        begins, ends = ([span[place] for span in widest.values()] for place in (0, 1))
        cursor.execute(_KNOWN, [list(widest), begins, ends], binary=True)
        return {series: Points(days, columns) for series, days, *columns in cursor.fetchall()}
