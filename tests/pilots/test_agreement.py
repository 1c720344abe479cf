"""The plan that is signed is a version: cut when sign-off is requested, stale as soon as the plan moves on."""

import json
from typing import Any

import pytest

from accounts.canonical import sha256
from accounts.models import Message
from metrics.models import Metric
from pilots.errors import RefusedError
from pilots.models import Answer, Pilot, PlanVersion, Stakeholder
from tests.cast import NOW, Cast, make_pilot, make_stakeholder, sign
from tests.links import holds, newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    """Planned; one sceptical sponsor has answered."""
    return make_pilot(scoped, "answered")


@pytest.fixture
def sven(pilot: Pilot) -> Stakeholder:
    return pilot.stakeholders.get()


def request(cast: Cast) -> PlanVersion:
    return Pilot.objects.get().request_sign_off(by=cast.manager, at=NOW)


def change(cast: Cast, **changes: Any) -> None:
    pilot = Pilot.objects.get()
    pilot.change_plan(by=cast.manager, at=NOW, expected_version=pilot.version, **changes)


def asked_to_sign() -> int:
    return Message.objects.filter(template="sign_off").count()


def test_a_version_is_the_plan_in_canonical_json(scoped: Cast, pilot: Pilot) -> None:
    version = request(scoped)
    assert version.number == 1
    assert version.sha256 == sha256(version.content) == pilot.plan_digest()
    assert version.facts["target"] == 18.5
    assert version.facts["success"] == [
        {"who": "Sven Holm", "said": "Reps stop giving discounts.", "delivered_by": "The target of the plan.",
         "declined_because": ""}
    ]  # fmt: skip
    assert json.dumps(version.facts)
    assert pilot.plan_is_as_agreed()


def test_the_same_plan_is_one_version_however_often_it_is_requested(scoped: Cast, pilot: Pilot) -> None:
    assert request(scoped) == request(scoped)
    assert PlanVersion.objects.count() == 1
    assert pilot.chain.events.filter(verb="plan.version_cut").count() == 1


def test_whoever_signed_a_version_is_not_asked_again(scoped: Cast, pilot: Pilot, sven: Stakeholder) -> None:
    request(scoped)
    sign(sven)
    make_stakeholder(scoped, pilot, "Lena Voss", is_sponsor=False)
    request(scoped)
    assert list(Message.objects.filter(template="sign_off").values_list("to", flat=True)) == [
        "sven@customer.example", "lena@customer.example",
    ]  # fmt: skip


def test_a_new_link_replaces_the_earlier_one(scoped: Cast, sven: Stakeholder) -> None:
    request(scoped)
    first = newest_link(sven)
    request(scoped)
    held = [link for link in sven.links.filter(purpose="sign_off") if holds(link, NOW)]
    assert first not in held
    assert len(held) == 1


CHANGES: list[dict[str, Any]] = [
    {"title": "Another title"},
    {"problem": "Another problem."},
    {"target": 18.0},
    {"planned_reach": 32},
    {"decision_rule": {"reached": "stop"}},
]


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: next(iter(changes)))
def test_a_change_makes_signatures_stale_and_changing_back_does_not(
    scoped: Cast, pilot: Pilot, sven: Stakeholder, changes: dict[str, Any]
) -> None:
    before = {name: getattr(pilot, name) for name in changes}
    request(scoped)
    sign(sven)
    change(scoped, **changes)
    assert not Pilot.objects.get().plan_is_as_agreed()
    change(scoped, **before)
    assert Pilot.objects.get().plan_is_as_agreed()
    change(scoped, **changes)
    assert (request(scoped).number, asked_to_sign()) == (2, 2)


@pytest.mark.parametrize(
    "changes", [{"name": "Other"}, {"unit": "h"}, {"direction": "higher"}, {"meaning": "x"}]
)
def test_so_does_a_change_of_the_metric(scoped: Cast, sven: Stakeholder, changes: dict[str, Any]) -> None:
    request(scoped)
    Metric.objects.update(**changes)
    assert not Pilot.objects.get().plan_is_as_agreed()


def test_so_does_another_mapping(scoped: Cast, pilot: Pilot, sven: Stakeholder) -> None:
    request(scoped)
    sven.answers.get().decline(reason="It takes a year.", by=scoped.manager, at=NOW)
    assert not Pilot.objects.get().plan_is_as_agreed()


def test_who_reviews_is_no_part_of_it(scoped: Cast, sven: Stakeholder) -> None:
    request(scoped)
    change(scoped, reviewer=scoped.administrator)
    assert Pilot.objects.get().plan_is_as_agreed()


def test_a_waiting_answer_keeps_the_version_from_being_cut(scoped: Cast, sven: Stakeholder) -> None:
    Answer.objects.receive(sven, text="Customers come back.", at=NOW)
    with pytest.raises(RefusedError, match="Sven Holm answered"):
        request(scoped)
    assert not PlanVersion.objects.exists()


@pytest.mark.parametrize("name", ["metric", "series", "target", "start", "problem", "uses", "gap", "because"])
def test_an_unfinished_plan_is_not_signed(scoped: Cast, sven: Stakeholder, name: str) -> None:
    """It is kept with its blanks; only whoever signs it wants it whole."""
    change(scoped, **{name: "" if isinstance(getattr(Pilot.objects.get(), name), str) else None})
    with pytest.raises(RefusedError, match="does not say yet"):
        request(scoped)


def test_nobody_to_sign_is_no_agreement(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    with pytest.raises(RefusedError, match="Name the people"):
        pilot.request_sign_off(by=scoped.manager, at=NOW)


def test_a_running_plan_is_fixed(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    with pytest.raises(RefusedError, match="fixed since the launch"):
        pilot.request_sign_off(by=scoped.manager, at=NOW)
