from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, models, transaction

from accounts.tenancy import TenantManager
from metrics.sources import Observation

# Put together from the constants below alone; every value is a parameter.
# ruff: noqa: S608
_COLUMNS: Final = "value, numerator, denominator, n, sum_of_squares"
_INCOMING: Final = """
    WITH incoming AS (
        SELECT * FROM unnest(%(days)s::date[], %(value)s::float8[], %(numerator)s::float8[],
                             %(denominator)s::float8[], %(n)s::int[], %(sum_of_squares)s::float8[])
               AS t(day, value, numerator, denominator, n, sum_of_squares)
    )
"""
# A changed value is kept as it was before it is replaced: restated data never hide what a reading saw.
_KEEP_EARLIER: Final = f"""{_INCOMING}
    INSERT INTO metrics_snapshotrevision (series_id, day, {_COLUMNS}, pull_id, replaced_at, replaced_by_id)
    SELECT s.series_id, s.day, s.value, s.numerator, s.denominator, s.n, s.sum_of_squares, s.pull_id,
           %(at)s, %(pull)s
      FROM metrics_snapshot s JOIN incoming i ON i.day = s.day
     WHERE s.series_id = %(series)s
       AND (s.value, s.numerator, s.denominator, s.n, s.sum_of_squares)
           IS DISTINCT FROM (i.value, i.numerator, i.denominator, i.n, i.sum_of_squares)
"""
_UPSERT: Final = f"""{_INCOMING}
    INSERT INTO metrics_snapshot (series_id, day, {_COLUMNS}, pull_id)
    SELECT %(series)s, day, {_COLUMNS}, %(pull)s FROM incoming
    ON CONFLICT (series_id, day) DO UPDATE
       SET value = excluded.value, numerator = excluded.numerator, denominator = excluded.denominator,
           n = excluded.n, sum_of_squares = excluded.sum_of_squares, pull_id = excluded.pull_id
     WHERE (metrics_snapshot.value, metrics_snapshot.numerator, metrics_snapshot.denominator,
            metrics_snapshot.n, metrics_snapshot.sum_of_squares)
           IS DISTINCT FROM (excluded.value, excluded.numerator, excluded.denominator,
                             excluded.n, excluded.sum_of_squares)
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """How many observations were new, restated an earlier value, or said the same again."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


class SnapshotManager(TenantManager["Snapshot"]):
    @transaction.atomic
    def store(self, series: int, pull: int, observations: Sequence[Observation], *, at: datetime) -> Stored:
        """Write observations (one a day) to a series; the same ones again change nothing."""
        if not observations:
            return Stored()
        facts: Any = {
            "series": series,
            "pull": pull,
            "at": at,
            "days": [o.day for o in observations],
            **{name: [getattr(o, name) for o in observations] for name in _COLUMNS.split(", ")},
        }
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_EARLIER, facts)
            changed = cursor.rowcount
            cursor.execute(_UPSERT, facts)
            written = cursor.rowcount
        return Stored(new=written - changed, changed=changed, unchanged=len(observations) - written)


class Observed(models.Model):
    """What one observation holds: the value in the metric's unit, and what it was made of."""

    day = models.DateField()
    value = models.FloatField(null=True)
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    n = models.IntegerField(null=True)
    sum_of_squares = models.FloatField(null=True)

    class Meta:
        abstract = True


class Snapshot(Observed):
    """One observation of one series on one day (a weekly one stands on its Monday)."""

    pk = models.CompositePrimaryKey("series_id", "day")
    series = models.ForeignKey("metrics.Series", on_delete=models.CASCADE, related_name="snapshots")
    pull = models.ForeignKey("metrics.Pull", on_delete=models.PROTECT, related_name="+", db_index=False)

    tenant_path = "series__metric__organisation"
    objects = SnapshotManager()

    def __str__(self) -> str:
        return f"{self.day}: {self.value}"


class SnapshotRevision(Observed):
    """A value as it was before its source restated it."""

    series = models.ForeignKey("metrics.Series", on_delete=models.CASCADE, related_name="revisions")
    pull = models.ForeignKey("metrics.Pull", on_delete=models.PROTECT, related_name="+", db_index=False)
    replaced_by = models.ForeignKey("metrics.Pull", on_delete=models.PROTECT, related_name="revisions")
    replaced_at = models.DateTimeField()

    tenant_path = "series__metric__organisation"
    objects = TenantManager()

    def __str__(self) -> str:
        return f"{self.day}: was {self.value}"
