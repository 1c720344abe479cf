"""What workers are rung for. Each task is one call on a model; ``Job`` says what is due."""

from __future__ import annotations

from typing import Any

from celery import Task, shared_task

from accounts import clock
from accounts.models import Answered, Bucket, Job, Message, Pulse


@shared_task
def sweep(*, by_beat: bool = False) -> int:
    """Ring for everything that is due, and forget what no request can ask for any more.

    Rung ``by_beat``, beat lives: it cannot be asked, so what it caused is its sign of life.
    """
    if by_beat:
        Pulse.objects.felt("beat")
    Answered.objects.forget_old()
    Bucket.objects.forget_full()
    return Job.objects.ring_due()


@shared_task(bind=True)
def deliver_message(self: Task[Any, Any], *, jobs: list[int]) -> None:
    with Job.objects.work_on(jobs, holder=str(self.request.hostname)) as leased:
        for job in leased:
            message = Message.objects.select_related("organisation").filter(pk=job.subject).first()
            try:
                if message:
                    message.deliver(at=clock.now())
            except OSError as error:  # every fault of SMTP and of its connection is one
                job.retry(str(error))
            else:
                job.finish()
