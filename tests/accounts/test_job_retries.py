from contextlib import suppress
from datetime import timedelta

import pytest
from time_machine import Traveller

from accounts.models import Job
from tests.cast import NOW, job_of

pytestmark = pytest.mark.usefixtures("db")
PULL = Job.Kind.PULL


def try_and_fail(monday: Traveller, after: timedelta | None = None) -> timedelta:
    """Work on the job when it is due, fail, and say after how long it is due again."""
    before = job_of(PULL, 7)
    assert before.due_at
    monday.move_to(before.due_at)
    with Job.objects.work_on([before.pk], holder="a") as [job]:
        job.retry("no answer", after=after)
    again = job_of(PULL, 7).due_at
    assert again
    return again - before.due_at


def test_each_try_waits_longer_and_none_for_ever(monday: Traveller) -> None:
    Job.objects.want(PULL, 7, at=NOW)
    waits = [try_and_fail(monday).total_seconds() for _try in range(6)]
    for wait, usual in zip(waits, [60, 300, 1500, 7200, 7200, 7200], strict=True):
        assert 0.8 * usual <= wait <= 1.2 * usual
    assert job_of(PULL, 7).attempts == 6
    assert job_of(PULL, 7).last_error == "no answer"


def test_tries_are_scattered(monday: Traveller) -> None:
    for subject in range(20):
        Job.objects.want(PULL, subject, at=NOW)
    with Job.objects.work_on(Job.objects.values_list("pk", flat=True), holder="a") as jobs:
        for job in jobs:
            job.retry("no answer")
    assert len({job.due_at for job in Job.objects.all()}) > 15


def test_a_source_s_own_wish_is_kept(monday: Traveller) -> None:
    Job.objects.want(PULL, 7, at=NOW)
    assert try_and_fail(monday, after=timedelta(seconds=90)) == timedelta(seconds=90)


def test_success_forgets_the_failures(monday: Traveller) -> None:
    Job.objects.want(PULL, 7, at=NOW)
    try_and_fail(monday)
    due = job_of(PULL, 7).due_at
    assert due
    monday.move_to(due)
    with Job.objects.work_on([job_of(PULL, 7).pk], holder="a") as [job]:
        job.finish()
    assert (job_of(PULL, 7).attempts, job_of(PULL, 7).last_error) == (0, "")


def test_a_very_long_error_is_cut(monday: Traveller) -> None:
    Job.objects.want(PULL, 7, at=NOW)
    with Job.objects.work_on([job_of(PULL, 7).pk], holder="a") as [job]:
        job.retry("x" * 10_000)
    assert len(job_of(PULL, 7).last_error) == 2000


def test_what_nobody_foresaw_is_tried_later_and_not_by_each_sweep(monday: Traveller) -> None:
    Job.objects.want(PULL, 7, at=NOW)
    Job.objects.want(PULL, 8, at=NOW)
    ids = [job_of(PULL, subject).pk for subject in (7, 8)]
    with suppress(ZeroDivisionError), Job.objects.work_on(ids, holder="a") as [done, _broken]:
        done.finish()
        raise ZeroDivisionError
    assert job_of(PULL, 7).due_at is None
    broken = job_of(PULL, 8)
    assert broken.due_at
    assert broken.due_at > NOW
    assert (broken.attempts, broken.leased_by) == (1, "")
    assert "ZeroDivisionError" in broken.last_error
