"""The hour is the organisation's, the order of moments is UTC's, also on the days when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from accounts.models import Organisation
from metrics.models import Metric, Source
from tests.drawn import given, settings, st

BERLIN = ZoneInfo("Europe/Berlin")


def made(schedule: str, hour: int, zone: str = "Europe/Berlin", minute: int = 0, weekday: int = 0) -> Source:
    metric = Metric(organisation=Organisation(time_zone=zone))
    return Source(metric=metric, schedule=schedule, at_hour=hour, at_minute=minute, weekday=weekday)


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


def test_a_week_may_begin_its_pulls_on_any_day() -> None:
    friday = made("weekly", 17, minute=45, weekday=4)
    assert friday.next_pull_at(berlin("2026-06-01T12:00")) == berlin("2026-06-05T17:45")
    assert friday.next_pull_at(berlin("2026-06-05T17:45")) == berlin("2026-06-12T17:45")


@pytest.mark.parametrize("night", ["2026-03-29T00:15", "2026-10-25T00:15"])
def test_hourly_is_every_hour_through_the_night_of_the_change(night: str) -> None:
    moments = [berlin(night)]
    for _hour in range(5):
        moments.append(made("hourly", 0, minute=15).next_pull_at(moments[-1]))
    assert {later - earlier for earlier, later in pairwise(moments)} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    ("after", "expected"),
    [("06:00", "06:30"), ("06:29", "06:30"), ("06:30", "07:30"), ("06:59", "07:30")],
)
def test_hourly_comes_at_its_minute_on_the_wall(after: str, expected: str) -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")  # a quarter of an hour off everybody else's
    at, then = (
        datetime.fromisoformat(f"2026-06-01T{text}").replace(tzinfo=kathmandu) for text in (after, expected)
    )
    assert made("hourly", 0, "Asia/Kathmandu", minute=30).next_pull_at(at) == then


@cache
def changes(zone: ZoneInfo) -> list[datetime]:
    """The days of two years on which this zone's clocks are put forward or back."""
    weeks = [datetime(2025, 1, 1, tzinfo=UTC) + timedelta(weeks=number) for number in range(105)]
    found = []
    for week, after in pairwise(weeks):
        if week.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            days = [week + timedelta(days=number) for number in range(8)]
            offsets = [day.astimezone(zone).utcoffset() for day in days]
            found += [day for day, (a, b) in zip(days, pairwise(offsets), strict=False) if a != b]
    return found


@cache
def with_changes() -> list[str]:
    return sorted(name for name in available_timezones() if changes(ZoneInfo(name)))


STEP = timedelta(minutes=15)


def slots(zone: ZoneInfo, at: time, begin: datetime, days: int) -> list[datetime]:
    """A reference that looks at every quarter of an hour: the first that the clock shows at this time each day; where it
    shows none, as long after the gap's beginning as the time lies after it."""
    found: dict[date, datetime] = {}
    wanted = timedelta(hours=at.hour, minutes=at.minute)
    last = begin.astimezone(zone).replace(tzinfo=None)
    moment = begin
    while (moment := moment + STEP) < begin + timedelta(days=days):
        wall = moment.astimezone(zone).replace(tzinfo=None)
        for day in (last.date(), wall.date()):
            target = datetime.combine(day, time()) + wanted
            if last + STEP <= target < wall:  # it lies in a gap
                found.setdefault(day, moment + (target - last - STEP))
        if wall == datetime.combine(wall.date(), time()) + wanted:
            found.setdefault(wall.date(), moment)
        last = wall
    return sorted(set(found.values()))


TIMES = [time(0, 0), time(0, 30), time(1, 30), time(2, 0), time(2, 30), time(3, 0), time(23, 30)]


@pytest.mark.parametrize("at", TIMES, ids=str)
def test_a_skipped_time_and_a_doubled_one_come_once_in_every_zone(at: time) -> None:
    """Against the reference, around one change of each kind of zone: 02:30 that is not there, 01:30 that is there twice."""
    seen = set()
    for name in with_changes():
        zone = ZoneInfo(name)
        for change in changes(zone):
            begin = change - timedelta(hours=20)
            local = begin.astimezone(zone)
            kind = (local.utcoffset(), (change + timedelta(days=2)).astimezone(zone).utcoffset())
            if kind in seen:
                continue
            seen.add(kind)
            source, moments = made("daily", at.hour, name, at.minute), list[datetime]()
            moment = begin
            while (moment := source.next_pull_at(moment)) < begin + timedelta(days=3):
                moments.append(moment)
            assert moments == [one for one in slots(zone, at, begin, 4) if one < begin + timedelta(days=3)], (
                name
            )
    assert len(seen) > 30


def test_every_zone_has_one_pull_a_day_on_both_sides_of_each_change_of_two_years() -> None:
    assert len(with_changes()) > 100
    for name in with_changes():
        zone, source = ZoneInfo(name), made("daily", 2, name, 30)
        for change in changes(zone):
            moment, days = change - timedelta(days=2), list[date]()
            for _slot in range(5):
                moment = source.next_pull_at(moment)
                days.append(moment.astimezone(zone).date())
            assert {(b - a).days for a, b in pairwise(days)} == {1}, name


ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC"]


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(ZONES),
    st.integers(0, 23),
)
def test_a_daily_pull_comes_once_a_day(after: datetime, zone: str, hour: int) -> None:
    source = made("daily", hour, zone)
    first = source.next_pull_at(after)
    second = source.next_pull_at(first)
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in (first, second)]
    assert after < first < second
    assert (days[1] - days[0]).days == 1
