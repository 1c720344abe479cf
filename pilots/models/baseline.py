from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import models

from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from metrics.models import Series

# What of a snapshot a pilot is judged by.
READ: Final = ("value", "numerator", "denominator", "n")
type Read = tuple[float | None, ...]
#: series → day → what was read
type Frozen = dict[int, dict[date, Read]]


class FrozenBaseline(models.Model):
    """The baseline's points as they were when the pilot was launched: what it is judged by, whatever comes later.

    The first row is written with the launch. Days that could not be there by then (a launch some days before the start, a
    metric whose values come late) get rows of their own when they come, until the usual delay has passed.
    """

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="frozen_baseline")
    # [[series, day, value, numerator, denominator, n], …]
    points = models.JSONField()
    frozen_at = models.DateTimeField()

    tenant_path = "pilot__organisation"
    objects = TenantManager()

    class Meta:
        ordering = ["pk"]
        triggers = append_only("frozen_baseline")

    def __str__(self) -> str:
        return f"{len(self.points)} points of pilot {self.pilot_id}"


class Judged(models.Model):
    """What a pilot knows about the baseline that it is judged by."""

    class Meta:
        abstract = True

    def frozen_points(self: Any) -> Frozen:
        """What is frozen, the earliest copy of each day; empty before the launch."""
        frozen: Frozen = {}
        if not self.has("launch"):
            return frozen
        for row in self.frozen_baseline.all():
            for series, day, *read in row.points:
                frozen.setdefault(series, {}).setdefault(date.fromisoformat(day), tuple(read))
        return frozen

    def freeze_baseline(self: Any, *, at: datetime) -> Frozen:
        """Keep what is known of the baseline now and was not kept yet, as long as days may still be awaited.

        What is frozen then. Whoever calls it holds the lock on the pilot's row or reads it alone.
        """
        frozen: Frozen = self.frozen_points()
        if frozen and self.organisation.day_of(at) > self.start + timedelta(days=self.metric.delay_days):
            return frozen
        points: list[list[Any]] = []
        for series in filter(None, (self.series, self.comparison)):
            kept = frozen.setdefault(series.pk, {})
            come = {
                day: read for day, read in known(series, *self.baseline_days()).items() if day not in kept
            }
            kept |= come
            points += [[series.pk, day.isoformat(), *read] for day, read in come.items()]
        if points:
            FrozenBaseline.objects.create(pilot=self, points=points, frozen_at=at)
        return frozen

    def baseline_days(self: Any) -> tuple[date, date]:
        """The first day of the baseline, and the start."""
        first = self.baseline_start or self.start - self.metric.rhythm.most_baseline * self.metric.rhythm.step
        return self.metric.first_day(first), self.start


def known(series: Series, start: date, end: date) -> Mapping[date, Read]:
    """What the source says now about the days from ``start`` to before ``end``."""
    rows = series.snapshots.filter(day__gte=start, day__lt=end).order_by("day")
    return {day: tuple(read) for day, *read in rows.values_list("day", *READ)}
