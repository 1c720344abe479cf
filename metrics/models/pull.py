from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantManager


class PullState(models.TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    INTERRUPTED = "interrupted", _("interrupted")


class AlreadyPullingError(Exception):
    """Another worker is pulling this source at this moment."""


class Pull(models.Model):
    """One attempt to fetch a source: when, how long, what came, or why nothing did."""

    State = PullState

    source = models.ForeignKey("metrics.Source", on_delete=models.CASCADE, related_name="pulls")
    state = models.CharField(max_length=20, choices=PullState, default=PullState.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows_new = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    needs_a_person = models.BooleanField(default=False)
    # Of a backfill: the days from start to before end.
    backfill = models.ForeignKey(
        "metrics.Backfill", null=True, on_delete=models.SET_NULL, related_name="pulls", db_index=False
    )
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    understood = models.JSONField(default=list)
    problems = models.JSONField(default=list)

    tenant_path = "source__metric__organisation"
    objects = TenantManager()

    # Seconds that the source asked us to stay away, where it did (Retry-After).
    wait: int | None = None
    # Whether pilots have to look: it brought something, or its source stopped or began to work.
    news: bool = False

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # The page of a metric: the last pulls of its source.
            models.Index(fields=["source", "-id"], name="pull_latest"),
        ]

    def __str__(self) -> str:
        return f"pull {self.pk} of source {self.source_id}: {self.state}"

    @property
    def period(self) -> tuple[date, date] | None:
        return (self.start, self.end) if self.start and self.end else None

    @property
    def last_day(self) -> date | None:
        return self.end - timedelta(days=1) if self.end else None

    @property
    def lasted(self) -> timedelta | None:
        return self.finished_at - self.started_at if self.finished_at else None
