"""Due work, kept in PostgreSQL. The broker is only a doorbell.

A job says that some subject (a source, a pilot, a message) wants some kind of work at some time. Whoever
works on it holds a lease; when the holder dies, the lease runs out and the sweep rings again. So a lost
broker, a killed worker or a doubled task loses nothing and does nothing twice.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from celery import current_app
from django.db import Error, connection, models, transaction
from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.functions import Now

from accounts import clock

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(seconds=20)
RENEW_EVERY: Final = 5.0  # seconds
# A rung bell that nobody answered: longer than a busy queue takes, shorter than the minute we promise.
RING_AGAIN: Final = timedelta(seconds=40)
# With so many bells in the broker nobody is rung for twice: workers are busy, and each bell more is one to hear out.
LONG_QUEUE: Final = 500
# 1, 5, 25 minutes, then every two hours.
BACKOFF: Final = (60, 300, 1500, 7200)


# Most verbs wish for something: in statements that Django does not put together anew each time.
_WISH: Final = """
    INSERT INTO accounts_job (kind, subject, due_at, leased_by, attempts, last_error)
    SELECT %s, unnest(%s::bigint[]), %s, '', 0, ''
    ON CONFLICT DO NOTHING
"""
_SOONER: Final = """
    UPDATE accounts_job SET due_at = least(due_at, %s), rung_at = NULL
     WHERE kind = %s AND subject = ANY(%s::bigint[]) AND (due_at IS NULL OR due_at > %s OR leased_by <> '')
