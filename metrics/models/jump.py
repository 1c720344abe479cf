from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.db import connection, models, transaction

from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models.pull import Pull
    from metrics.models.series import Series

TIMES: Final = 10.0
# A series that has leapt like this within its last points does so by nature (weekends, rare cases).
LOOK_BACK: Final = 14
#: So many days later a question may stand that a new value answers: as many points of a weekly metric.
AHEAD: Final = 7 * LOOK_BACK


_KEPT: Final = """
    SELECT day, value FROM metrics_snapshot WHERE series_id = %s AND day >= %s AND day <= %s ORDER BY day
"""
_TAKE_BACK: Final = """
    DELETE FROM metrics_jump
     WHERE series_id = %s AND answered_at IS NULL AND day >= %s AND day <= %s AND day <> ALL(%s::date[])
"""


class JumpManager(TenantManager["Jump"]):
    def standing(self) -> models.QuerySet[Jump]:
        """What nobody has answered yet."""
        return self.filter(answered_at=None)

    def look_at(self, series: Series, days: Sequence[date], *, pull: Pull, at: datetime) -> None:
        """Ask about leaps around the days that just came; take back questions whose leap is gone."""
        step = series.metric.rhythm.step
        first, last = min(days), max(days) + LOOK_BACK * step
        with connection.cursor() as cursor:
            cursor.execute(_KEPT, [series.pk, first - 2 * LOOK_BACK * step, last])
            points = [(day, value) for day, value in cursor if value]
            found = {day: (before, after) for day, before, after in jumps(points) if day >= first}
            cursor.execute(_TAKE_BACK, [series.pk, first, last, list(found)])
        self.bulk_create(
            (
                Jump(series=series, day=day, before=before, after=after, found_at=at, pull=pull)
                for day, (before, after) in found.items()
            ),
            ignore_conflicts=True,
        )


class Jump(models.Model):
    """A value more than ten times its neighbour, or less than a tenth: did the unit change? A person answers."""

    series = models.ForeignKey("metrics.Series", on_delete=models.CASCADE, related_name="jumps")
    day = models.DateField()
    before = models.FloatField()
    after = models.FloatField()
    pull = models.ForeignKey("metrics.Pull", on_delete=models.PROTECT, related_name="+", db_index=False)
    found_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")

    tenant_path = "series__metric__organisation"
    objects = JumpManager()

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["series", "day"], name="one_jump_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: from {self.before} to {self.after}"

    @transaction.atomic
    def accept(self, *, by: Person, at: datetime) -> None:
        """It is right as it is: the same leap is not asked about again."""
        if Jump.objects.filter(pk=self.pk, answered_at=None).update(answered_at=at, answered_by=by):
            metric = self.series.metric
            metric.organisation.chain.record(
                "metric.jump_accepted",
                by=by.actor,
                at=at,
                metric=metric.pk,
                series=self.series_id,
                day=self.day.isoformat(),
            )


def jumps(points: Sequence[tuple[date, float]]) -> list[tuple[date, float, float]]:
    """Days whose value is more than ten times that of the point before (or less than a tenth), with both.

    Changes of sign say nothing about a unit; nor does a leap that the last two weeks already knew.
    """
    found = []
    for place in range(1, len(points)):
        day, after = points[place]
        before = points[place - 1][1]
        if not _leaps(before, after):
            continue
        earlier = [value for _day, value in points[max(0, place - LOOK_BACK) : place]]
        if not any(_leaps(a, b) for a, b in itertools.pairwise(earlier)):
            found.append((day, before, after))
    return found


def _leaps(before: float, after: float) -> bool:
    return before * after > 0 and not 1 / TIMES <= after / before <= TIMES
