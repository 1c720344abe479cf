"""A flag stands while its cause does; the two that rest on evidence stay once the evidence was in."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from metrics.models import Metric
from pilots.models import Flag, Pilot, Standing
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
