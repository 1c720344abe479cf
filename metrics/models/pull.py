from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantManager
from metrics.models.jump import AHEAD, TIMES, Jump
from metrics.models.series import Series
from metrics.models.snapshot import stays_while_used

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models.source import Source
    from metrics.points import Points

#: A column of names taken for a group would make a series a person.
MOST_GROUPS: Final = 50


class PullState(models.TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    INTERRUPTED = "interrupted", _("interrupted")


class AlreadyPullingError(Exception):
    """Another worker is pulling this source at this moment."""


class TooManyGroupsError(ValueError):
    """Said in words for whoever sends them."""


class PullManager(TenantManager["Pull"]):
    @transaction.atomic
    def receive(
        self,
        points: Points,
        *,
        source: int,
        metric: int,
        at: datetime,
        token: int | None = None,
        person: Person | None = None,
        content_sha256: str = "",
        problems: Sequence[tuple[int | None, str]] = (),
    ) -> Pull:
        """Store points that were pushed or typed in, with where they came from; the same ones again change nothing.

        All of it or nothing, and a leap among them is asked about. The metric's series are locked: two deliveries at
        once come one after the other. Raises ``TooManyGroupsError``.
        """
        pull = Pull(
            source_id=source, state=PullState.DONE, started_at=at, finished_at=at, token_id=token, person=person,
            content_sha256=content_sha256, problems=[list(one) for one in problems[:100]],
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT * FROM metrics_receive({', '.join(['%s'] * 17)})",  # noqa: S608 - seventeen parameters
                [
                    metric, source, at, token, pull.person_id, content_sha256, json.dumps(pull.problems), MOST_GROUPS,
                    TIMES, AHEAD, _or_null(points.group, ""), points.day, points.value,
                    _or_null(points.numerator), _or_null(points.denominator), _or_null(points.n),
                    _or_null(points.sum_of_squares),
                ],
            )  # fmt: skip
            told = cursor.fetchone()
        if told is None:
            raise TooManyGroupsError(
                _t("A metric can have %(most)s groups, and these are more. Choose such as teams or regions.")
                % {"most": MOST_GROUPS}
            )
        pull.pk, pull.rows_new, pull.rows_changed, pull.rows_unchanged, leaps = told
        if leaps:
            _look_for_jumps(metric, points, pull, at)
        return pull

    @transaction.atomic
    def type_in(self, source: Source, points: Points, *, by: Person, at: datetime) -> Pull:
        """Store what somebody typed in; their name stays with it."""
        pull = self.receive(points, source=source.pk, metric=source.metric_id, at=at, person=by)
        if pull.rows_new or pull.rows_changed:
            source.metric.organisation.chain.record("values.typed_in", by=by.actor, at=at, pull=pull.pk)
        return pull


def _look_for_jumps(metric: int, points: Points, pull: Pull, at: datetime) -> None:
    """Ask about leaps, as of what is pulled, and take back questions whose leap is gone."""
    days: dict[str, list[date]] = {}
    for group, day in zip(points.group, points.day, strict=True):
        days.setdefault(group, []).append(day)
    for series in Series.objects.filter(metric=metric, group__in=days).select_related("metric"):
        Jump.objects.look_at(series, days[series.group], pull=pull, at=at)


def make_series(metric: int, groups: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO metrics_series (metric_id, "group") SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING',
            [metric, groups],
        )


def locked_series(metric: int) -> dict[str, int]:
    """A metric's series by group; nobody else writes to them until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT "group", id FROM metrics_series WHERE metric_id = %s ORDER BY id FOR NO KEY UPDATE',
            [metric],
        )
        return dict(cursor.fetchall())


def _or_null(column: list[Any], nothing: Any = None) -> list[Any] | None:
    """A column in which nothing stands costs nothing."""
    return None if column.count(nothing) == len(column) else column


class Pull(models.Model):
    """One attempt to fetch a source, or one delivery: when, how long, what came and from whom, or why nothing did."""

    State = PullState

    # No index of its own: ``pull_latest`` begins with it.
    source = models.ForeignKey(
        "metrics.Source", on_delete=models.CASCADE, related_name="pulls", db_index=False
    )
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
    # Who delivered it, where nothing was fetched: a program by its token, or a person who typed it in.
    token = models.ForeignKey(
        "accounts.ApiToken", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    content_sha256 = models.CharField(max_length=64, blank=True)

    tenant_path = "source__metric__organisation"
    objects = PullManager()

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
        triggers = [stays_while_used("pull")]

    def __str__(self) -> str:
        return f"pull {self.pk} of source {self.source_id}: {self.state}"

    @property
    def period(self) -> tuple[date, date] | None:
        return (self.start, self.end) if self.start and self.end else None

    @property
    def last_day(self) -> date | None:
        return self.end - timedelta(days=1) if self.end else None
