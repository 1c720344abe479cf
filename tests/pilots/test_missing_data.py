"""Silence is a flag of its own, after two rhythms and the usual delay; it never looks like zero."""

from datetime import timedelta

import pytest

from metrics.models import Metric, Source
from pilots.models import Flag, Pilot, Reading
from tests.cast import (
    NOW,
    TODAY,
    Cast,
    bring,
    connect_file,
    make_measured_metric,
    make_metric,
    make_pilot,
    noise,
)

pytestmark = pytest.mark.usefixtures("monday", "bell")


def read(day: int) -> Reading:
    return Pilot.objects.get().read(at=NOW + timedelta(days=day))


def standing() -> list[str]:
    return list(Flag.objects.standing().values_list("kind", flat=True))


@pytest.mark.parametrize("delay", [0, 3])
def test_a_daily_metric_may_be_late_by_two_days_and_its_delay(scoped: Cast, delay: int) -> None:
    make_pilot(scoped, "running", metric=make_measured_metric(scoped, delay_days=delay))
    for day in range(2 + delay):
        read(day)
        assert standing() == []
    read(2 + delay)
    assert standing() == ["no_data"]
    assert Flag.objects.get().figures == {"since": TODAY.isoformat()}


def test_a_weekly_metric_may_be_late_by_two_weeks(scoped: Cast) -> None:
    metric = make_metric(scoped, cadence="weekly")
    weeks = [f"{TODAY - timedelta(weeks=20 - i)},{20 + i % 3}" for i in range(20)]
    connect_file(metric, "\n".join(["date,value", *weeks]).encode(), by=scoped.manager)
    make_pilot(scoped, "running", metric=metric)
    read(13)
    assert standing() == []
    read(14)
    assert standing() == ["no_data"]


def test_it_clears_when_values_come(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    make_pilot(scoped, "running", metric=metric)
    read(2)
    bring(scoped, metric, noise(3, level=18), on=NOW + timedelta(days=3))
    read(3)
    assert standing() == []
    assert Flag.objects.get().cleared_at == NOW + timedelta(days=3)


def test_values_that_stop_in_the_middle_are_missed_from_that_day(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    make_pilot(scoped, "running", metric=metric)
    bring(scoped, metric, noise(5, level=18), on=NOW + timedelta(days=6))
    read(6)
    assert standing() == []
    read(7)
    assert Flag.objects.get(kind="no_data").figures == {"since": "2026-06-06"}


def test_a_gap_in_the_past_is_no_flag(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    make_pilot(scoped, "running", metric=metric)
    window: list[float | None] = [*noise(3, level=18), None, None, None, None, *noise(4, level=18, seed=2)]
    bring(scoped, metric, window, on=NOW + timedelta(days=11))
    reading = read(11)
    assert "no_data" not in standing()
    # 36 of the 126 baseline days are older than the source.
    assert (reading.facts["points"], reading.facts["n_missing"]) == (7, 36 + 4)


def test_a_source_that_fails_is_named_instead(scoped: Cast) -> None:
    make_pilot(scoped, "running", metric=make_measured_metric(scoped))
    Source.objects.update(failing_since=NOW + timedelta(days=1))
    read(2)
    assert standing() == ["source_failing"]


def test_without_a_value_nothing_is_told(scoped: Cast) -> None:
    metric: Metric = make_measured_metric(scoped)
    make_pilot(scoped, "running", metric=metric)
    facts = read(3).facts
    assert (facts["latest"], facts["estimate"], facts["points"]) == (None, None, 0)
    assert facts["baseline_mean"] == pytest.approx(20, abs=0.5)


def test_after_the_window_nothing_is_missed_any_more(scoped: Cast) -> None:
    make_pilot(scoped, "running", metric=make_measured_metric(scoped))
    read(41)
    assert standing() == ["no_data"]
    read(42)
    assert standing() == []