"""


class JobManager(models.Manager["Job"]):
    def want(self, kind: str, subject: int, *, at: datetime) -> None:
        """Have ``kind`` done for ``subject`` at ``at`` (or earlier, when it was wanted earlier already).

        In the caller's transaction: the wish stands or falls with its cause. Rings on commit when due.
        """
        self.want_all(kind, [subject], at=at)

    def want_all(self, kind: str, subjects: Sequence[int], *, at: datetime) -> None:
        """``want`` for many subjects, in two statements."""
        with connection.cursor() as cursor:
            cursor.execute(_WISH, [kind, list(subjects), at])
            # Work that is going on began before this wish: the bell is taken back, which ``_end`` sees.
            cursor.execute(_SOONER, [at, kind, list(subjects), at])
        if at <= clock.now():
            transaction.on_commit(lambda: self._ring_for(kind, subjects), robust=True)

    def due(self, *, again: bool = True) -> models.QuerySet[Job]:
        """What should be worked on now and is not: due, not leased, and not rung for just now (or, not ``again``, at all)."""
        unheard = Q(rung_at=None) | Q(leased_until__lt=Now())
        return self.filter(
            Q(leased_until=None) | Q(leased_until__lt=Now()),
            unheard | Q(rung_at__lt=Now() - RING_AGAIN) if again else unheard,
            due_at__lte=clock.now(),
        )

    def ring_due(self, limit: int = 20_000) -> int:
        """Ring for everything due; how many jobs were rung for.

        A bell that nobody answered is rung again, unless the broker still holds many: ten thousand sources that are due
        at once would else be ten thousand bells more every forty seconds, for as long as they take.
        """
        again = bells_waiting() < LONG_QUEUE
        with transaction.atomic():
            due = self.due(again=again).order_by("due_at").select_for_update(skip_locked=True)
            ids = list(due.values_list("pk", flat=True)[:limit])
            # The dead holder's lease ends here, or each sweep would ring for it again.
            self.filter(pk__in=ids).update(rung_at=Now(), leased_until=None, leased_by="")
        self.ring(ids)
        return len(ids)

    def _ring_for(self, kind: str, subjects: Sequence[int]) -> None:
        _ring({kind: list(self.filter(kind=kind, subject__in=subjects).values_list("pk", flat=True))})

    def ring(self, ids: Iterable[int]) -> None:
        """Tell the workers. A broker that does not answer is no fault here: the sweep comes again."""
        by_kind: dict[str, list[int]] = {}
        for pk, kind in self.filter(pk__in=list(ids)).values_list("pk", "kind"):
            by_kind.setdefault(kind, []).append(pk)
        _ring(by_kind)

    @contextmanager
    def work_on(self, ids: Iterable[int], *, holder: str) -> Iterator[list[Job]]:
        """The jobs among ``ids`` that are due and nobody else works on, leased until the block ends.

        What the block did not foresee (an exception) ends as a retry, or each sweep would run into it again.
        """
        token = f"{holder}/{uuid4().hex}"
        self.filter(
            Q(leased_until=None) | Q(leased_until__lt=Now()), pk__in=list(ids), due_at__lte=clock.now()
        ).update(leased_until=Now() + LEASE, leased_by=token, rung_at=Now())
        jobs = list(self.filter(leased_by=token).order_by("pk"))
        try:
            with _renewed(token):
                yield jobs
        except Exception as error:
            for job in jobs:
                job.retry(repr(error))
            raise
        self.filter(leased_by=token).update(leased_until=None, leased_by="")

    def finish_all(self, jobs: Sequence[Job], *, next_at: datetime | None = None) -> None:
        """``Job.finish`` for many that one holder worked on, in one statement."""
        if jobs:
            mine = self.filter(pk__in=[job.pk for job in jobs], leased_by=jobs[0].leased_by)
            _end(mine, next_at, attempts=0, last_error="")

    def release_all_of(self, holder: str) -> int:
        """A worker that starts anew under its old name: what it held before, it holds no longer."""
        return self.filter(leased_by__startswith=f"{holder}/").update(
            leased_until=None, leased_by="", rung_at=None
        )


class Kind(models.TextChoices):
    """What can be due, and the task that does it."""

    DELIVER = "accounts.tasks.deliver_message"
    PULL = "metrics.tasks.pull_source"
    BACKFILL = "metrics.tasks.pull_backfill"
    READ = "pilots.tasks.read_pilots"
    TELL = "pilots.tasks.tell_member"
    TELL_CHANNEL = "pilots.tasks.tell_channel"
    POST = "pilots.tasks.post_delivery"
    ESCALATE = "pilots.tasks.escalate_flag"
    REMIND = "pilots.tasks.remind_stakeholder"
    DIGEST = "pilots.tasks.send_digest"
    DIGEST_CHANNEL = "pilots.tasks.post_digest"

    @property
    def batch(self) -> int:
        """How many subjects one task takes."""
        return 500 if self is Kind.READ else 1


class Job(models.Model):
    """That ``kind`` of work is due for ``subject`` at ``due_at`` (None: not at present)."""

    Kind = Kind

    kind = models.CharField(max_length=60, choices=Kind)
    subject = models.BigIntegerField()
    due_at = models.DateTimeField(null=True)
    rung_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)

    objects = JobManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="one_job_per_kind_and_subject"),
        ]
        indexes = [
            # The sweep, every ten seconds: what is due?
            models.Index(fields=["due_at"], name="job_due", condition=Q(due_at__isnull=False)),
            # Renewing and ending leases.
            models.Index(fields=["leased_by"], name="job_holder", condition=~Q(leased_by="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.subject}"

    def finish(self, *, next_at: datetime | None = None) -> None:
        """Done. A wish that came in meanwhile stays due; otherwise the next time is ``next_at``."""
        self._end(next_at, attempts=0, last_error="")

    def retry(self, error: str, *, after: timedelta | None = None, latest: datetime | None = None) -> None:
        """Not done: try again later, each time later, with some scatter so that not all come at once.

        ``after`` is a wait that somebody asked for; otherwise it is not put off beyond ``latest``.
        """
        seconds = BACKOFF[min(self.attempts, len(BACKOFF) - 1)]
        scattered = timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - scatter, no secret
        again = clock.now() + (after or scattered)
        if latest and not after:
            again = min(again, latest)
        self._end(again, attempts=F("attempts") + 1, last_error=error[:2000])

    def _end(self, due_at: datetime | None, **changes: object) -> None:
        _end(Job.objects.filter(pk=self.pk, leased_by=self.leased_by), due_at, **changes)


def _end(jobs: models.QuerySet[Job], due_at: datetime | None, **changes: object) -> None:
    """In one statement: a wish that is just coming in is seen by it, or comes after it."""
    wished_meanwhile = When(rung_at=None, then=F("due_at"))
    changes["due_at"] = Case(wished_meanwhile, default=Value(due_at, output_field=DateTimeField()))
    jobs.update(leased_until=None, leased_by="", rung_at=None, **changes)


def ring_for_news() -> None:
    """Say that new data came: who depends on them is looked for now, not at the next beat."""
    try:
        current_app.send_task("pilots.tasks.find_unread", retry=False)
    except Exception as error:  # noqa: BLE001 - as below
        log.warning("broker_unreachable", error=str(error))


def _ring(by_kind: Mapping[str, list[int]]) -> None:
    try:
        for kind, pks in by_kind.items():
            _send(Kind(kind), pks)
    except Exception as error:  # noqa: BLE001 - each broker's client raises its own kinds
        log.warning("broker_unreachable", error=str(error))


def _send(kind: Kind, ids: list[int]) -> None:
    for start in range(0, len(ids), kind.batch):
        current_app.send_task(kind.value, kwargs={"jobs": ids[start : start + kind.batch]}, retry=False)


def bells_waiting(app: Any = current_app) -> int:
    """How many bells the broker holds; none where it does not say or does not answer."""
    try:
        with app.connection_for_write() as connected:
            return sum(_waiting_in(name, connected) for name in app.amqp.queues)
    except Exception:  # noqa: BLE001 - each broker's client raises its own kinds; ring, and it is told there
        return 0


def _waiting_in(queue: str, connected: Any) -> int:
    with connected.channel() as channel:
        return int(channel.queue_declare(queue=queue, passive=True).message_count)


@contextmanager
def _renewed(token: str) -> Iterator[None]:
    """Keep a lease alive from a thread of its own while the work goes on."""
    done = threading.Event()

    def renew() -> None:
        try:
            while not done.wait(RENEW_EVERY):
                try:
                    Job.objects.filter(leased_by=token).update(leased_until=Now() + LEASE)
                except Error as error:
                    # A lock that was not to be had, a connection that broke: soon once more.
                    log.warning("lease_not_renewed", error=str(error))
                    connection.close_if_unusable_or_obsolete()
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
