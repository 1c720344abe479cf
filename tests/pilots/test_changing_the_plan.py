from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import StaleVersionError, fingerprint
from metrics.models import Metric, Series, Source
from metrics.sources import SourceError
from pilots.errors import RefusedError, UnfitNameError
from pilots.models import Pilot
from pilots.plan import plan_facts
from tests.cast import NOW, TODAY, Cast, make_measured_metric, make_metric, make_pilot

pytestmark = pytest.mark.usefixtures("monday", "bell")


def change(cast: Cast, pilot: Pilot, version: int | None = None, **changes: Any) -> list[str]:
    expected = pilot.version if version is None else version
    return pilot.change_plan(by=cast.manager, at=NOW, expected_version=expected, **changes)


def test_a_new_pilot_is_its_planner_s(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    assert (pilot.owner, pilot.version, pilot.stage(TODAY)) == (scoped.manager, 1, "planning")
    assert [event.verb for event in pilot.chain.events.all()] == ["pilot.planned"]


def test_what_differs_is_saved_and_named(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    assert change(scoped, pilot, title="Other", problem=pilot.problem) == ["title"]
    again = Pilot.objects.get()
    assert (again.title, again.version) == ("Other", 2)
    assert pilot.chain.events.latest("number").facts == {"changed": ["title"]}


def test_the_same_again_changes_nothing(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    events = pilot.chain.events.count()
    assert change(scoped, pilot, title=pilot.title) == []
    assert (Pilot.objects.get().version, pilot.chain.events.count()) == (1, events)


def test_whoever_comes_second_overwrites_nothing(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    mine, theirs = Pilot.objects.get(), Pilot.objects.get()
    change(scoped, mine, title="Mine")
    with pytest.raises(StaleVersionError) as stale:
        change(scoped, theirs, title="Theirs")
    assert isinstance(stale.value.current, Pilot)
    assert stale.value.current.title == Pilot.objects.get().title == "Mine"
    assert pilot.chain.events.filter(verb="pilot.plan_changed").count() == 1


def test_two_who_change_different_lines_both_keep_theirs(scoped: Cast) -> None:
    """A form that says what it was typed over overwrites nothing it did not see, and stops nobody else."""
    make_pilot(scoped)
    mine, theirs = Pilot.objects.get(), Pilot.objects.get()
    seen = {name: fingerprint(getattr(theirs, name)) for name in ("title", "gap")}
    change(scoped, mine, title="Mine")
    assert change(scoped, theirs, 1, seen=seen, gap="the gap at night") == ["gap"]
    assert change(scoped, theirs, 1, seen=seen, title="Mine") == []
    with pytest.raises(StaleVersionError):
        change(scoped, theirs, 1, seen=seen, title="Theirs")
    last = Pilot.objects.get()
    assert (last.title, last.gap, last.version) == ("Mine", "the gap at night", 3)


def test_what_is_left_blank_leaves_the_hash_of_an_older_plan_alone(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "ready")
    assert pilot.plan_is_as_agreed()
    change(scoped, pilot, uses="", gap="", because="")
    assert not {"uses", "gap", "because"} & set(plan_facts(pilot))
    assert not pilot.plan_is_as_agreed()


@pytest.mark.parametrize(
    "name", ["Course completion rate", "Zufriedenheit mit der Schulung", "Win rate and deal size"]
)
def test_a_name_that_cannot_judge_a_pilot_is_refused_by_the_verb(scoped: Cast, name: str) -> None:
    pilot = make_pilot(scoped)
    with pytest.raises(UnfitNameError, match="cannot judge a pilot") as refused:
        change(scoped, pilot, metric=make_metric(scoped, name=name))
    assert refused.value.advice.suggestions or refused.value.advice.measures
    assert Pilot.objects.get().metric is None


def test_another_metric_takes_its_levels_along(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    changed = change(scoped, pilot, metric=make_metric(scoped, name="Another"))
    assert sorted(changed) == ["metric", "series", "target"]
    assert (pilot.series, pilot.target, pilot.start) == (None, None, TODAY)


def test_a_count_of_learning_is_no_metric(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    make_measured_metric(scoped, name="Coach sessions")
    Source.objects.update(kind="xapi")
    with pytest.raises(RefusedError, match="supports a result and is none"):
        change(scoped, pilot, metric=Metric.objects.get())
    assert Pilot.objects.get().metric is None
    assert pilot.chain.events.count() == 1


def test_the_metric_of_a_pilot_does_not_become_a_count_of_learning(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    assert pilot.metric
    with pytest.raises(SourceError, match="A pilot is judged by this metric"):
        Source.objects.connect(pilot.metric, "xapi", settings={}, by=scoped.manager, at=NOW)
    assert Source.objects.get().kind == "file"


@pytest.mark.parametrize("verb", ["launch", "cancel"])
def test_afterwards_it_is_fixed_also_for_a_page_that_was_opened_before(scoped: Cast, verb: str) -> None:
    make_pilot(scoped, "ready")
    pilot, opened_before = Pilot.objects.get(), Pilot.objects.get()
    assert not opened_before.has(verb)
    if verb == "launch":
        pilot.launch_now(by=scoped.manager, at=NOW)
    else:
        pilot.cancel_planning(reason="No budget.", by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="fixed"):
        change(scoped, opened_before, target=10.0)
    assert Pilot.objects.get().target == 18.5


def test_the_database_keeps_a_group_from_being_compared_with_itself(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    with pytest.raises(IntegrityError, match="compared_with_somebody_else"), transaction.atomic():
        change(scoped, pilot, comparison=Series.objects.get())


def test_the_database_keeps_the_baseline_before_the_start(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    with pytest.raises(IntegrityError, match="baseline_before_start"), transaction.atomic():
        change(scoped, pilot, baseline_start=TODAY)
