"""The portfolio's line can be thrown away and made again: after every verb it says what the records say."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Event
from pilots.models import Flag, Pilot, Standing
from tests.cast import NOW, TODAY, Cast, bring, make_measured_metric, make_pilot, noise

pytestmark = pytest.mark.usefixtures("monday", "bell")


def line(pilot: int) -> dict[str, Any]:
    """All but when it was last read: a reading that finds nothing new moves that alone."""
    return {**Standing.objects.filter(pilot=pilot).values().get(), "read_at": None}


def check(pilot: Pilot) -> None:
    kept = line(pilot.pk)
    Standing.refresh(Pilot.objects.get(pk=pilot.pk))
    assert line(pilot.pk) == kept


@pytest.mark.parametrize("stage", ["planning", "planned", "ready", "running"])
def test_on_the_way_to_the_launch(scoped: Cast, stage: str) -> None:
    check(make_pilot(scoped, stage))


def test_after_every_verb_of_a_whole_life(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    pilot = make_pilot(scoped, "running", metric=metric)
    flat = noise(42, seed=3)
    for day in (5, 30):
        bring(scoped, metric, flat[:day], on=NOW + timedelta(days=day))
        pilot.read(at=NOW + timedelta(days=day))
        pilot.read(at=NOW + timedelta(days=day, hours=1))
        check(pilot)
    Flag.objects.standing().latest("pk").acknowledge(note="We train.", by=scoped.manager, at=NOW)
    check(pilot)
    end = NOW + timedelta(days=42)
    bring(scoped, metric, flat, on=end)
    pilot.read(at=end)
    check(pilot)
    pilot.decide(decision="stop", learned="No.", other_causes="None.", by=scoped.manager, at=end)
    check(pilot)
    assert line(pilot.pk)["decision"] == "stop"
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"pilot.launched", "flag.raised", "flag.acknowledged", "flag.cleared", "pilot.decided"} <= verbs


def test_after_a_stop_and_its_decision(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    at = NOW + timedelta(days=10)
    pilot.stop_early(reason="The vendor is gone.", by=scoped.manager, at=at)
    check(pilot)
    pilot.decide(decision="run_again", learned="?", other_causes="?", by=scoped.manager, at=at)
    check(pilot)


def test_after_a_change_of_plan_and_giving_up(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    start = TODAY + timedelta(days=7)
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, start=start)
    assert line(pilot.pk)["start"] == start
    check(pilot)
    pilot.cancel_planning(reason="No budget.", by=scoped.manager, at=NOW)
    assert line(pilot.pk)["phase"] == "cancelled"
    check(pilot)


@pytest.mark.parametrize("days", [0, 41, 42, 50])
def test_its_stage_is_the_pilot_s(scoped: Cast, days: int) -> None:
    on = TODAY + timedelta(days=days)
    for stage in ("planning", "running"):
        pilot = make_pilot(scoped, stage, metric=make_measured_metric(scoped, name=stage))
        found = Standing.objects.with_stage(on).get(pilot=pilot)
        assert getattr(found, "stage") == pilot.stage(on)  # noqa: B009 - an annotation
