"""A flag that nobody answers for a week is told to the sponsor: once, whole in the mail, and to be replied to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from time_machine import Traveller

from accounts.models import Event, Job, Message
from pilots.models import Flag, Pilot
from pilots.tasks import escalate_flag
from tests.cast import NOW, TODAY, Cast, job_of, make_pilot, work

pytestmark = pytest.mark.usefixtures("monday", "bell")
WEEK = timedelta(days=7)


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    return make_pilot(scoped, "running")


@pytest.fixture
def flag(pilot: Pilot) -> Flag:
    return Flag.objects.raise_on(pilot, "no_data", {"since": TODAY.isoformat()}, at=NOW)


def letters() -> list[Message]:
    return list(Message.objects.filter(template="escalation"))


def test_the_sponsor_is_told_after_a_week_and_once(scoped: Cast, flag: Flag, monday: Traveller) -> None:
    assert job_of(Job.Kind.ESCALATE, flag.pk).due_at == NOW + WEEK
    monday.shift(WEEK - timedelta(minutes=1))
    work(escalate_flag, Job.Kind.ESCALATE, flag.pk)
    assert letters() == []
    monday.shift(timedelta(minutes=1))
    for _twice in range(2):
        work(escalate_flag, Job.Kind.ESCALATE, flag.pk)
        Job.objects.want(Job.Kind.ESCALATE, flag.pk, at=NOW + WEEK)
    [letter] = letters()
    assert (letter.to, letter.reply_to) == ("sven@customer.example", scoped.manager.email)
    mail = letter.as_email()
    assert mail.subject == "Objection coach: nobody has answered for a week"
    assert "No data (since 1 June 2026)" in mail.body
    assert mail.message()["Reply-To"] == scoped.manager.email
    assert Event.objects.filter(verb="flag.escalated").count() == 1


@pytest.mark.parametrize("answered", ["acknowledged", "cleared"])
def test_what_was_answered_or_has_gone_is_not_escalated(
    scoped: Cast, flag: Flag, monday: Traveller, answered: str
) -> None:
    monday.shift(WEEK)
    if answered == "cleared":
        flag.clear(at=NOW)
    else:
        flag.acknowledge(note="Seen.", by=scoped.manager, at=NOW)
    work(escalate_flag, Job.Kind.ESCALATE, flag.pk)
    assert letters() == []


def test_what_stood_as_long_comes_in_the_same_letter(pilot: Pilot, flag: Flag, monday: Traveller) -> None:
    other = Flag.objects.raise_on(pilot, "unlikely", {"chance": 0.04}, at=NOW)
    monday.shift(WEEK)
    work(escalate_flag, Job.Kind.ESCALATE, flag.pk, other.pk)
    [letter] = letters()
    assert [told["kicker"] for told in letter.context["flags"]] == ["No data", "Unlikely to reach the target"]


def test_without_a_sponsor_the_governance_owner_is_told_and_never_the_owner(
    scoped: Cast, pilot: Pilot, flag: Flag
) -> None:
    pilot.stakeholders.update(is_sponsor=False)
    assert flag.escalate(at=NOW + WEEK)
    [letter] = letters()
    assert letter.to == scoped.administrator.email
    Flag.objects.update(escalated_at=None)
    Pilot.objects.update(governance_owner=scoped.manager)
    assert (
        not Flag.objects.select_related("pilot__governance_owner", "pilot__owner")
        .get()
        .escalate(at=NOW + WEEK)
    )


def test_a_sponsor_who_has_not_answered_is_reminded_and_not_told_of_themselves(pilot: Pilot) -> None:
    sponsor = pilot.stakeholders.get(is_sponsor=True)
    figures = {"stakeholder": sponsor.pk, "asked": "question", "since": TODAY.isoformat(), "count": 1}
    assert not Flag.objects.raise_on(pilot, "answer_missing", figures, at=NOW).escalate(at=NOW + WEEK)
