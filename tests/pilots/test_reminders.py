"""Reminders of the one question and of signing: three at most, on working mornings, with the same link, until it is settled."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from time_machine import Traveller

from accounts.models import Event, Job, Message
from pilots.models import Answer, Pilot, Stakeholder
from pilots.tasks import remind_stakeholder
from tests.cast import NOW, Cast, answer, job_of, make_pilot, make_stakeholder, sign, work
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    return make_pilot(scoped, "planned")


@pytest.fixture
def asked(scoped: Cast, pilot: Pilot) -> Stakeholder:
    stakeholder = make_stakeholder(scoped, pilot)
    stakeholder.ask_the_question(by=scoped.manager, at=NOW)
    return stakeholder


def pass_days(monday: Traveller, asked: Stakeholder, days: int) -> list[Message]:
    """The worker comes by every day; what it sent."""
    known = set(Message.objects.values_list("pk", flat=True))
    link = newest_link(asked)
    for _day in range(days):
        monday.shift(timedelta(days=1))
        work(remind_stakeholder, Job.Kind.REMIND, link.pk)
    return list(Message.objects.exclude(pk__in=known).order_by("pk"))


def test_three_and_no_more(scoped: Cast, pilot: Pilot, asked: Stakeholder, monday: Traveller) -> None:
    due = job_of(Job.Kind.REMIND, newest_link(asked).pk).due_at
    assert due
    assert due.astimezone(BERLIN) == datetime(2026, 6, 4, 9, tzinfo=BERLIN)
    sent = pass_days(monday, asked, 29)
    assert [message.template for message in sent] == ["reminder_question"] * 3
    assert [message.created_at.date().day for message in sent] == [4, 8, 15]
    assert {message.link for message in sent} == {f"stakeholder:{newest_link(asked).key.hex}"}
    assert {message.reply_to for message in sent} == {scoped.manager.email}
    assert "This is the last reminder" in sent[2].as_email().body
    assert "This is the last reminder" not in sent[1].as_email().body
    assert Event.objects.filter(verb="stakeholder.reminded").count() == 3


def test_after_an_outage_they_do_not_come_all_at_once(asked: Stakeholder, monday: Traveller) -> None:
    monday.shift(timedelta(days=20))
    assert len(pass_days(monday, asked, 1)) == 1
    assert pass_days(monday, asked, 2) == []
    assert len(pass_days(monday, asked, 2)) == 1


def test_on_working_days_alone(scoped: Cast, pilot: Pilot, monday: Traveller) -> None:
    monday.move_to(datetime(2026, 6, 3, 12, tzinfo=BERLIN))
    stakeholder = make_stakeholder(scoped, pilot)
    stakeholder.ask_the_question(by=scoped.manager, at=datetime(2026, 6, 3, 12, tzinfo=BERLIN))
    due = job_of(Job.Kind.REMIND, newest_link(stakeholder).pk).due_at
    assert due
    assert due.astimezone(BERLIN) == datetime(2026, 6, 8, 9, tzinfo=BERLIN), "not on the Saturday"


def test_whoever_answered_is_not_reminded(asked: Stakeholder, monday: Traveller) -> None:
    Answer.objects.receive(asked, text="Fewer discounts.", at=NOW)
    assert pass_days(monday, asked, 29) == []


def test_a_cancelled_pilot_reminds_nobody(
    scoped: Cast, pilot: Pilot, asked: Stakeholder, monday: Traveller
) -> None:
    pilot.cancel_planning(reason="No budget.", by=scoped.manager, at=NOW)
    assert pass_days(monday, asked, 29) == []


def test_signing_is_reminded_of_until_it_is_done(scoped: Cast, pilot: Pilot, monday: Traveller) -> None:
    stakeholder = make_stakeholder(scoped, pilot)
    answer(scoped, stakeholder)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    sent = pass_days(monday, stakeholder, 4)
    assert [message.template for message in sent] == ["reminder_sign_off"]
    sign(stakeholder, at=NOW + timedelta(days=4))
    assert [message.template for message in pass_days(monday, stakeholder, 20)] == []
