"""The sweep rings for what is due; the broker may lose a bell, never the work."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Job
from accounts.models.job import LONG_QUEUE
from accounts.tasks import sweep
from tests.cast import NOW, Bell, job_of

pytestmark = pytest.mark.usefixtures("db", "monday")
PULL, READ, DELIVER = Job.Kind.PULL, Job.Kind.READ, Job.Kind.DELIVER


def test_it_rings_once_for_what_is_due(bell: Bell) -> None:
    Job.objects.want(PULL, 7, at=NOW)
    Job.objects.want(DELIVER, 7, at=NOW)
    Job.objects.want(PULL, 8, at=NOW + timedelta(minutes=1))
    assert sweep() == 2
    assert (bell.subjects(PULL), bell.subjects(DELIVER)) == ([7], [7])
    assert sweep() == 0


def test_an_emptied_broker_is_refilled_within_a_minute(bell: Bell) -> None:
    Job.objects.want(PULL, 7, at=NOW)
    sweep()
    bell.rung.clear()
    Job.objects.update(rung_at=Now() - timedelta(seconds=39))
    assert sweep() == 0
    Job.objects.update(rung_at=Now() - timedelta(seconds=41))
    assert sweep() == 1
    assert bell.subjects(PULL) == [7]


def test_while_many_bells_wait_none_is_rung_twice(bell: Bell) -> None:
    """Ten thousand pulls take longer than forty seconds; the queue must not grow meanwhile."""
    Job.objects.want_all(PULL, range(20), at=NOW)
    sweep()
    Job.objects.update(rung_at=Now() - timedelta(minutes=5))
    bell.waiting = LONG_QUEUE
    Job.objects.want(PULL, 99, at=NOW)
    assert sweep() == 1
    assert bell.subjects(PULL)[-1] == 99
    bell.waiting = LONG_QUEUE - 1
    assert sweep() == 20


def test_an_expired_lease_is_rung_again_at_once_and_once(bell: Bell) -> None:
    Job.objects.want(PULL, 7, at=NOW)
    with Job.objects.work_on([job_of(PULL, 7).pk], holder="dead"):
        Job.objects.update(leased_until=Now() - timedelta(seconds=1))
        assert sweep() == 1
        assert job_of(PULL, 7).leased_by == ""
        assert sweep() == 0


def test_a_held_lease_is_not_rung_for(bell: Bell) -> None:
    Job.objects.want(PULL, 7, at=NOW)
    with Job.objects.work_on([job_of(PULL, 7).pk], holder="a"):
        Job.objects.update(rung_at=Now() - timedelta(hours=1))
        assert sweep() == 0


def test_a_broker_that_is_down_hurts_nobody(bell: Bell) -> None:
    bell.broken = True
    Job.objects.want(PULL, 7, at=NOW)
    assert sweep() == 1
    assert job_of(PULL, 7).due_at == NOW
    bell.broken = False
    Job.objects.update(rung_at=Now() - timedelta(seconds=41))
    sweep()
    assert bell.subjects(PULL) == [7]


def test_a_broker_that_is_down_does_not_undo_the_wish(
    bell: Bell, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    bell.broken = True
    with django_capture_on_commit_callbacks(execute=True):
        Job.objects.want(PULL, 7, at=NOW)
    assert job_of(PULL, 7).due_at == NOW


def test_readings_go_by_batches_and_pulls_one_by_one(bell: Bell) -> None:
    Job.objects.want_all(READ, range(1201), at=NOW)
    Job.objects.want_all(PULL, range(3), at=NOW)
    sweep()
    sizes = {kind: sorted(len(jobs) for name, jobs in bell.rung if name == kind) for kind in (READ, PULL)}
    assert sizes == {READ: [201, 500, 500], PULL: [1, 1, 1]}


def test_the_oldest_are_rung_for_first(bell: Bell) -> None:
    for minutes in (1, 3, 2):
        Job.objects.want(PULL, minutes, at=NOW - timedelta(minutes=minutes))
    assert Job.objects.ring_due(limit=2) == 2
    assert sorted(bell.subjects(PULL)) == [2, 3]
