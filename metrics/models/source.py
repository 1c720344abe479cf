from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import groupby
from traceback import extract_tb
from typing import IO, TYPE_CHECKING, Any, Final

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from cryptography.fernet import InvalidToken
from django.core.files.base import File
from django.db import connection, models, transaction
from django.utils.translation import gettext as _t

from accounts import clock, vault
from accounts.lookup import Lookup
from accounts.models import Job, Versioned
from accounts.tenancy import TenantManager
from metrics import sources
from metrics.models.health import Health
from metrics.models.jump import Jump
from metrics.models.population import Population
from metrics.models.pull import MOST_GROUPS, AlreadyPullingError, Pull, PullState
from metrics.models.schedule import Schedule, Scheduled
from metrics.models.series import Series
from metrics.models.snapshot import Snapshot, Stored
from metrics.sources import Ask, Fetched, Observation, SourceError

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models.backfill import Backfill
    from metrics.models.metric import Metric

log = structlog.get_logger(__name__)

_LOCK_SPACE: Final = 0x50754C6C  # "PuLl": advisory locks of pulls, apart from anybody else's


class SourceManager(TenantManager["Source"]):
    @transaction.atomic
    def connect(
        self,
        metric: Metric,
        kind: str,
        *,
        settings: Mapping[str, Any],
        by: Person,
        at: datetime,
        secrets: Mapping[str, str] | None = None,
        upload: File[bytes] | None = None,
        schedule: str = Schedule.DAILY,
        weekday: int = 0,
        at_hour: int = 6,
        at_minute: int = 0,
    ) -> Source:
        """Connect a metric to where its numbers live, or change how; the first pull is due at once.

        Secrets that are left out stay as they are. Raises ``SourceError`` when a pilot's metric would become a count
        of learning.
        """
        metric.locked()  # where there is no source yet, and whoever chooses it for a pilot locks it too
        if sources.kind(kind).signal_only and metric.pilots.exists():
            raise SourceError(
                _t(
                    "A pilot is judged by this metric, and what people did in learning is no business result. "
                    "Define a metric of its own for it."
                )
            )
        source = self.filter(metric=metric).select_for_update().first() or Source(
            metric=metric, connected_at=at
        )
        source._forget_keys_of_another_place(kind, settings)
        source.kind, source.settings, source.owner = kind, dict(settings), by
        source.schedule, source.weekday = schedule, weekday
        source.at_hour, source.at_minute = at_hour, at_minute
        if secrets:
            source.sealed = vault.seal(source._secrets(secrets))
        if upload is not None:
            source.upload_name = (upload.name or "")[:200]
            source.upload.save("source", upload, save=False)
        source.failing_since, source.failures, source.paused_at = None, 0, None
        source.save()
        metric.organisation.chain.record("source.connected", by=by.actor, at=at, source=source.pk, kind=kind)
        if sources.kind(kind).is_pulled:
            Job.objects.want(Job.Kind.PULL, source.pk, at=at)
        else:  # it may have been another kind before
            Job.objects.filter(kind=Job.Kind.PULL, subject=source.pk).update(due_at=None)
        return source


