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
from accounts.models import Channel, Delivery, Job, Membership, Organisation
from metrics.posting import post
from pilots import waits
from pilots.models import Digest, Flag, Notice, Outcome, Pilot, StakeholderLink
from pilots.models.digest import next_after
from pilots.reader import read_all

WAIT_FOR_NEWS: Final = timedelta(seconds=20)
#: While pilots of theirs are being read, a person is not told of half of them; but nobody waits longer than this.
LONGEST_GATHERING: Final = timedelta(minutes=10)

log = structlog.get_logger(__name__)


@shared_task
def find_unread() -> int:
    """Want a reading of every pilot whose source brought something new since its last one, decided ones for a year."""
    with scopes_disabled():
        unread = list(Pilot.objects.with_unread_news(clock.now()).values_list("pk", flat=True))
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


@shared_task(bind=True)
def tell_member(self: Task[Any, Any], *, jobs: list[int]) -> None:
    """Their news in one mail."""
    with scopes_disabled(), Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            _tell(job)


@shared_task(bind=True)
def tell_channel(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with scopes_disabled(), Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            channel = Channel.objects.select_related("organisation").filter(pk=job.subject).first()
            if channel:
                Notice.objects.tell_channel(channel, at=clock.now())
            job.finish()


@shared_task(bind=True)
def post_delivery(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            _post(job)


@shared_task(bind=True)
def escalate_flag(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with scopes_disabled(), Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            known = Flag.objects.select_related("pilot__organisation", "pilot__owner", "pilot__metric")
            flag = known.filter(pk=job.subject, cleared_at=None).first()
            if flag:
                flag.escalate(at=clock.now())
            job.finish()


@shared_task(bind=True)
def remind_stakeholder(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with scopes_disabled(), Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            known = StakeholderLink.objects.select_related(
                "stakeholder__pilot__organisation", "stakeholder__pilot__owner", "plan_version", "deputy"
            )
            link = known.filter(pk=job.subject).first()
            job.finish(next_at=link.remind(at=clock.now()) if link else None)


@shared_task(bind=True)
def send_digest(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            known = Membership.objects.select_related("organisation", "person", "preference")
            membership = known.filter(pk=job.subject).first()
            if membership is None:
                job.finish()
                continue
            with scope(organisation=membership.organisation):
                Digest.objects.write(membership, at=clock.now())
            job.finish(next_at=next_after(membership, clock.now()))


@shared_task(bind=True)
def post_digest(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            channel = Channel.objects.select_related("organisation").filter(pk=job.subject).first()
            if channel is None:
                job.finish()
                continue
            with scope(organisation=channel.organisation):
                Digest.objects.post(channel, at=clock.now())
            job.finish(next_at=channel.organisation.next_digest(clock.now()))


@shared_task
def look_after_news() -> int:
    """See that each member's next digest is known of, and forget what was told long ago."""
    with scopes_disabled():
        Notice.objects.forget_old(clock.now())
        return Digest.objects.want_missing(at=clock.now())


def _read(jobs: list[Job]) -> None:
    now = clock.now()
    by_pilot = {job.subject: job for job in jobs}
    open_ones = Pilot.objects.launched_and_open().filter(pk__in=by_pilot)
    zones = dict(open_ones.values_list("pk", "organisation__time_zone"))
    for pilot, job in by_pilot.items():
        if pilot not in zones:
            _look_again(job, now)
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


def _waiting_for_news(pilots: list[int], now: datetime) -> QuerySet[Pilot, int]:
    """Those whose source is about to be pulled; a source that failed waits for its next try instead."""
    due = Job.objects.filter(kind=Job.Kind.PULL, due_at__lte=now, attempts=0).values("subject")
    return Pilot.objects.filter(pk__in=pilots, metric__source__in=due).values_list("pk", flat=True)


def _tomorrow(zone: ZoneInfo, now: datetime) -> datetime:
    """Early on an organisation's next day: a day without news is news too."""
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(4), tzinfo=zone)


def _tell(job: Job) -> None:
    known = Membership.objects.select_related("organisation", "person", "preference")
    membership = known.filter(pk=job.subject).first()
    if membership is None:
        return job.finish()
    now = clock.now()
    if _readings_under_way(membership, now):
        return job.finish(next_at=now + WAIT_FOR_NEWS)
    return job.finish(next_at=Notice.objects.tell_member(membership, at=now))


def _readings_under_way(membership: Membership, now: datetime) -> bool:
    """Whether pilots of theirs are just being read, which may raise more flags: a thousand of them are one mail."""
    first = Notice.objects.filter(membership=membership).ripe(now).order_by("due_at").first()
    if first is None or now - first.due_at > LONGEST_GATHERING:
        return False
    due = Job.objects.filter(kind=Job.Kind.READ, due_at__lte=now, attempts=0)
    mine = Pilot.objects.launched_and_open().filter(owner=membership.person_id)
    return due.filter(subject__in=mine.values("pk")).exists()


def _post(job: Job) -> None:
    delivery = Delivery.objects.select_related("channel__organisation").filter(pk=job.subject).first()
    now = clock.now()
    if delivery is None or delivery.is_stale(now):
        return job.finish()
    posted = delivery.send(post, at=now)
    if posted is None or posted.well:
        return job.finish()
    return job.retry(posted.words, after=posted.wait)
