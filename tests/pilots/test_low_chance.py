"""A target that six weeks will hardly show is tried only after somebody said in writing why."""

import json
from datetime import timedelta

import pytest

from accounts.models import Event
from pilots import assessment
from pilots.gate import Line
from pilots.models import LowChance, Pilot
from pilots.plan import plan_facts
from tests.cast import NOW, Cast, make_measured_metric, make_pilot, plan

pytestmark = pytest.mark.usefixtures("monday", "bell")
WORDS = "A hint is worth it: the tool is cheap."


def line_of(pilot: Pilot) -> Line:
    return next(line for line in pilot.gate(NOW) if line.key == "target")


@pytest.fixture
def hopeless(scoped: Cast) -> Pilot:
    """The baseline is about 20, with an SD of about one; a change of a tenth is too small to be seen."""
    pilot = make_pilot(scoped)
    plan(scoped, pilot, make_measured_metric(scoped), target=19.9)
    return pilot


def acknowledge(cast: Cast, pilot: Pilot) -> LowChance:
    return LowChance.objects.acknowledge(pilot, words=WORDS, chance=0.03, by=cast.manager, at=NOW)


def test_a_good_chance_is_told_as_a_range(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    plan(scoped, pilot, make_measured_metric(scoped), target=18.0)
    line = line_of(pilot)
    assert (line.met, "will show it with a chance of" in line.words) == (True, True)


def test_a_low_chance_holds_the_launch_until_it_is_acknowledged(scoped: Cast, hopeless: Pilot) -> None:
    line = line_of(hopeless)
    assert (line.met, line.move) == (False, "pilot_chance")
    acknowledge(scoped, hopeless)
    line = line_of(Pilot.objects.get(pk=hopeless.pk))
    assert line.met
    assert f"{scoped.manager.name} knows" in line.words


def test_it_leaves_its_event_once(scoped: Cast, hopeless: Pilot) -> None:
    first, second = acknowledge(scoped, hopeless), acknowledge(scoped, hopeless)
    assert first == second
    assert Event.objects.filter(verb="low_chance.acknowledged").count() == 1


@pytest.mark.parametrize("changes", [{"target": 19.8}, {"ramp_weeks": 4}])
def test_another_plan_asks_again(scoped: Cast, hopeless: Pilot, changes: dict[str, float]) -> None:
    acknowledge(scoped, hopeless)
    pilot = Pilot.objects.get(pk=hopeless.pk)
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, **changes)
    assert not line_of(pilot).met


def test_the_path_is_part_of_what_is_signed_and_judged(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    plan(scoped, pilot, make_measured_metric(scoped), target=18.0)
    assert "ramp_weeks" not in json.dumps(plan_facts(pilot), default=str)
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, ramp_weeks=4)
    assert plan_facts(pilot)["ramp_weeks"] == 4
    assert pilot.start and pilot.metric and pilot.target is not None
    course = assessment.course(pilot, pilot.start + timedelta(days=1))
    assert assessment.design_of(course, pilot.metric, pilot.target, 4).path == 28
