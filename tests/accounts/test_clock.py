"""The database's clock counts, whatever the host's is set to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import clock
from accounts.models import Job
from pilots.models import Pilot
from pilots.tasks import read_pilots
from tests.cast import NOW, TODAY, Bell, Cast, job_of, make_pilot

pytestmark = pytest.mark.django_db
PULL = Job.Kind.PULL
SET = pytest.mark.parametrize("by", [timedelta(minutes=-10), timedelta(days=1)], ids=["back", "forward"])


@pytest.fixture(autouse=True)
def database_s(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production, and as in a process that has just begun."""
    settings.CLOCK_OF_THE_HOST = False
    monkeypatch.setattr(clock, "_told", None)


@contextmanager
def host_set(by: timedelta, *, begun_anew: bool = False) -> Iterator[None]:
    """Somebody sets the host's clock, while the process runs or before it begins."""
    if begun_anew:
        clock._told = None
    with time_machine.travel(timezone.now() + by):
        yield


def is_about(moment: datetime) -> bool:
    return abs(clock.now() - moment) < timedelta(seconds=5)


@SET
@pytest.mark.parametrize("begun_anew", [False, True])
def test_time_goes_on_when_a_host_s_clock_is_set(by: timedelta, begun_anew: bool) -> None:
    before = clock.now()
    with host_set(by, begun_anew=begun_anew):
        assert is_about(before)
        assert not is_about(timezone.now())


@SET
def test_what_is_due_is_worked_on_and_nothing_else(by: timedelta) -> None:
    now = clock.now()
    Job.objects.want(PULL, 7, at=now)
    Job.objects.want(PULL, 8, at=now + timedelta(hours=1))
    jobs = [job_of(PULL, subject).pk for subject in (7, 8)]
    with host_set(by):
        assert [job.subject for job in Job.objects.due()] == [7]
        with Job.objects.work_on(jobs, holder="a") as mine, Job.objects.work_on(jobs, holder="b") as theirs:
            assert ([job.subject for job in mine], theirs) == ([7], [])
            mine[0].retry("no luck")
    assert timedelta(seconds=40) < job_of(PULL, 7).due_at - now < timedelta(seconds=80)


@SET
def test_a_pilot_is_read_on_the_day_that_it_is(
    by: timedelta, settings: Any, bell: Bell, scoped: Cast
) -> None:
    with time_machine.travel(NOW, tick=False):
        settings.CLOCK_OF_THE_HOST = True
        pilot = make_pilot(scoped, "running")
    settings.CLOCK_OF_THE_HOST = False
    settings.CLOCK_OFFSET = NOW + timedelta(minutes=1) - timezone.now()
    job = job_of(Job.Kind.READ, pilot.pk)
    with host_set(by):
        read_pilots(jobs=[job.pk])
    reading = Pilot.objects.get().latest_reading()
    assert reading
    assert reading.day == TODAY
    job.refresh_from_db()
    assert job.due_at
    assert scoped.organisation.day_of(job.due_at) == TODAY + timedelta(days=1)


def refuse(*_: object) -> None:
    raise OperationalError("gone")


def test_the_database_is_asked_once_a_minute_and_time_goes_on_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with CaptureQueriesContext(connection) as asked:
        before = [clock.now() for _time in range(3)][-1]
    assert len(asked) == 1
    monkeypatch.setattr(clock, "_ASK_EVERY", 0.0)
    with host_set(timedelta(days=1)), connection.execute_wrapper(refuse):
        assert is_about(before)
