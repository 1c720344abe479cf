"""Pulling, one task a source, so that one bad source never stops the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery import Task, shared_task
from django_scopes import scopes_disabled

from accounts import clock
from accounts.models import Job
from accounts.models.job import ring_for_news
from metrics.models import Pull, Source, SourceDraft
from metrics.models.source import AlreadyPullingError


@shared_task(bind=True)
def pull_source(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with scopes_disabled(), Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            _pull(job)


@shared_task
def forget_drafts() -> int:
    """What was tried and not kept goes, with its file, when its time is over."""
    with scopes_disabled():
        return SourceDraft.objects.all().expired(clock.now()).forget()


def _pull(job: Job) -> None:
    source = Source.objects.select_related("metric__organisation").filter(pk=job.subject).first()
    if source is None:
        return job.finish()
    try:
        pull = source.pull(at=clock.now())
    except AlreadyPullingError:
        return job.retry("already pulling", after=timedelta(seconds=10))
    if pull.state != Pull.State.DONE and not pull.needs_a_person:
        return job.retry(pull.error, after=timedelta(seconds=pull.wait) if pull.wait else None)
    # What a person must put right is not tried over and over, only when it would be pulled anyway.
    job.finish(next_at=source.next_pull_at(clock.now()))
    if pull.rows_new or pull.rows_changed:
        ring_for_news()
    return None
