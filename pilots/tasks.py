"""Readings, in batches: the queue costs more than the maths."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

import structlog
from celery import Task, shared_task
from django_scopes import scopes_disabled

from accounts import clock
from accounts.models import Job
from metrics.models import Source
from pilots.models import Outcome, Pilot

WAIT_FOR_NEWS: Final = timedelta(seconds=20)

log = structlog.get_logger(__name__)


@shared_task
def find_unread() -> int:
    """Want a reading of every pilot whose source brought something new since its last one, decided ones for a year."""
    with scopes_disabled():
        unread = list(Pilot.objects.with_unread_news(clock.now()).values_list("pk", flat=True))
    Job.objects.want_all(Job.Kind.READ, unread, at=clock.now())
    return len(unread)


@shared_task(bind=True)
def read_pilots(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with scopes_disabled(), Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            _read(job)


def _read(job: Job) -> None:
    pilot = (
        Pilot.objects.launched_and_open()
        .select_related("organisation", "metric")
        .filter(pk=job.subject)
        .first()
    )
    now = clock.now()
    if pilot is None:
        return _look_again(job, now)
    if _news_on_the_way(pilot, now):
        # After an outage, readings and pulls are overdue together: what was not pulled is not missing.
        return job.finish(next_at=now + WAIT_FOR_NEWS)
    try:
        pilot.read(at=now)
    except Exception as error:
        # One pilot that cannot be read must not keep the others of its batch from being read.
        log.exception("reading_failed", pilot=pilot.pk)
        return job.retry(repr(error))
    return job.finish(next_at=_tomorrow(pilot, now))


def _look_again(job: Job, now: datetime) -> None:
    """A pilot that was decided: compare its outcome with newer data, and read it again thirty days after its end."""
    outcomes = Outcome.objects.select_related(
        "pilot__organisation", "pilot__metric", "pilot__stop", "pilot__launch"
    )
    outcome = outcomes.filter(pilot=job.subject).first()
    if outcome is None:
        return job.finish()
    try:
        outcome.look_again(at=now)
    except Exception as error:
        log.exception("looking_again_failed", pilot=job.subject)
        return job.retry(repr(error))
    return job.finish(next_at=outcome.next_look())


def _news_on_the_way(pilot: Pilot, now: datetime) -> bool:
    """Whether the pilot's source is about to be pulled; a source that failed waits for its next try instead."""
    due = Job.objects.filter(kind=Job.Kind.PULL, due_at__lte=now, attempts=0)
    return due.filter(subject__in=Source.objects.filter(metric=pilot.metric).values("pk")).exists()


def _tomorrow(pilot: Pilot, now: datetime) -> datetime:
    """Early on the organisation's next day: a day without news is news too."""
    zone = pilot.organisation.zone
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(4), tzinfo=zone)
