"""Pulling, one task a source, so that one bad source never stops the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from celery import Task, shared_task
from django_scopes import scopes_disabled

from accounts import clock
from accounts.models import Job
from accounts.models.job import ring_for_news
from metrics import sources
from metrics.models import Backfill, Pull, Source, SourceDraft
from metrics.models.pull import AlreadyPullingError

SOMEBODY_IS_AT_IT: Final = timedelta(seconds=10)


@shared_task(bind=True)
def pull_source(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with scopes_disabled(), Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            _pull(job)


@shared_task(bind=True)
def pull_backfill(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with scopes_disabled(), Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            _pull_part(job)


@shared_task
def forget_drafts() -> int:
    """What was tried and not kept goes, with its file, when its time is over."""
    with scopes_disabled():
        return SourceDraft.objects.all().expired(clock.now()).forget()


def _pull(job: Job) -> None:
    source = Source.objects.select_related("metric__organisation", "owner").filter(pk=job.subject).first()
    if source is None or not sources.kind(source.kind).is_pulled:
        return job.finish()
    try:
        pull = source.pull(at=clock.now())
    except AlreadyPullingError:
        return job.retry("already pulling", after=SOMEBODY_IS_AT_IT)
    now = clock.now()
    ordinary = source.next_pull_at(now)
    asked_for = timedelta(seconds=pull.wait) if pull.wait else None
    if pull.state == Pull.State.DONE or source.paused_at:
        # A paused source is tried when it would be pulled anyway, and not before it wants to be asked again.
        job.finish(next_at=max(ordinary, now + asked_for) if asked_for else ordinary)
    else:
        job.retry(pull.error, after=asked_for, latest=ordinary)
    if pull.news:
        ring_for_news()
    return None


def _pull_part(job: Job) -> None:
    """One part; the next one is another run of the same job, after whatever else is waiting."""
    found = Backfill.objects.select_related("source__metric__organisation", "source__owner")
    backfill = found.filter(pk=job.subject).first()
    if backfill is None:
        return job.finish()
    try:
        pull = backfill.pull_next(at=clock.now())
    except AlreadyPullingError:
        return job.retry("already pulling", after=SOMEBODY_IS_AT_IT)
    if backfill.ended_at:
        job.finish()
    elif pull is None or pull.state == Pull.State.DONE:
        job.finish(next_at=clock.now())
        Job.objects.ring([job.pk])
    else:
        job.retry(pull.error, after=timedelta(seconds=pull.wait) if pull.wait else None)
    if pull and pull.news:
        ring_for_news()
    return None
