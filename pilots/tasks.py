"""Readings, in batches: the queue costs more than the maths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from celery import Task, shared_task
from django.db.models import QuerySet
from django_scopes import scope, scopes_disabled

from accounts import clock
from accounts.models import Job, Organisation
from pilots import waits
from pilots.models import Pilot
from pilots.reader import read_all

WAIT_FOR_NEWS: Final = timedelta(seconds=20)

log = structlog.get_logger(__name__)


@shared_task
def find_unread() -> int:
    """Want a reading of every open pilot whose source brought something new since its last one."""
    with scopes_disabled():
        unread = list(Pilot.objects.with_unread_news().values_list("pk", flat=True))
    Job.objects.want_all(Job.Kind.READ, unread, at=clock.now())
    return len(unread)


@shared_task
def look_after_waits() -> int:
    """Raise and clear the flags that say whom pilots wait for, and ask owners for the week's note."""
    changed = 0
    for organisation in Organisation.objects.all():
        with scope(organisation=organisation):
            now = clock.now()
            changed += waits.settle(organisation, at=now)
            changed += waits.ask_for_check_ins(organisation, at=now)
    return changed


@shared_task(bind=True)
def read_pilots(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with scopes_disabled(), Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        _read(leased)


def _read(jobs: list[Job]) -> None:
    now = clock.now()
    by_pilot = {job.subject: job for job in jobs}
    open_ones = Pilot.objects.launched_and_open().filter(pk__in=by_pilot)
    zones = dict(open_ones.values_list("pk", "organisation__time_zone"))
    Job.objects.finish_all([job for pilot, job in by_pilot.items() if pilot not in zones])
    # After an outage, readings and pulls are overdue together: what was not pulled is not missing.
    waiting = set(_waiting_for_news(list(zones), now))
    Job.objects.finish_all([by_pilot[pilot] for pilot in waiting], next_at=now + WAIT_FOR_NEWS)
    done = _read_them([pilot for pilot in zones if pilot not in waiting], by_pilot, now)
    by_zone: defaultdict[str, list[Job]] = defaultdict(list)
    for pilot in done:
        by_zone[zones[pilot]].append(by_pilot[pilot])
    for zone, read in by_zone.items():
        Job.objects.finish_all(read, next_at=_tomorrow(ZoneInfo(zone), now))


def _read_them(pilots: list[int], jobs: Mapping[int, Job], now: datetime) -> list[int]:
    """Read them together, or, when that fails, one by one; those that were read.

    One pilot that cannot be read must not keep the others of its batch from being read.
    """
    try:
        read_all(pilots, at=now)
    except Exception as error:
        if len(pilots) > 1:
            return [read for pilot in pilots for read in _read_them([pilot], jobs, now)]
        log.exception("reading_failed", pilot=pilots[0])
        jobs[pilots[0]].retry(repr(error))
        return []
    return pilots


def _waiting_for_news(pilots: list[int], now: datetime) -> QuerySet[Pilot, int]:
    """Those whose source is about to be pulled; a source that failed waits for its next try instead."""
    due = Job.objects.filter(kind=Job.Kind.PULL, due_at__lte=now, attempts=0).values("subject")
    return Pilot.objects.filter(pk__in=pilots, metric__source__in=due).values_list("pk", flat=True)


def _tomorrow(zone: ZoneInfo, now: datetime) -> datetime:
    """Early on an organisation's next day: a day without news is news too."""
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(4), tzinfo=zone)
