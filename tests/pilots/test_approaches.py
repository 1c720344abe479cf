"""What moves a stakeholder is a small task with a day; who is asked first follows from doubt and influence."""

from datetime import timedelta

import pytest

from accounts.models import StaleVersionError, fingerprint
from pilots.errors import RefusedError
from pilots.models import Approach, Stakeholder
from pilots.people_page import ask_first, with_answers
from tests.cast import NOW, TODAY, Cast, answer, make_pilot, make_stakeholder
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")


def test_naming_somebody_plans_the_move_that_answers_their_resistance(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    sven = make_stakeholder(scoped, pilot, resistance="quality")
    make_stakeholder(scoped, pilot, "Lea Sommer", resistance="", is_sponsor=False)
    planned = Approach.objects.get()
    assert (planned.stakeholder, planned.resistance, planned.due) == (
        sven,
        "quality",
        TODAY + timedelta(days=7),
    )


def test_it_is_made_by_somebody_and_can_be_opened_again(scoped: Cast) -> None:
    sven = make_stakeholder(scoped, make_pilot(scoped))
    sven.plan_approach(by=scoped.manager, at=NOW, due=TODAY)
    task = Approach.objects.get()
    task.do(by=scoped.manager, at=NOW)
    task.do(by=scoped.administrator, at=NOW)
    assert Approach.objects.get().done_by == scoped.manager
    task.reopen(by=scoped.manager, at=NOW)
    assert (Approach.objects.get().done_at, Approach.objects.get().done_by) == (None, None)
    verbs = [e.verb for e in sven.pilot.chain.events.all() if e.verb.startswith("approach")]
    assert verbs == ["approach.planned", "approach.planned", "approach.made", "approach.reopened"]


def test_another_origin_asks_for_another_move_and_keeps_what_was_tried(scoped: Cast) -> None:
    sven = make_stakeholder(scoped, make_pilot(scoped))
    assert sven.approach
    sven.approach.do(by=scoped.manager, at=NOW)
    assert sven.change(by=scoped.manager, at=NOW, resistance="jobs", influence=3) == [
        "resistance",
        "influence",
    ]
    sven = Stakeholder.objects.get()
    assert sven.approach and (sven.approach.resistance, sven.approach.done_at) == ("jobs", None)
    assert Approach.objects.count() == 2
    assert sven.change(by=scoped.manager, at=NOW, resistance="jobs") == []


def test_what_somebody_else_said_meanwhile_is_not_overwritten(scoped: Cast) -> None:
    sven = make_stakeholder(scoped, make_pilot(scoped))
    seen = {"stance": fingerprint("sceptic"), "influence": fingerprint(2)}
    sven.change(by=scoped.manager, at=NOW, stance="neutral")
    assert sven.change(by=scoped.manager, at=NOW, seen=seen, influence=3) == ["influence"]
    with pytest.raises(StaleVersionError):
        sven.change(by=scoped.manager, at=NOW, seen=seen, stance="champion")


def test_another_address_leaves_the_old_links_dead(scoped: Cast) -> None:
    sven = make_stakeholder(scoped, make_pilot(scoped))
    sven.ask_the_question(by=scoped.manager, at=NOW)
    sven.change(by=scoped.manager, at=NOW, email="s.holm@customer.example")
    assert newest_link(sven).replaced_at == NOW
    with pytest.raises(RefusedError, match="owner"):
        sven.change(by=scoped.manager, at=NOW, email=scoped.manager.email.upper())


def test_the_most_sceptical_with_the_most_influence_is_asked_first(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    people = [
        ("Ann A", "neutral", 3),
        ("Bob B", "sceptic", 1),
        ("Cid C", "sceptic", 3),
        ("Dee D", "champion", 3),
    ]
    for name, stance, influence in people:
        make_stakeholder(scoped, pilot, name, stance=stance, influence=influence, is_sponsor=False)
    order = []
    while first := ask_first(with_answers(pilot)):
        order.append(first.name[:1])
        answer(scoped, first)
    assert order == ["C", "B", "A", "D"]
