"""Readings in batches: one that cannot be read never stops the others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django_scopes import scope
from time_machine import Traveller

from accounts.models import Job
from metrics.models import Source
from pilots import assessment
from pilots.models import Pilot, Reading, Standing
from pilots.tasks import find_unread, read_pilots
from tests.cast import NOW, Bell, Cast, job_of, make_cast, make_measured_metric, make_pilot, work

READ = Job.Kind.READ
pytestmark = pytest.mark.usefixtures("monday", "bell")


def test_a_launch_wants_a_reading_and_the_next_one_early_tomorrow(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    assert job_of(READ, pilot.pk).due_at == NOW
    work(read_pilots, READ, pilot.pk)
    assert pilot.readings.count() == 1
    assert job_of(READ, pilot.pk).due_at == datetime(2026, 6, 2, 2, tzinfo=UTC)  # four o'clock in Berlin


def test_one_that_cannot_be_read_does_not_stop_the_next(
    scoped: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    metric = make_measured_metric(scoped)
    broken, whole = [
        make_pilot(scoped, "running", metric=metric, title=title) for title in ("Broken", "Whole")
    ]
    course = assessment.course

    def breaks(pilot: Pilot, *given: Any) -> assessment.Course:
        if pilot.pk == broken.pk:
            raise ZeroDivisionError
        return course(pilot, *given)

    monkeypatch.setattr(assessment, "course", breaks)
    work(read_pilots, READ, broken.pk, whole.pk)
    assert list(Reading.objects.values_list("pilot", flat=True)) == [whole.pk]
    job = job_of(READ, broken.pk)
    assert job.due_at
    assert (job.attempts, job.due_at > NOW, job.last_error) == (1, True, "ZeroDivisionError()")


@pytest.mark.parametrize("stage", ["ready", "cancelled", "gone"])
def test_what_is_not_running_is_not_read(scoped: Cast, stage: str) -> None:
    pilot = make_pilot(scoped, "ready")
    if stage == "cancelled":
        pilot.cancel_planning(reason="No budget.", by=scoped.manager, at=NOW)
    subject = pilot.pk if stage != "gone" else 999_999
    Job.objects.want(READ, subject, at=NOW)
    work(read_pilots, READ, subject)
    assert not Reading.objects.exists()
    assert job_of(READ, subject).due_at is None


def test_news_are_found_and_read_once(scoped: Cast, monday: Traveller, bell: Bell) -> None:
    pilot = make_pilot(scoped, "running")
    work(read_pilots, READ, pilot.pk)
    monday.shift(timedelta(hours=1))
    assert find_unread() == 0
    Source.objects.update(news_at=NOW + timedelta(hours=1))
    assert find_unread() == 1
    assert [job.subject for job in Job.objects.due().filter(kind=READ)] == [pilot.pk]
    work(read_pilots, READ, pilot.pk)
    assert Standing.objects.get().read_at == NOW + timedelta(hours=1)
    assert find_unread() == 0


def test_news_reach_pilots_of_every_organisation(scoped: Cast) -> None:
    make_pilot(scoped, "running")
    other = make_cast("southwind")
    with scope(organisation=other.organisation):
        make_pilot(other, "running")
    assert find_unread() == 2
