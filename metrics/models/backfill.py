from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _t

from accounts.models import Job
from accounts.tenancy import TenantManager
from metrics import sources
from metrics.models.pull import AlreadyPullingError, Pull, PullState

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models.source import Source

# Tries in a row at one part; then a person has to look.
MOST_TRIES: Final = 5


class BackfillRunningError(Exception):
    """One period at a time: another one is being fetched."""


class BackfillManager(TenantManager["Backfill"]):
    @transaction.atomic
    def ask(self, source: Source, start: date, end: date, *, by: Person, at: datetime) -> Backfill:
        """Have the days from ``start`` to before ``end`` fetched; whole weeks of a weekly metric."""
        from metrics.models.source import Source as Sources

        Sources.objects.select_for_update(of=("self",)).get(pk=source.pk)
        if self.filter(source=source, ended_at=None).exists():
            raise BackfillRunningError
        metric = source.metric
        start, last = metric.first_day(start), metric.first_day(end - timedelta(days=1))
        backfill = self.create(
            source=source,
            start=start,
            end=last + metric.rhythm.step,
            done_until=start,
            asked_by=by,
            asked_at=at,
        )
        metric.organisation.chain.record(
            "source.backfill_asked",
            by=by.actor,
            at=at,
            source=source.pk,
            start=start.isoformat(),
            end=backfill.end.isoformat(),
        )
        Job.objects.want(Job.Kind.BACKFILL, backfill.pk, at=at)
        return backfill


class Backfill(models.Model):
    """A period that somebody wants fetched, month after month; how far it came stands in ``done_until``.

    Each part is one pull in one run of its job, so that others have their turn in between, and a worker that is killed
    costs the part in hand.
    """

    source = models.ForeignKey("metrics.Source", on_delete=models.CASCADE, related_name="backfills")
    start = models.DateField()
    end = models.DateField()
    done_until = models.DateField()
    asked_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey("accounts.Person", null=True, on_delete=models.PROTECT, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    tenant_path = "source__metric__organisation"
    objects = BackfillManager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(ended_at=None), name="one_running_backfill_per_source"
            ),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="backfill_begins_before_it_ends"),
            models.CheckConstraint(
                condition=Q(done_until__gte=F("start")) & Q(done_until__lte=F("end")),
                name="backfill_done_within_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start} to {self.last_day}"

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def state(self) -> str:
        """running, done, cancelled or stopped (which says why in ``error``)."""
        if self.ended_at is None:
            return "running"
        if self.cancelled_by_id:
            return "cancelled"
        return "done" if self.done_until >= self.end else "stopped"

    def parts(self) -> list[tuple[date, date]]:
        """Its months, cut between weeks where the metric is weekly; all at once from a kind that always tells all."""
        if not sources.kind(self.source.kind).takes_period(self.source.settings):
            return [(self.start, self.end)]
        cuts = [self.start, *self._cuts(), self.end]
        return [(a, b) for a, b in itertools.pairwise(cuts) if a < b]

    def _cuts(self) -> Iterator[date]:
        month = self.start.replace(day=1)
        while (month := (month + timedelta(days=32)).replace(day=1)) < self.end:
            yield self.source.metric.first_day(month)

    @property
    def progress(self) -> tuple[int, int]:
        """Parts that are done, and parts in all."""
        parts = self.parts()
        return sum(end <= self.done_until for _start, end in parts), len(parts)

    def pull_next(self, *, at: datetime) -> Pull | None:
        """Fetch the next part; None when there is nothing left to do. Raises ``AlreadyPullingError``."""
        if self.ended_at:
            return None
        # Counted beforehand: a part that kills its worker each time is not tried for ever.
        Backfill.objects.filter(pk=self.pk).update(tries=F("tries") + 1)
        self.refresh_from_db(fields=["tries"])
        if self.tries > MOST_TRIES:
            self._stop(_t("The worker stopped in the middle, several times."), at=at)
            return None
        start, end = next(part for part in self.parts() if part[1] > self.done_until)
        try:
            pull = self.source.pull_period(self, max(start, self.done_until), end, at=at)
        except AlreadyPullingError:
            Backfill.objects.filter(pk=self.pk).update(tries=F("tries") - 1)
            raise
        if pull.state == PullState.DONE:
            self._came_to(end, at=at)
        elif pull.needs_a_person or self.tries >= MOST_TRIES:
            self._stop(pull.error, at=at)
        return pull

    @transaction.atomic
    def cancel(self, *, by: Person, at: datetime) -> None:
        """No further part is fetched; what came stays."""
        if Backfill.objects.filter(pk=self.pk, ended_at=None).update(ended_at=at, cancelled_by=by):
            self.source.metric.organisation.chain.record(
                "source.backfill_cancelled", by=by.actor, at=at, source=self.source_id
            )

    def _came_to(self, day: date, *, at: datetime) -> None:
        self.done_until, self.tries = day, 0
        self.ended_at = at if day >= self.end else None
        kept = Backfill.objects.filter(pk=self.pk)
        kept.update(done_until=day, tries=0)
        if self.ended_at:
            kept.filter(ended_at=None).update(ended_at=at)

    def _stop(self, words: str, *, at: datetime) -> None:
        self.ended_at, self.error = at, words
        Backfill.objects.filter(pk=self.pk, ended_at=None).update(ended_at=at, error=words)
