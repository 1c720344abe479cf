from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantManager
from metrics.models.snapshot import INCOMING, KEEP_EARLIER, UPSERT, stays_while_used

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models.source import Source
    from metrics.points import Points

#: A column of names taken for a group would make a series a person.
MOST_GROUPS: Final = 50

_PULL: Final = "(SELECT id FROM pull)"
# Snapshots, what they were before, the pull that tells where they came from, and the source's news: one statement.
_RECEIVE: Final = f"""
    WITH {INCOMING},
    pull AS MATERIALIZED (SELECT nextval(pg_get_serial_sequence('metrics_pull', 'id')) AS id),
    earlier AS ({KEEP_EARLIER.format(pull=_PULL)} RETURNING 1),
    written AS ({UPSERT.format(pull=_PULL)} RETURNING 1),
    counted AS (SELECT (SELECT count(*) FROM written) AS written, (SELECT count(*) FROM earlier) AS changed),
    kept AS (
        INSERT INTO metrics_pull (id, rows_new, rows_changed, rows_unchanged, {{columns}})
        SELECT pull.id, written - changed, changed, %(count)s - written, {{values}} FROM pull, counted
    ),
    news AS (
        UPDATE metrics_source SET news_at = %(at)s, failing_since = NULL FROM counted
         WHERE id = %(source)s AND written > 0
    )
    SELECT pull.id, written - changed, changed, %(count)s - written FROM pull, counted
"""  # noqa: S608 - put together from constants and from columns of our own
_COUNTED: Final = {"id", "rows_new", "rows_changed", "rows_unchanged"}


class PullState(models.TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    INTERRUPTED = "interrupted", _("interrupted")


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
        understood: Sequence[str] = (),
        problems: Sequence[tuple[int | None, str]] = (),
    ) -> Pull:
        """Store points that were pushed or typed in, with where they came from; the same ones again change nothing.

        The metric's series are locked: two deliveries at once come one after the other, or a revision could be lost.
        """
        series = self._series(metric, set(points.group))
        pull = Pull(
            source_id=source, state=PullState.DONE, started_at=at, finished_at=at, token_id=token, person=person,
            content_sha256=content_sha256, understood=list(understood), problems=[list(one) for one in problems[:100]],
        )  # fmt: skip
        fields = [one for one in Pull._meta.concrete_fields if one.column not in _COUNTED]
        own = {f"own_{one.column}": one.get_db_prep_save(getattr(pull, one.attname), connection) for one in fields}  # fmt: skip
        statement = _RECEIVE.format(
            columns=", ".join(str(one.column) for one in fields),
            values=", ".join(f"%({name})s" for name in own),
        )
        facts: Any = {
            "source": source, "at": at, "count": len(points), "series": [series[name] for name in points.group],
            "day": points.day, "value": points.value, "numerator": _or_null(points.numerator),
            "denominator": _or_null(points.denominator), "n": _or_null(points.n),
            "sum_of_squares": _or_null(points.sum_of_squares), **own,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(statement, facts)
            pull.pk, pull.rows_new, pull.rows_changed, pull.rows_unchanged = cursor.fetchone()
        return pull

    @transaction.atomic
    def type_in(self, source: Source, points: Points, *, by: Person, at: datetime) -> Pull:
        """Store what somebody typed in; their name stays with it."""
        pull = self.receive(points, source=source.pk, metric=source.metric_id, at=at, person=by)
        if pull.rows_new or pull.rows_changed:
            source.metric.organisation.chain.record("values.typed_in", by=by.actor, at=at, pull=pull.pk)
        return pull

    def _series(self, metric: int, groups: set[str]) -> dict[str, int]:
        """The metric's series by group, locked until the transaction ends; those that are new are made."""
        known = locked_series(metric)
        missing = groups - known.keys()
        if missing:
            if len(known) + len(missing) > MOST_GROUPS:
                raise TooManyGroupsError(
                    _t(
                        "With these the metric would have %(count)s groups. It can have %(most)s: choose such as teams or regions."
                    )
                    % {"count": len(known) + len(missing), "most": MOST_GROUPS}
                )
            make_series(metric, sorted(missing))
            known = locked_series(metric)
        return known


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


def _or_null(column: list[Any]) -> list[Any] | None:
    """A column in which nothing stands costs nothing."""
    return None if column.count(None) == len(column) else column


class Pull(models.Model):
    """One attempt to fetch a source, or one delivery: when, how long, what came and from whom, or why nothing did."""

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

    class Meta:
        ordering = ["-pk"]
        triggers = [stays_while_used("pull")]

    def __str__(self) -> str:
        return f"pull {self.pk} of source {self.source_id}: {self.state}"

    @property
    def lasted(self) -> timedelta | None:
        return self.finished_at - self.started_at if self.finished_at else None
