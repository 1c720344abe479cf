"""Data that change after they were read: restated, changed back, or of days after a stop."""

from datetime import timedelta

import pytest

from metrics.models import Metric
from pilots.models import Pilot
from tests.cast import NOW, TODAY, Cast, connect_file, csv_of, make_measured_metric, make_pilot, noise

pytestmark = pytest.mark.usefixtures("monday")

BEFORE = noise(90)
FLAT = noise(30, seed=5)
BETTER = noise(30, level=17.0, seed=6)
LATER = NOW + timedelta(days=30)


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_measured_metric(scoped, values=BEFORE)


@pytest.fixture
def pilot(scoped: Cast, metric: Metric) -> Pilot:
    return make_pilot(scoped, "running", metric=metric)


def restate(cast: Cast, metric: Metric, window: list[float | None], days: int = 30, seconds: int = 0) -> None:
    at = NOW + timedelta(days=days, seconds=seconds)
    connect_file(metric, csv_of(TODAY - timedelta(days=90), BEFORE + window), by=cast.manager, at=at)


def standing(pilot: Pilot) -> set[str]:
    return set(pilot.flags.standing().values_list("kind", flat=True))


def test_evidence_flags_go_when_the_data_behind_them_are_restated(
    scoped: Cast, metric: Metric, pilot: Pilot
) -> None:
    restate(scoped, metric, FLAT)
    pilot.read(at=LATER)
    assert "not_moving" in standing(pilot)

    restate(scoped, metric, BETTER, seconds=60)
    pilot.read(at=LATER + timedelta(seconds=120))

    assert standing(pilot) == set()


def test_evidence_flags_stay_when_better_days_merely_follow(
    scoped: Cast, metric: Metric, pilot: Pilot
) -> None:
    restate(scoped, metric, FLAT)
    pilot.read(at=LATER)

    restate(scoped, metric, FLAT + BETTER[:10], days=40)
    pilot.read(at=NOW + timedelta(days=40))

    assert "not_moving" in standing(pilot)


def test_data_that_change_back_are_read_anew(scoped: Cast, metric: Metric, pilot: Pilot) -> None:
    restate(scoped, metric, FLAT)
    first = pilot.read(at=LATER)
    restate(scoped, metric, BETTER, seconds=60)
    second = pilot.read(at=LATER + timedelta(seconds=90))
    restate(scoped, metric, FLAT, seconds=120)
    third = pilot.read(at=LATER + timedelta(seconds=150))

    assert first.series_sha256 == third.series_sha256 != second.series_sha256
    assert pilot.latest_reading() == third
    assert [reading.previous for reading in pilot.readings.order_by("pk")] == [None, first, second]


def test_days_after_a_stop_say_nothing_about_the_pilot(scoped: Cast, metric: Metric, pilot: Pilot) -> None:
    restate(scoped, metric, FLAT)
    pilot.stop_early(reason="The coach was switched off.", by=scoped.manager, at=LATER)
    pilot.refresh_from_db()
    stopped = pilot.latest_reading()

    restate(scoped, metric, FLAT + BETTER, days=60)
    reading = pilot.read(at=NOW + timedelta(days=60))

    assert stopped and reading.facts["points"] == stopped.facts["points"] == 30
    assert reading.final is False
    outcome = pilot.decide(
        decision=pilot.recommendation(),
        learned="Ask first.",
        other_causes="None.",
        by=scoped.manager,
        at=NOW + timedelta(days=60),
    )
    assert (outcome.verdict, outcome.recommended) == ("not_moved", "stop"), (
        "thirty flat days, none of the better ones"
    )
