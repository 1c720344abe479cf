"""A flag stands while its cause does; the two that rest on evidence stay once the evidence was in."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from metrics.models import Metric
from pilots import assessment
from pilots.causes import causes
from pilots.flag_words import said
from pilots.models import Flag, Pilot, Standing
from pilots.words import Look
from tests.cast import NOW, Cast, bring, make_measured_metric, make_pilot, noise

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_measured_metric(scoped)


@pytest.fixture
def pilot(scoped: Cast, metric: Metric) -> Pilot:
    return make_pilot(scoped, "running", metric=metric)


def read(cast: Cast, day: int, window: list[float | None]) -> datetime:
    """The window's values come, and the pilot is read, at noon of that day of the window."""
    at = NOW + timedelta(days=day)
    bring(cast, Metric.objects.get(), window, on=at)
    Pilot.objects.get().read(at=at)
    return at


def standing() -> set[str]:
    return set(Flag.objects.standing().values_list("kind", flat=True))


def events(pilot: Pilot) -> list[tuple[str, str]]:
    found = pilot.chain.events.filter(verb__startswith="flag.").order_by("number")
    return [(event.verb, event.facts["kind"]) for event in found]


def test_a_flat_course_is_not_moving_and_unlikely(scoped: Cast, pilot: Pilot) -> None:
    read(scoped, 30, noise(30, seed=3))
    assert standing() == {"not_moving", "unlikely"}
    flag = Flag.objects.get(kind="not_moving")
    assert flag.figures["since"] > "2026-06-01"
    assert flag.raised_at == NOW + timedelta(days=30)


def test_a_worsening_course_goes_the_wrong_way(scoped: Cast, pilot: Pilot) -> None:
    read(scoped, 20, noise(20, level=23))
    assert standing() == {"not_moving", "wrong_way", "unlikely"}


def test_a_course_to_the_target_has_no_flag(scoped: Cast, pilot: Pilot) -> None:
    read(scoped, 20, noise(20, level=18, seed=2))
    assert standing() == set()


def test_nothing_is_unlikely_in_the_first_week(scoped: Cast, pilot: Pilot) -> None:
    read(scoped, 6, noise(6, level=30))
    assert "unlikely" not in standing()
    read(scoped, 7, noise(7, level=30))
    assert "unlikely" in standing()


def test_a_lucky_week_takes_no_evidence_back(scoped: Cast, pilot: Pilot) -> None:
    flat = noise(30, seed=3)
    read(scoped, 30, flat)
    read(scoped, 38, flat + noise(8, level=16))
    assert "not_moving" in standing()
    assert ("flag.cleared", "not_moving") not in events(pilot)


def test_what_rests_on_the_forecast_clears_with_it(scoped: Cast, pilot: Pilot) -> None:
    slow = noise(9, level=19.4, seed=5)
    read(scoped, 9, slow)
    assert standing() == {"unlikely"}
    read(scoped, 20, slow + noise(11, level=16.5, seed=2))
    assert standing() == set()
    assert events(pilot) == [("flag.raised", "unlikely"), ("flag.cleared", "unlikely")]


def test_a_chance_that_wavers_raises_one_flag_and_clears_none(scoped: Cast, pilot: Pilot) -> None:
    """Four times it falls below a tenth, and three times it comes back a little above."""
    wavering = noise(16, level=18.8, seed=58)
    chances = []
    for day in range(7, 17):
        read(scoped, day, wavering[:day])
        reading = pilot.latest_reading()
        assert reading
        chances.append(reading.facts["chance_of_target"] < 0.1)
    assert "".join("_+"[below] for below in chances) == "__+_+_++_+"
    assert events(pilot) == [("flag.raised", "unlikely")]
    flag, look = Flag.objects.get(), Look(pilot, NOW + timedelta(days=16))
    look.facts["chance_of_target"] = 0.15
    assert said(flag, look).words == (
        "The chance of reaching the target had fallen to 8\N{NARROW NO-BREAK SPACE}%. "
        "It is 15\N{NARROW NO-BREAK SPACE}% now, and this flag goes at 20\N{NARROW NO-BREAK SPACE}%."
    )


@pytest.mark.parametrize(
    ("before", "chance", "up", "flagged"),
    [
        (0.30, 0.09, False, False),  # one low point is weather
        (None, 0.09, False, False),
        (0.09, 0.09, False, True),
        (0.10, 0.09, False, False),
        (0.09, 0.10, False, False),
        (0.09, 0.19, True, True),
        (0.30, 0.19, True, True),
        (0.09, 0.20, True, False),
        (None, None, True, True),  # what cannot tell clears nothing
        (None, None, False, False),
    ],
)
def test_unlikely_takes_two_low_points_and_goes_with_a_chance_well_above(
    pilot: Pilot, before: float | None, chance: float | None, up: bool, flagged: bool
) -> None:
    assert pilot.start
    today = pilot.start + timedelta(days=7)
    course = assessment.course(pilot, pilot.start)
    facts = {"chance_before": before, "chance_of_target": chance}
    found = causes(pilot, facts, course, today, conditions=0, standing={"unlikely"} if up else ())
    assert ("unlikely" in found) == flagged


def test_a_flag_is_raised_once(scoped: Cast, pilot: Pilot) -> None:
    flat = noise(32, seed=3)
    for day in (30, 31, 32):
        read(scoped, day, flat[:day])
    assert events(pilot).count(("flag.raised", "not_moving")) == 1


def test_the_portfolio_s_line_follows(scoped: Cast, pilot: Pilot) -> None:
    read(scoped, 30, noise(30, seed=3))
    line = Standing.objects.get()
    assert (line.open_flags, line.top_flag) == (2, "not_moving")


def test_somebody_says_what_they_do_about_it_once(scoped: Cast, pilot: Pilot) -> None:
    at = read(scoped, 30, noise(30, seed=3))
    flag = Flag.objects.get(kind="not_moving")
    given: dict[str, Any] = {"by": scoped.manager, "at": at}
    flag.acknowledge(note="We train the coaches.", **given)
    flag.acknowledge(note="Second click.", **given)
    flag.refresh_from_db()
    assert (flag.note, flag.acknowledged_by, flag.cleared_at) == (
        "We train the coaches.",
        scoped.manager,
        None,
    )
    assert pilot.chain.events.filter(verb="flag.acknowledged").count() == 1
    assert standing() == {"not_moving", "unlikely"}
