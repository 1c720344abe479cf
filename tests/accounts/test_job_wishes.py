"""A wish stands in the database, once for each kind and subject, until it is done."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Job
from tests.cast import NOW, Bell, job_of

pytestmark = pytest.mark.usefixtures("db", "monday")
PULL, READ = Job.Kind.PULL, Job.Kind.READ


def test_a_wish_is_due_at_its_time() -> None:
    Job.objects.want(PULL, 7, at=NOW + timedelta(hours=1))
    assert not Job.objects.due().exists()
    Job.objects.want(PULL, 8, at=NOW)
    assert [job.subject for job in Job.objects.due()] == [8]


def test_the_same_wish_twice_is_one() -> None:
    Job.objects.want(PULL, 7, at=NOW)
    Job.objects.want(PULL, 7, at=NOW)
    assert Job.objects.count() == 1


def test_an_earlier_wish_wins_and_a_later_one_does_not() -> None:
    for hours in (3, 1, 2):
        Job.objects.want(PULL, 7, at=NOW + timedelta(hours=hours))
    assert job_of(PULL, 7).due_at == NOW + timedelta(hours=1)


def test_a_wish_is_a_job_like_one_that_django_makes() -> None:
    Job.objects.want(PULL, 7, at=NOW)
    wished, made = job_of(PULL, 7), Job(kind=PULL, subject=7, due_at=NOW)
    columns = [field.attname for field in Job._meta.concrete_fields if not field.primary_key]
    assert [getattr(wished, name) for name in columns] == [getattr(made, name) for name in columns]


def test_a_wish_falls_with_its_cause() -> None:
    with transaction.atomic():
        Job.objects.want(PULL, 7, at=NOW)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_a_wish_that_is_due_rings_on_commit_and_not_before(
    bell: Bell, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        Job.objects.want(PULL, 7, at=NOW)
        Job.objects.want(PULL, 8, at=NOW + timedelta(hours=1))
        assert bell.rung == []
    assert bell.subjects(PULL) == [7]


def test_many_wishes_take_two_statements() -> None:
    with CaptureQueriesContext(connection) as asked:
        Job.objects.want_all(READ, range(1000), at=NOW)
    assert len(asked) == 2
    assert Job.objects.due().count() == 1000


def test_a_wish_during_work_stays_due() -> None:
    """A source is connected anew while its old address is being pulled."""
    Job.objects.want(PULL, 7, at=NOW - timedelta(minutes=1))
    with Job.objects.work_on([job_of(PULL, 7).pk], holder="a") as [job]:
        Job.objects.want(PULL, 7, at=NOW)
        job.finish(next_at=NOW + timedelta(days=1))
    assert [job.subject for job in Job.objects.due()] == [7]


def test_a_wish_of_the_same_moment_stays_due() -> None:
    Job.objects.want(PULL, 7, at=NOW)
    with Job.objects.work_on([job_of(PULL, 7).pk], holder="a") as [job]:
        Job.objects.want(PULL, 7, at=NOW)
        job.finish()
    assert [job.subject for job in Job.objects.due()] == [7]


def test_without_a_wish_meanwhile_it_is_due_when_it_says() -> None:
    Job.objects.want(PULL, 7, at=NOW)
    with Job.objects.work_on([job_of(PULL, 7).pk], holder="a") as [job]:
        job.finish(next_at=NOW + timedelta(days=1))
    assert job_of(PULL, 7).due_at == NOW + timedelta(days=1)
    Job.objects.want(PULL, 7, at=NOW)
    assert job_of(PULL, 7).due_at == NOW
