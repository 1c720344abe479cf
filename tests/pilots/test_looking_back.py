"""A value of "productive by day 30" tells of people who began thirty days before: they were in no pilot."""

from __future__ import annotations

from datetime import timedelta

import pytest

from metrics.catalogue import ENTRIES
from metrics.models import Metric
from pilots.assessment import Case, assessed, course, design_of, outlook
from pilots.models import Pilot
from pilots.plan import plan_facts
from tests.cast import NOW, Cast, connect_file, csv_of, make_measured_metric, make_pilot, noise

pytestmark = pytest.mark.usefixtures("monday", "bell")
BEFORE, LATER = 90, 42


@pytest.mark.parametrize(
    ("cadence", "days", "points"), [("daily", 30, 30), ("weekly", 30, 5), ("weekly", 28, 4), ("daily", 0, 0)]
)
def test_how_many_points_that_is(cadence: str, days: int, points: int) -> None:
    assert Metric(cadence=cadence, looks_back_days=days).lag == points


def ended(cast: Cast, looks_back_days: int) -> tuple[Pilot, dict[str, object]]:
    """It fell by five on the day on which the first who began with the pilot could show it, and not before."""
    metric = make_measured_metric(
        cast, looks_back_days=looks_back_days, name=f"Looking back {looks_back_days} days"
    )
    pilot = make_pilot(cast, "running", metric=metric, target=15)
    window = noise(LATER, seed=5)
    values = [value - 5 if day >= 20 and value else value for day, value in enumerate(window)]
    connect_file(metric, csv_of(pilot.start, values), by=cast.manager, at=NOW + timedelta(days=LATER))
    found = course(pilot, pilot.end)
    return pilot, assessed([Case(found, metric, 15.0)])[0]


def test_what_could_not_show_it_does_not_weigh_it_down(scoped: Cast) -> None:
    _, plain = ended(scoped, 0)
    assert plain["estimate"] > -4  # type: ignore[operator]
    pilot, looked_back = ended(scoped, 20)
    assert looked_back["estimate"] == pytest.approx(-5, abs=0.6)
    assert looked_back["not_moving_since"] is None
    known = course(pilot, pilot.start)
    assert design_of(known, pilot.metric, 15.0, 0).lag == 20
    found = outlook(known, pilot.metric, 15.0, ramp_weeks=0, helps=False)
    assert found is not None
    assert "lag_leaves_little" not in found.warnings


def test_it_is_agreed_where_there_is_any(scoped: Cast) -> None:
    facts = [plan_facts(ended(scoped, days)[0])["metric"] for days in (0, 20)]
    assert ["looks_back_days" in told for told in facts] == [False, True]


def test_the_catalogue_knows_which_do() -> None:
    assert {entry.key: entry.looks_back_days for entry in ENTRIES if entry.looks_back_days} == {
        "productive_by_30": 30,
        "early_attrition": 90,
    }
