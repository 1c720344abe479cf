"""Whom a pilot waits for: answers that do not come, reviews that do not happen. Raised once, cleared with the cause."""

from datetime import datetime, timedelta

import pytest

from pilots import waits
from pilots.flag_words import said
from pilots.models import Answer, ContentItem, Flag, Pilot, Standing
from pilots.models.checklist import CHECKLIST
from pilots.next_move import next_move
from pilots.words import Look
from tests.cast import NOW, Cast, make_pilot, make_stakeholder, plan, sign
from tests.cast import make_measured_metric as make_metric

pytestmark = pytest.mark.usefixtures("monday", "bell")


def day(number: int) -> datetime:
    return NOW + timedelta(days=number)


def standing(kind: str) -> Flag | None:
    return Flag.objects.standing().filter(kind=kind).first()


def words(flag: Flag, at: datetime) -> str:
    told = said(flag, Look(Pilot.objects.get(pk=flag.pilot_id), at))
    return f"{told.words} {told.reason}"


def test_an_answer_that_does_not_come(scoped: Cast) -> None:
    """Asking again does not make it come: five days count from the first letter on."""
    pilot = make_pilot(scoped, "planned")
    sven = make_stakeholder(scoped, pilot)
    sven.ask_the_question(by=scoped.manager, at=day(0))
    sven.ask_the_question(by=scoped.manager, at=day(4))
    assert waits.settle(scoped.organisation, at=day(4)) == 0
    assert waits.settle(scoped.organisation, at=day(5)) == 1
    flag = standing("answer_missing")
    assert flag is not None
    assert flag.figures == {"stakeholder": sven.pk, "asked": "question", "since": "2026-06-01", "count": 1}
    assert "Sven Holm was asked on 1 June 2026 what success looks like" in words(flag, day(5))
    move = next_move(Pilot.objects.get(), day(5))
    assert move is not None
    assert move.sentence.startswith("Call Sven Holm")
    assert Standing.objects.get().unanswered == "answer_missing"
    assert waits.settle(scoped.organisation, at=day(6)) == 0
    Answer.objects.receive(sven, text="Fewer discounts.", at=day(6))
    assert standing("answer_missing") is None
    assert pilot.chain.events.filter(verb="flag.cleared").count() == 1


def test_a_signature_that_does_not_come(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planning")
    plan(scoped, pilot, make_metric(scoped))
    sven = make_stakeholder(scoped, pilot)
    sven.ask_the_question(by=scoped.manager, at=NOW)
    Answer.objects.receive(sven, text="Fewer discounts.", at=NOW).map_to_plan(
        delivered_by="The target.", by=scoped.manager, at=NOW
    )
    pilot.request_sign_off(by=scoped.manager, at=day(1))
    waits.settle(scoped.organisation, at=day(6))
    flag = standing("answer_missing")
    assert flag is not None
    assert "to sign the plan" in words(flag, day(6))
    sign(sven, at=day(6))
    assert standing("answer_missing") is None


def test_a_review_is_overdue_after_three_working_days(scoped: Cast) -> None:
    """Made on a Friday, it may wait until Wednesday: nobody works on the weekend."""
    pilot = make_pilot(scoped, "planned")
    item = ContentItem.objects.make(
        pilot, title="Closing lines", kind="scenario", ai_use="made", text="Ask twice.", by=scoped.manager, at=day(4)
    )  # fmt: skip
    for early in (7, 8):
        assert waits.settle(scoped.organisation, at=day(early)) == 0
    assert waits.settle(scoped.organisation, at=day(9)) == 1
    flag = standing("review_overdue")
    assert flag is not None
    assert "“Closing lines” has waited for its review since 5 June 2026." in words(flag, day(9))
    flag.pilot = Pilot.objects.get()
    flag.acknowledge(note="Ravi is back on Monday.", by=scoped.manager, at=day(9))
    assert Standing.objects.get().unanswered == ""
    item.newest_version().review(
        decision="approve", checklist=list(CHECKLIST), by=scoped.reviewer, at=day(10)
    )
    assert standing("review_overdue") is None


def test_a_pilot_that_is_given_up_waits_for_nobody(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    make_stakeholder(scoped, pilot).ask_the_question(by=scoped.manager, at=NOW)
    waits.settle(scoped.organisation, at=day(9))
    assert Flag.objects.standing().count() == 1
    pilot.cancel_planning(reason="Another problem is more urgent.", by=scoped.manager, at=day(9))
    assert Flag.objects.standing().count() == 0
    assert waits.settle(scoped.organisation, at=day(10)) == 0
