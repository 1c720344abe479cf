"""The hour is the organisation's, the order of moments is UTC's, also on the days when clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from accounts.models import Organisation
from metrics.models import Metric, Source

BERLIN = ZoneInfo("Europe/Berlin")


def made(schedule: str, hour: int, zone: str = "Europe/Berlin") -> Source:
    metric = Metric(organisation=Organisation(time_zone=zone))
    return Source(metric=metric, schedule=schedule, at_hour=hour)


def berlin(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("schedule", "hour", "after", "expected"),
    [
        ("daily", 6, "2026-06-01T05:59", "2026-06-01T06:00"),
        ("daily", 6, "2026-06-01T06:00", "2026-06-02T06:00"),
        ("daily", 0, "2026-06-01T23:59", "2026-06-02T00:00"),
        ("weekly", 6, "2026-06-01T05:59", "2026-06-01T06:00"),  # a Monday
        ("weekly", 6, "2026-06-01T06:00", "2026-06-08T06:00"),
        ("weekly", 6, "2026-06-07T23:00", "2026-06-08T06:00"),
        # Clocks go forward on 29 March 2026 at two, and back on 25 October at three.
        ("daily", 6, "2026-03-28T06:00", "2026-03-29T06:00"),
        ("daily", 6, "2026-10-24T06:00", "2026-10-25T06:00"),
        ("daily", 2, "2026-03-28T02:00", "2026-03-29T03:00"),  # there is no two o'clock
        ("daily", 2, "2026-03-29T03:00", "2026-03-30T02:00"),
        ("daily", 2, "2026-10-24T02:00", "2026-10-25T02:00"),  # there are two of them: the first
        ("daily", 2, "2026-10-25T02:00", "2026-10-26T02:00"),
        ("weekly", 6, "2026-03-23T06:00", "2026-03-30T06:00"),
        ("weekly", 6, "2026-10-19T06:00", "2026-10-26T06:00"),
    ],
)
def test_the_next_pull(schedule: str, hour: int, after: str, expected: str) -> None:
    assert made(schedule, hour).next_pull_at(berlin(after)) == berlin(expected)


def test_the_second_two_o_clock_brings_no_second_pull() -> None:
    second = berlin("2026-10-25T02:00", fold=1)
    assert made("daily", 2).next_pull_at(second) == berlin("2026-10-26T02:00")


@pytest.mark.parametrize("night", ["2026-03-29T00:30", "2026-10-25T00:30"])
def test_hourly_is_every_hour_through_the_night_of_the_change(night: str) -> None:
    moments = [berlin(night)]
    for _hour in range(5):
        moments.append(made("hourly", 0).next_pull_at(moments[-1]))
    assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(hours=1)}


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]


@settings(max_examples=200, deadline=None)
@given(
    some.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=some.just(UTC)),  # noqa: DTZ001
    some.sampled_from(ZONES),
    some.integers(0, 23),
)
def test_a_daily_pull_comes_once_a_day(after: datetime, zone: str, hour: int) -> None:
    source = made("daily", hour, zone)
    first = source.next_pull_at(after)
    second = source.next_pull_at(first)
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in (first, second)]
    assert after < first < second
    assert (days[1] - days[0]).days == 1
