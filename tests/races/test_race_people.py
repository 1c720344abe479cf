"""Stakeholders are named, asked and sign while what they were asked, or who they are, changes."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from accounts.models import Message
from pilots.models import (
    Delegation,
    Pilot,
    SigningCode,
    Stakeholder,
    StakeholderLink,
)
from pilots.models import stakeholder as stakeholders
from tests.cast import NOW, Cast, answer, make_pilot, make_stakeholder
from tests.links import newest_link
from tests.races.between import after, between, lasts
from tests.races.together import errors, slow, together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    return make_pilot(scoped, "planned")


@pytest.fixture
def sven(scoped: Cast, pilot: Pilot) -> Stakeholder:
    return make_stakeholder(scoped, pilot, is_legal=True)


def ask(cast: Cast, pilot: Pilot, sven: Stakeholder) -> StakeholderLink:
    answer(cast, sven)
    Pilot.objects.get(pk=pilot.pk).request_sign_off(by=cast.manager, at=NOW)
    return newest_link(sven)


def change(cast: Cast, pilot: Pilot, **changes: Any) -> None:
    one = Pilot.objects.get(pk=pilot.pk)
    one.change_plan(by=cast.manager, at=NOW, expected_version=one.version, **changes)


def move_house(cast: Cast, sven: Stakeholder) -> None:
    Stakeholder.objects.get(pk=sven.pk).change(by=cast.manager, at=NOW, email="new@customer.example")


def test_no_link_to_sign_goes_to_an_old_address(scoped: Cast, pilot: Pilot, sven: Stakeholder) -> None:
    link = ask(scoped, pilot, sven)
    deputy = Delegation.objects.hand_on(link, name="Dep Uty", email="dep@customer.example", at=NOW)
    between(
        scoped,
        lambda: Delegation.objects.select_related("stakeholder__pilot", "plan_version").get(pk=deputy.pk),
        lambda one: one.take_back(by=scoped.manager, at=NOW),
        lambda: move_house(scoped, sven),
    )
    told = Message.objects.filter(template="sign_off").latest("pk")
    sent = StakeholderLink.objects.get(key=told.link.partition(":")[2])
    opens = StakeholderLink.objects.held(sent.key, sent.token_hash, at=NOW) is not None
    assert (told.to, opens) != ("sven@customer.example", True)


def test_no_question_goes_to_an_old_address(scoped: Cast, sven: Stakeholder) -> None:
    between(
        scoped,
        lambda: Stakeholder.objects.select_related("pilot").get(pk=sven.pk),
        lambda one: one.ask_the_question(by=scoped.manager, at=NOW),
        lambda: move_house(scoped, sven),
    )
    assert Message.objects.get(template="one_question").to == "new@customer.example"


def test_two_who_ask_leave_one_link(scoped: Cast, sven: Stakeholder, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch, StakeholderLink, "save", 0.1)
    known = Stakeholder.objects.select_related("pilot")
    asked = lambda: known.get(pk=sven.pk).ask_the_question(by=scoped.manager, at=NOW)  # noqa: E731
    together(scoped.organisation, asked, asked)
    assert StakeholderLink.objects.filter(stakeholder=sven, replaced_at=None).count() == 1


def test_a_code_sent_again_brings_back_no_earlier_decision(
    scoped: Cast, pilot: Pilot, sven: Stakeholder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Approved and the code asked for again in one tab, declined in the other."""
    link = ask(scoped, pilot, sven)
    seen = link.plan_version.sha256 if link.plan_version else ""
    given = {"decision": "approve", "typed_name": "Sven Holm", "seen": seen, "words": "", "when": "before"}
    SigningCode.objects.send(link, given=given, at=NOW)
    codes = type(SigningCode.objects)
    looked, sent, hold = threading.Event(), threading.Event(), codes._hold_back

    def hold_back(self: Any, *args: Any) -> None:
        if not looked.is_set():
            looked.set()
            sent.wait(0.2)
        hold(self, *args)

    monkeypatch.setattr(codes, "_hold_back", hold_back)

    def decline() -> None:
        SigningCode.objects.send(
            newest_link(sven), given={**given, "decision": "decline", "words": "No."}, at=NOW
        )
        sent.set()

    again = lambda: SigningCode.objects.send_again(newest_link(sven), at=NOW)  # noqa: E731
    together(scoped.organisation, again, after(looked, decline))
    waiting = SigningCode.objects.waiting(link, NOW).get()
    assert waiting.given["decision"] == "decline"


def test_who_is_named_is_not_the_owner(scoped: Cast, pilot: Pilot, monkeypatch: pytest.MonkeyPatch) -> None:
    ravi, checked = scoped.reviewer, lasts(monkeypatch, stakeholders, "is_owner")
    known = Pilot.objects.select_related("owner")
    fields = {"name": ravi.name, "email": ravi.email, "stance": "neutral"}
    name = lambda: Stakeholder.objects.name_for(known.get(pk=pilot.pk), by=scoped.manager, at=NOW, **fields)  # noqa: E731
    together(scoped.organisation, name, after(checked, lambda: change(scoped, pilot, owner=ravi)))
    now = Pilot.objects.get(pk=pilot.pk)
    assert now.stakeholders.who_is(now.owner) is None


def test_who_is_changed_is_not_the_owner(scoped: Cast, pilot: Pilot, sven: Stakeholder) -> None:
    ravi = scoped.reviewer
    between(
        scoped,
        lambda: Stakeholder.objects.select_related("pilot__owner").get(pk=sven.pk),
        lambda one: one.change(by=scoped.manager, at=NOW, name=ravi.name, email=ravi.email),
        lambda: change(scoped, pilot, owner=ravi),
    )
    now = Pilot.objects.get(pk=pilot.pk)
    assert now.stakeholders.who_is(now.owner) is None


def test_no_deputy_is_asked_for_a_plan_that_moved_on(scoped: Cast, pilot: Pilot, sven: Stakeholder) -> None:
    link = ask(scoped, pilot, sven)
    results = between(
        scoped,
        lambda: StakeholderLink.objects.held(link.key, link.token_hash, at=NOW),
        lambda held: Delegation.objects.hand_on(held, name="Dep Uty", email="dep@customer.example", at=NOW),
        lambda: change(scoped, pilot, target=18.0),
    )
    assert errors(results) == ["RefusedError"]
