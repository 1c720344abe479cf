"""Which pilot grew from which: a chain with a beginning, by the verb and by the database."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from pilots.errors import RefusedError
from pilots.models import Pilot, Stakeholder
from pilots.wedge import wedge
from tests.access.house import close, make_stopped
from tests.cast import NOW, TODAY, Cast, make_cast, make_measured_metric, make_pilot, make_stakeholder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def planned(cast: Cast, title: str, origin: Pilot | None = None) -> Pilot:
    pilot = Pilot.objects.start_planning(cast.organisation, by=cast.manager, at=NOW, title=title)
    if origin:
        pilot.name_origin(origin, by=cast.manager, at=NOW)
    return pilot


def test_a_chain_has_a_beginning(scoped: Cast) -> None:
    first = planned(scoped, "First")
    second = planned(scoped, "Second", first)
    third = planned(scoped, "Third", second)
    for origin in (first, second, third):
        with pytest.raises(RefusedError, match="has a beginning"):
            first.name_origin(origin, by=scoped.manager, at=NOW)
    assert not third.name_origin(second, by=scoped.manager, at=NOW), "it is written down already"
    assert third.name_origin(None, by=scoped.manager, at=NOW)
    assert third.chain.events.filter(verb="pilot.origin_named").count() == 2


def test_the_database_lets_no_circle_in(scoped: Cast) -> None:
    first = planned(scoped, "First")
    second = planned(scoped, "Second", first)
    with scopes_disabled():
        far = planned(make_cast("southwind"), "Elsewhere")
    for origin in (first, second, far):
        with pytest.raises(IntegrityError), transaction.atomic():
            Pilot.objects.filter(pk=first.pk).update(grew_from=origin.pk)
    assert Pilot.objects.get(pk=first.pk).grew_from is None


def test_each_decided_pilot_is_a_step(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    chain: list[Pilot] = []
    for title in ("One", "Two"):
        pilot = make_stopped(scoped, metric, title)
        close(pilot, by=scoped.manager)
        if chain:
            pilot.name_origin(chain[-1], by=scoped.manager, at=NOW)
        chain.append(pilot)
    make_pilot(scoped, "running", metric=metric, title="Three").name_origin(
        chain[1], by=scoped.manager, at=NOW
    )
    planned(scoped, "Side shoot", chain[1])
    assert wedge(planned(scoped, "Alone"), TODAY) == []
    steps = wedge(chain[1], TODAY)
    assert [(str(one["pilot"]), str(one["word"]), one["reached"], one["here"]) for one in steps] == [
        ("One", "Evidence", True, False),
        ("Two", "Access", True, True),
        ("Three", "Stake", False, False),
        ("Side shoot", "Stake", False, False),
    ]
    assert steps[0]["sponsor"].name == "Sven Holm"
    assert wedge(steps[2]["pilot"], TODAY)[0]["pilot"] == chain[0], "the same chain from each of its pilots"


def test_a_duplicate_takes_over_the_plan_and_nothing_that_was_agreed(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    make_stakeholder(scoped, planned(scoped, "Another's"), "Nobody Here")
    copy = pilot.duplicate(title="Once more", with_people=True, by=scoped.manager, at=NOW)
    copy = Pilot.objects.get(pk=copy.pk)
    assert (copy.problem, copy.metric, copy.target, copy.series) == (
        pilot.problem, pilot.metric, pilot.target, pilot.series,
    )  # fmt: skip
    assert (copy.start, copy.stage(TODAY), copy.grew_from) == (None, "planning", pilot)
    people = Stakeholder.objects.filter(pilot=copy)
    assert [(one.name, one.is_sponsor, one.answers.count(), one.sign_offs.count()) for one in people] == [
        ("Sven Holm", True, 0, 0)
    ]
    assert not copy.content.exists()
    bare = pilot.duplicate(title="Bare", with_people=False, by=scoped.manager, at=NOW)
    assert not bare.stakeholders.exists()