class Source(Scheduled, Health, Versioned):
    """Where a metric's snapshots come from: a kind from the registry, its settings, its schedule."""

    metric = models.OneToOneField("metrics.Metric", on_delete=models.CASCADE, related_name="source")
    kind = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    upload = models.FileField(upload_to="sources/%Y/%m/", blank=True, max_length=200)
    upload_name = models.CharField(max_length=200, blank=True)
    owner = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    connected_at = models.DateTimeField()
    # When a pull last brought something new, or its health changed: running pilots are read again after it.
    news_at = models.DateTimeField(null=True)

    tenant_path = "metric__organisation"
    objects = SourceManager()

    class Meta(Versioned.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(at_hour__lt=24), name="source_hour_of_a_day"),
            models.CheckConstraint(condition=models.Q(at_minute__lt=60), name="source_minute_of_an_hour"),
            models.CheckConstraint(condition=models.Q(weekday__lt=7), name="source_day_of_a_week"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.metric}"

    # --- pulling ----------------------------------------------------------------------------------

    def pull(self, *, at: datetime) -> Pull:
        """Fetch, understand and store, once. What came of it, good or bad, is the pull that is returned.

        Raises ``AlreadyPullingError`` when another worker is at it. Snapshots and the pull's end are one
        transaction, so a worker that is killed leaves no part of either. A source that kills its worker again and again
        is paused like one that fails: then the pull that was interrupted is what is returned.
        """
        with self._alone():
            cut_off = self._say_interrupted()
            if cut_off and cut_off.backfill_id is None and self.paused_at:
                return cut_off
            return self._attempt(Pull.objects.create(source=self, started_at=at), at=at)

    def pull_period(self, backfill: Backfill, start: date, end: date, *, at: datetime) -> Pull:
        """The same for the days from ``start`` to before ``end``, which somebody asked for.

        Says nothing about the source's health: it was asked for something else than usual.
        """
        with self._alone():
            self._say_interrupted()
            pull = Pull.objects.create(source=self, started_at=at, backfill=backfill, start=start, end=end)
            return self._attempt(pull, at=at)

    def _attempt(self, pull: Pull, *, at: datetime) -> Pull:
        try:
            asked = self._question()
            fetched = self.fetch(at=at, period=pull.period)
            groups = self._grouped(_within(pull.period, fetched.observations))
            self._arrived(pull, fetched, groups, asked, at=at)
        except SourceError as error:
            self._failed(pull, error)
        except SoftTimeLimitExceeded:
            self._failed(
                pull, SourceError(_t("It took longer than nine minutes and was stopped."), retry=True)
            )
        except Exception as error:  # noqa: BLE001 - as the next line says
            # Whatever it is, it is this source's trouble alone, and the page says so instead of showing nothing.
            # Its text may hold an address with a password: where it happened is enough to find it.
            where = [f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
            log.error("pull_failed", source=self.pk, error=type(error).__name__, where=where[-8:])
            self._failed(
                pull, SourceError(_t("Something went wrong on our side. It is tried again."), retry=True)
            )
        return pull

    def fetch(
        self,
        *,
        at: datetime,
        secrets: Mapping[str, str] | None = None,
        upload: File[bytes] | None = None,
        period: tuple[date, date] | None = None,
    ) -> Fetched:
        """What the source answers now; nothing is stored. Raises ``SourceError`` in plain words.

        ``secrets`` and ``upload`` stand in for the kept ones: a connection is tried before it is saved.
        """
        with self._content(upload) as (content, name):
            return sources.kind(self.kind).fetch(
                Ask(
                    settings=self.settings,
                    secrets=self._secrets(secrets),
                    today=self.metric.organisation.day_of(at),
                    zone=self.metric.organisation.zone,
                    metric_kind=self.metric.kind,
                    cadence=self.metric.cadence,
                    period=period,
                    content=content,
                    content_name=name,
                    members=Population.members_for(self.metric),
                )
            )

    def pull_now(self, *, by: Person, at: datetime) -> None:
        self.metric.organisation.chain.record("source.pull_asked", by=by.actor, at=at, source=self.pk)
        Job.objects.want(Job.Kind.PULL, self.pk, at=at)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, self.pk])
            if not cursor.fetchone()[0]:
                raise AlreadyPullingError
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, self.pk])

    def _forget_keys_of_another_place(self, kind: str, settings: Mapping[str, Any]) -> None:
        """Or whoever may change an address could have the kept keys sent to one of their own."""
        if self.sealed and not self.keys_fit(kind, settings):
            self.sealed = ""

    def _question(self) -> tuple[object, ...]:
        """What people chose that an answer rests on: its place, how it is understood, and the lists that divide it."""
        lists = Population.objects.filter(metric=self.metric_id).order_by("pk").values_list("salt", flat=True)
        return self.kind, self.settings, self.sealed, self.upload.name or "", list(lists)

    def keys_fit(self, kind: str, settings: Mapping[str, Any]) -> bool:
        """Whether the kept keys were typed for what these settings lead to."""
        chosen = sources.kind(kind)
        return self.kind == kind and chosen.keys_are_for(self.settings) == chosen.keys_are_for(settings)

    def _secrets(self, given: Mapping[str, str] | None) -> dict[str, str]:
        """What is sealed, and over it what is given now. Raises ``SourceError`` when neither opens a way."""
        try:
            kept = vault.unseal(self.sealed)
        except InvalidToken:
            if not given:
                raise SourceError(
                    _t("The kept password or token cannot be read any more. Enter it again.")
                ) from None
            kept = {}
        return {**kept, **(given or {})}

    @contextmanager
    def _content(self, upload: File[bytes] | None) -> Iterator[tuple[IO[bytes] | None, str]]:
        if upload is not None:
            yield upload.file, upload.name or ""
            upload.seek(0)
        elif self.upload:
            with self.upload.open("rb") as kept:
                yield kept, self.upload_name
        else:
            yield None, ""

    def _grouped(self, observations: Sequence[Observation]) -> dict[str, list[Observation]]:
        by_group = sorted((self.metric.in_unit(o) for o in observations), key=lambda o: (o.group, o.day))
        groups = {name: list(rows) for name, rows in groupby(by_group, key=lambda o: o.group)}
        if len(groups) > MOST_GROUPS:
            raise SourceError(
                _t(
                    "The group column has %(count)s different values. Choose a column with at most %(most)s, such as team or region."
                )
                % {"count": len(groups), "most": MOST_GROUPS},
                retry=False,
            )
        return groups

    @transaction.atomic
    def _arrived(
        self,
        pull: Pull,
        fetched: Fetched,
        groups: Mapping[str, Sequence[Observation]],
        asked: tuple[object, ...],
        *,
        at: datetime,
    ) -> None:
        """Store what came, if it still answers what is asked. Who changes that waits for this row, or this for them."""
        if self.locked()._question() != asked:
            raise SourceError(
                _t("What it is asked for was changed meanwhile. It is asked again."), retry=True
            )
        stored = Stored()
        for name, observations in groups.items():
            series, _new = Series.objects.get_or_create(metric=self.metric, group=name)
            came = Snapshot.objects.store(series.pk, pull.pk, observations, at=at)
            if came.new or came.changed:
                Jump.objects.look_at(series, [one.day for one in observations], pull=pull, at=at)
            stored += came
        pull.rows_new, pull.rows_changed, pull.rows_unchanged = stored.new, stored.changed, stored.unchanged
        pull.understood = list(fetched.understood)
        pull.problems = [[problem.line, problem.message] for problem in fetched.problems[:100]]
        self._ended(pull, PullState.DONE)

    @transaction.atomic
    def _failed(self, pull: Pull, error: SourceError) -> None:
        pull.error, pull.needs_a_person, pull.wait = error.message, not error.retry, error.retry_after
        pull.rows_new = pull.rows_changed = pull.rows_unchanged = (
            0  # what was stored before it broke is rolled back
        )
        self._ended(pull, PullState.FAILED)

    @transaction.atomic
    def _say_interrupted(self) -> Pull | None:
        """What a worker that was killed left behind, now told as what it is."""
        cut_off = _RUNNING.get(self.pk)
        if cut_off:
            cut_off.source = self
            cut_off.error = _t("The worker stopped in the middle. It is tried again.")
            self._ended(cut_off, PullState.INTERRUPTED)
        return cut_off

    def _ended(self, pull: Pull, state: PullState) -> None:
        """The pull's end and what it says about the source, whose row may have changed while it was asked."""
        pull.state, pull.finished_at = state, clock.now()
        pull.save()
        self.refresh_from_db(
            fields=[*Health.FIELDS, "news_at"], from_queryset=Source.objects.select_for_update(of=("self",))
        )
        pull.news = bool(pull.rows_new or pull.rows_changed)
        if pull.backfill_id is None:
            turned = (
                self.worked(at=pull.started_at)
                if state == PullState.DONE
                else self.failed(pull.error, needs_a_person=pull.needs_a_person, at=pull.started_at)
            )
            pull.news = pull.news or turned
        if pull.news:
            self.news_at = pull.finished_at
        self.save(update_fields=[*Health.FIELDS, "news_at"])


def _within(period: tuple[date, date] | None, observations: Sequence[Observation]) -> Sequence[Observation]:
    """Only what was asked for, from a kind that tells more."""
    if period is None:
        return observations
    start, end = period
    return [one for one in observations if start <= one.day < end]


_RUNNING: Final = Lookup(lambda: Pull._base_manager.filter(state=PullState.RUNNING).order_by("-pk"), source=0)
