"""What works by itself: when it was done last, what failed and why, and a button that tries again."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Job, Message, Pulse
from pilots.models import Flag
from tests.cast import NOW, Cast, job_of, make_cast, make_pilot
from tests.pages.page import Page

pytestmark = pytest.mark.usefixtures("monday", "bell")
READ = Job.Kind.READ


def opened(cast: Cast) -> tuple[Client, str]:
    manager = Client()
    manager.force_login(cast.manager)
    return manager, Page(manager.get("/northwind/work/").content).text


def test_when_everything_runs(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    pilot.read(at=NOW)
    Pulse.objects.felt("beat")
    Job.objects.update(due_at=None)
    _manager, text = opened(scoped)
    assert "Everything runs by itself." in text
    assert "1 June 2026, 12:00" in text
    assert "Handling time" in text
    assert "answers" in text


def test_a_failure_is_told_with_its_reason_and_can_be_tried_again(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    Pulse.objects.felt("beat")
    later = NOW + timedelta(hours=2)
    Job.objects.update(due_at=None)
    Job.objects.filter(kind=READ, subject=pilot.pk).update(
        last_error="The disk is full.", attempts=3, due_at=later
    )
    make_cast("southwind")  # what is theirs is not ours
    theirs = Message.objects.queue("invitation", to="x@southwind.example", at=NOW, context={})
    Job.objects.filter(kind=Job.Kind.DELIVER, subject=theirs.pk).update(last_error="Their mail is broken.")
    manager, text = opened(scoped)
    assert "1 thing needs an eye." in text
    assert "The disk is full." in text
    assert "tried 3 times" in text
    assert "Their mail" not in text
    job = job_of(READ, pilot.pk)
    assert manager.post(f"/northwind/work/{job.pk}/retry/").status_code == 302
    assert job_of(READ, pilot.pk).due_at == NOW
    event = scoped.organisation.chain.events.get(verb="job.retried")
    assert event.facts == {"kind": READ, "subject": pilot.pk}
    foreign = job_of(Job.Kind.DELIVER, theirs.pk)
    assert manager.post(f"/northwind/work/{foreign.pk}/retry/").status_code == 404


def test_a_source_that_does_not_answer_and_a_silent_clock(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    assert pilot.metric
    source = pilot.metric.source
    source.failed("It refused us.", needs_a_person=True, at=NOW)
    source.save()
    _manager, text = opened(scoped)
    assert "Nothing happens by itself" in text
    assert "paused" in text
    assert "Pull now" in text


def test_a_source_that_answers_with_nothing_new(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    pilot.read(at=NOW)
    Pulse.objects.felt("beat")
    Job.objects.update(due_at=None)
    Flag.objects.raise_on(pilot, "no_data", {"since": "2026-05-20"}, at=NOW)
    _manager, text = opened(scoped)
    assert "1 thing needs an eye." in text
    assert "answers, without new values" in text
