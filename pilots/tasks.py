"""Readings, in batches: the queue costs more than the maths."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import structlog
from celery import Task, shared_task
from django_scopes import scopes_disabled

from accounts import clock
from accounts.models import Job
from pilots.models import Pilot

log = structlog.get_logger(__name__)


@shared_task
def find_unread() -> int:
    """Want a reading of every open pilot whose source brought something new since its last one."""
    with scopes_disabled():
        unread = list(Pilot.objects.with_unread_news().values_list("pk", flat=True))
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
    if pilot is None:
        return job.finish()
    now = clock.now()
    try:
        pilot.read(at=now)
    except Exception as error:
        # One pilot that cannot be read must not keep the others of its batch from being read.
        log.exception("reading_failed", pilot=pilot.pk)
        return job.retry(repr(error))
    return job.finish(next_at=_tomorrow(pilot, now))


def _tomorrow(pilot: Pilot, now: datetime) -> datetime:
    """Early on the organisation's next day: a day without news is news too."""
    zone = pilot.organisation.zone
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(4), tzinfo=zone)
