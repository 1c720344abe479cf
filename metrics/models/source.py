from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any, Final

from cryptography.fernet import InvalidToken
from django.core.files.base import File
from django.db import connection, models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.models import Job, Versioned
from accounts.tenancy import TenantManager
from metrics import sources, vault
from metrics.models.population import Population
from metrics.models.pull import Pull, PullState
from metrics.models.series import Series
from metrics.models.snapshot import Snapshot, Stored
from metrics.sources import Ask, Fetched, Observation, SourceError

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models.metric import Metric

# A column of names taken for a group would make a series a person.
MOST_GROUPS: Final = 50
_LOCK_SPACE: Final = 0x50754C6C  # "PuLl": advisory locks of pulls, apart from anybody else's


class Schedule(models.TextChoices):
    HOURLY = "hourly", _("every hour")
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week, on Monday")


class AlreadyPullingError(Exception):
    """Another worker is pulling this source at this moment."""


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
        at_hour: int = 6,
    ) -> Source:
        """Connect a metric to where its numbers live, or change how; the first pull is due at once.

        Secrets that are left out stay as they are.
        """
        source = self.filter(metric=metric).select_for_update().first() or Source(
            metric=metric, connected_at=at
        )
        source.kind, source.settings, source.owner = kind, dict(settings), by
        source.schedule, source.at_hour = schedule, at_hour
        if secrets:
            source.sealed = vault.seal(source._secrets(secrets))
        if upload is not None:
            source.upload_name = (upload.name or "")[:200]
            source.upload.save("source", upload, save=False)
        source.failing_since = None
        source.save()
        metric.organisation.chain.record("source.connected", by=by.actor, at=at, source=source.pk, kind=kind)
        Job.objects.want(Job.Kind.PULL, source.pk, at=at)
        return source


class Source(Versioned):
    """Where a metric's snapshots come from: a kind from the registry, its settings, its schedule."""

    metric = models.OneToOneField("metrics.Metric", on_delete=models.CASCADE, related_name="source")
    kind = models.CharField(max_length=20)
    settings = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    upload = models.FileField(upload_to="sources/%Y/%m/", blank=True, max_length=200)
    upload_name = models.CharField(max_length=200, blank=True)
    schedule = models.CharField(_("pulled"), max_length=10, choices=Schedule, default=Schedule.DAILY)
    at_hour = models.PositiveSmallIntegerField(_("at what hour"), default=6)
    owner = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    connected_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True)
    # When a pull last brought something new: running pilots are read again after it.
    news_at = models.DateTimeField(null=True)

    tenant_path = "metric__organisation"
    objects = SourceManager()

    class Meta(Versioned.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(at_hour__lt=24), name="source_hour_of_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.metric}"

    # --- pulling ----------------------------------------------------------------------------------

    def pull(self, *, at: datetime) -> Pull:
        """Fetch, understand and store, once. What came of it, good or bad, is the pull that is returned.

        Raises ``AlreadyPullingError`` when another worker is at it. Snapshots and the pull's end are one
        transaction, so a worker that is killed leaves no part of either.
        """
        with self._alone():
            self.pulls.filter(state=PullState.RUNNING).update(
                state=PullState.INTERRUPTED,
                finished_at=at,
                error=_t("The worker stopped in the middle. It is tried again."),
            )
            pull = Pull.objects.create(source=self, started_at=at)
            try:
                fetched = self.fetch(at=at)
                observations = self._grouped(fetched.observations)
            except SourceError as error:
                self._failed(pull, error, at=at)
            else:
                self._arrived(pull, fetched, observations, at=at)
        return pull

    def fetch(
        self, *, at: datetime, secrets: Mapping[str, str] | None = None, upload: File[bytes] | None = None
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
                    content=content,
                    content_name=name,
                    members=Population.members_for(self.metric),
                )
            )

    def next_pull_at(self, after: datetime) -> datetime:
        """The next moment on the schedule: the hour is local, the order of moments is UTC's."""
        if self.schedule == Schedule.HOURLY:
            return after + timedelta(hours=1)
        zone = self.metric.organisation.zone
        day = after.astimezone(zone).date()
        for _try in range(9):
            moment = datetime.combine(day, time(self.at_hour), tzinfo=zone).astimezone(UTC)
            if moment > after and (self.schedule == Schedule.DAILY or day.weekday() == 0):
                return moment
            day += timedelta(days=1)
        raise AssertionError("a week has a Monday")

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
        self, pull: Pull, fetched: Fetched, groups: Mapping[str, Sequence[Observation]], *, at: datetime
    ) -> None:
        stored = Stored()
        for name, observations in groups.items():
            series, _new = Series.objects.get_or_create(metric=self.metric, group=name)
            stored += Snapshot.objects.store(series.pk, pull.pk, observations, at=at)
        pull.rows_new, pull.rows_changed, pull.rows_unchanged = stored.new, stored.changed, stored.unchanged
        pull.understood = list(fetched.understood)
        pull.problems = [[problem.line, problem.message] for problem in fetched.problems[:100]]
        self._ended(pull, PullState.DONE, failing_since=None)

    @transaction.atomic
    def _failed(self, pull: Pull, error: SourceError, *, at: datetime) -> None:
        pull.error, pull.needs_a_person, pull.wait = error.message, not error.retry, error.retry_after
        self._ended(pull, PullState.FAILED, failing_since=self.failing_since or at)

    def _ended(self, pull: Pull, state: PullState, *, failing_since: datetime | None) -> None:
        pull.state, pull.finished_at = state, clock.now()
        pull.save()
        self.failing_since = failing_since
        if pull.rows_new or pull.rows_changed:
            self.news_at = pull.finished_at
        self.save(update_fields=["failing_since", "news_at"])
