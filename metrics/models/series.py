from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db import models

from accounts.tenancy import TenantManager
from metrics.models.snapshot import Snapshot, stays_while_used


class Series(models.Model):
    """One metric for one population: everyone, or the rows of one group of the source."""

    # No index of its own: that of the constraint begins with it.
    metric = models.ForeignKey(
        "metrics.Metric", on_delete=models.CASCADE, related_name="series", db_index=False
    )
    group = models.CharField(max_length=120, blank=True)

    tenant_path = "metric__organisation"
    objects = TenantManager()

    class Meta:
        ordering = ["group"]
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["metric", "group"], name="one_series_per_metric_and_group"),
        ]
        triggers = [stays_while_used("series")]

    def __str__(self) -> str:
        return self.group or str(self.metric)

    def points(self, start: date, end: date) -> Sequence[Snapshot]:
        """The snapshots from ``start`` to before ``end``, oldest first."""
        return list(Snapshot.objects.filter(series=self, day__gte=start, day__lt=end).order_by("day"))

    def newest_day(self) -> date | None:
        newest: date | None = Snapshot.objects.filter(series=self).aggregate(newest=models.Max("day"))[
            "newest"
        ]
        return newest
