"""A signature says who, when, under what exactly, and what it means; once for each version."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from pilots.errors import RefusedError
from pilots.models import Pilot, SignOff, Stakeholder
from pilots.models.agreement import ChangedSinceOpenedError
from pilots.models.mailbox import same_name
from tests.cast import NOW, Cast, answer, make_pilot, make_stakeholder, sign
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    """He has answered and is asked to sign."""
    return make_pilot(scoped, "asked").stakeholders.get()


def signed_events(sven: Stakeholder) -> list[str]:
    events = sven.pilot.chain.events.filter(actor_kind="stakeholder", verb__startswith="plan.")
    return list(events.values_list("verb", flat=True))


def test_it_holds_what_was_shown(sven: Stakeholder) -> None:
    signed = sign(sven, address="192.0.2.7", browser="b" * 500)
    version = sven.pilot.agreed_version()
    assert version is not None
    assert (signed.plan_version, signed.plan_sha256) == (version, version.sha256)
    assert (signed.typed_name, signed.meaning) == (
        "Sven Holm",
        "I agree that this is how success will be judged.",
    )
    assert (signed.at, signed.address, len(signed.browser)) == (NOW, "192.0.2.7", 200)
    assert signed.time_zone == "Europe/Berlin"
    event = sven.pilot.chain.events.get(verb="plan.signed")
    assert (event.verb, event.facts["plan_sha256"]) == ("plan.signed", version.sha256)
    assert "Sven" not in str(event.facts)


def test_a_double_click_is_one_signature(sven: Stakeholder) -> None:
    first = sign(sven)
    again = sign(sven, at=NOW + timedelta(minutes=1), decision="decline", words="I think again.")
    assert again == first
    assert signed_events(sven) == ["plan.signed"]


@pytest.mark.parametrize(
    ("decision", "verb"),
    [("approve", "signed"), ("condition", "signed_with_condition"), ("decline", "declined")],
)
def test_each_decision_has_its_event(sven: Stakeholder, decision: str, verb: str) -> None:
    sign(sven, decision=decision, words="" if decision == "approve" else "Coaches first.")
    assert signed_events(sven) == [f"plan.{verb}"]


@pytest.mark.parametrize("decision", ["condition", "decline"])
def test_without_a_reason_the_database_refuses(sven: Stakeholder, decision: str) -> None:
    with pytest.raises(IntegrityError, match="reason_given"), transaction.atomic():
        sign(sven, decision=decision)
    assert signed_events(sven) == []


def test_what_was_not_shown_is_not_signed(sven: Stakeholder) -> None:
    with pytest.raises(ChangedSinceOpenedError, match="Nothing was signed"):
        SignOff.objects.sign(
            newest_link(sven), decision="approve", typed_name="Sven Holm", seen="0" * 64, at=NOW
        )
    assert not SignOff.objects.exists()


def test_an_older_version_is_not_signed(scoped: Cast, sven: Stakeholder) -> None:
    opened = newest_link(sven)
    assert opened.plan_version
    pilot = Pilot.objects.get()
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, target=18.0)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    with pytest.raises(ChangedSinceOpenedError):
        SignOff.objects.sign(
            opened, decision="approve", typed_name="Sven Holm", seen=opened.plan_version.sha256, at=NOW
        )
    assert sign(sven).plan_version.number == 2


def test_nothing_is_signed_after_the_pilot_was_given_up(scoped: Cast, sven: Stakeholder) -> None:
    Pilot.objects.get().cancel_planning(reason="No budget.", by=scoped.manager, at=NOW)
    with pytest.raises(ChangedSinceOpenedError):
        sign(sven)


def test_the_owner_signs_nothing(scoped: Cast, sven: Stakeholder) -> None:
    pilot = Pilot.objects.get()
    with pytest.raises(RefusedError, match="Nobody signs for a pilot they own"):
        make_stakeholder(scoped, pilot, email=scoped.manager.email.upper())
    Stakeholder.objects.update(email=scoped.manager.email)
    with pytest.raises(RefusedError, match="Nobody signs for a pilot they own"):
        sign(Stakeholder.objects.get())
    assert not SignOff.objects.exists()


def test_a_condition_is_closed_once_by_who_set_it(sven: Stakeholder) -> None:
    condition = sign(sven, decision="condition", words="Coaches first.", when="before").condition
    assert str(condition) == "Coaches first."
    assert "A condition of Sven Holm" in sven.pilot.gate(NOW)[3].words
    for _click in range(2):
        condition.close(at=NOW)
    closed = sven.pilot.chain.events.filter(verb="condition.closed")
    assert [(event.actor_kind, event.actor_id) for event in closed] == [("stakeholder", sven.pk)]
    assert sven.pilot.gate(NOW)[3].met


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Zoë Müller", True),
        ("zoë  müller ", True),
        ("ZOE\u0308 MU\u0308LLER", True),
        ("Ｚoë Müller", True),
        ("Zoe Muller", False),
        ("Zoë", False),
        ("", False),
    ],
)
def test_the_typed_name_is_the_name(typed: str, same: bool) -> None:
    assert same_name(typed, "Zoë Müller") == same


def test_a_plan_that_changed_without_a_new_version_is_not_signed(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    stakeholder = make_stakeholder(scoped, pilot)
    answer(scoped, stakeholder)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, target=19.0)

    with pytest.raises(ChangedSinceOpenedError, match="Nothing was signed"):
        sign(stakeholder)
    assert not stakeholder.sign_offs.exists()
