"""Days, weeks, slots and windows in every zone, over two years, against a reference that counts minutes.

The reference knows of a zone only when its clocks change, and by how much: what a clock on the wall shows is then plain
arithmetic. Zones whose clocks show the same over the two years are one; that is most of them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest
from numpy.typing import NDArray

from accounts.models import Organisation
from metrics.models import Metric, Snapshot, Source
from pilots import assessment
from pilots.models import Launch, Notice, Pilot
from pilots.tasks import _tomorrow
from tests.cast import NOW, TODAY, Cast, bring, make_measured_metric, make_pilot, noise

FIRST, PAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 2, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MINUTES = (PAST - FIRST) // MINUTE
DAYS = [date(2026, 1, 3) + DAY * n for n in range(725)]
SLOTS = (time(0, 0), time(1, 30), time(2, 30), time(23, 59))

type Table = tuple[tuple[int, int], ...]
"""(minute in UTC from which on, what the wall is ahead of it by), in minutes."""


def offset(zone: ZoneInfo, minute: int) -> int:
    ahead = (FIRST + minute * MINUTE).astimezone(zone).utcoffset()
    assert ahead is not None
    return ahead // MINUTE


def changes(zone: ZoneInfo) -> Table:
    """When the clocks change, to the minute. None change there and back within a week."""
    table, before = [(0, offset(zone, 0))], 0
    for noon in (*range(720, MINUTES, 7 * 1440), MINUTES - 1):
        while offset(zone, noon) != table[-1][1]:
            low, high = before, noon
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == table[-1][1] else (low, middle)
            table.append((high, offset(zone, high)))
            before = high
        before = noon
    return tuple(table)


@cache
def zones() -> dict[Table, str]:
    """One zone for each way of changing clocks; every zone that the settings offer is looked at."""
    names = sorted(available_timezones())
    assert len(names) >= 500
    return {changes(ZoneInfo(name)): name for name in names}


_EACH = np.arange(MINUTES, dtype=np.int32)
_SHOWN = np.empty_like(_EACH)


def wall(table: Table) -> NDArray[np.int32]:
    """What the clock on the wall shows at each minute, in minutes since the first one in UTC.

    One zone at a time: new memory for each of them costs several times as much as filling it.
    """
    ends = [begins for begins, _ahead in table[1:]]
    for (begins, ahead), end in zip(table, [*ends, MINUTES], strict=True):
        np.add(_EACH[begins:end], ahead, out=_SHOWN[begins:end])
    return _SHOWN


def slot(table: Table, shown: NDArray[np.int32], day: date, at: time) -> datetime:
    """The first minute at which the wall shows that; where it never does, as much later as the clocks went forward."""
    wanted = (datetime.combine(day, at, tzinfo=UTC) - FIRST) // MINUTE
    near = max(wanted - 1800, 0)
    hits = np.flatnonzero(shown[near : wanted + 1800] == wanted)
    if hits.size:
        return FIRST + (near + int(hits[0])) * MINUTE
    over = near + int(np.flatnonzero(shown[near : wanted + 1800] > wanted)[0])
    before = next(ahead for begins, ahead in reversed(table) if begins < over)
    return FIRST + (wanted - before) * MINUTE


def looked_at(table: Table) -> list[date]:
    """The days around each change of clocks; of the others, whose nights are all alike, one a month."""
    unsteady = {
        FIRST.date() + DAY * ((begins + ahead) // 1440 + n) for begins, ahead in table for n in (-1, 0, 1)
    }
    return [day for day in DAYS if day in unsteady or day.day == 15]


def test_a_moment_belongs_to_the_day_on_the_wall() -> None:
    for table, name in zones().items():
        organisation, shown = Organisation(time_zone=name), wall(table)
        edges = {begins for begins, _ahead in table}
        for day in looked_at(table):
            near = (day - FIRST.date()).days * 1440 - 1800
            turns = np.flatnonzero(np.diff(shown[near : near + 3600] // 1440)) + near
            assert turns.size
            edges |= {*turns.tolist(), *(turns + 1).tolist()}
        for minute in edges:
            expected = FIRST.date() + DAY * int(shown[minute] // 1440)
            assert organisation.day_of(FIRST + minute * MINUTE) == expected, (name, minute)


def test_each_slot_comes_once_a_day_also_when_the_night_skips_or_doubles_it() -> None:
    for table, name in zones().items():
        shown, metric = wall(table), Metric(organisation=Organisation(time_zone=name))
        for at in SLOTS:
            source = Source(metric=metric, schedule="daily", at_hour=at.hour, at_minute=at.minute)
            for day in looked_at(table):
                moment = slot(table, shown, day, at)
                assert source.next_pull_at(moment - MINUTE) == moment, (name, day, at)
                assert source.next_pull_at(moment) == slot(table, shown, day + DAY, at), (name, day, at)


def test_the_next_reading_is_on_the_next_day() -> None:
    for table, name in zones().items():
        zone, organisation = ZoneInfo(name), Organisation(time_zone=name)
        for day in looked_at(table):
            moment = datetime.combine(day, time(11), tzinfo=zone).astimezone(UTC)
            after = _tomorrow(zone, moment)
            assert (organisation.day_of(moment), organisation.day_of(after)) == (day, day + DAY), (name, day)
            assert after > moment


def test_a_window_has_forty_two_days_and_six_weeks_whenever_it_begins() -> None:
    """Also over the change of clocks, the end of the year, its week 53 and the 29th of February."""
    for start in (date(2027, 1, 1) + DAY * n for n in range(730)):
        pilot = Pilot(start=start)
        assert pilot.end == start + 42 * DAY
        assert [pilot.week(start + DAY * n) for n in range(-1, 42)] == [0, *(n // 7 + 1 for n in range(42))]


@pytest.mark.parametrize("name", ["Europe/Berlin", "Pacific/Kiritimati", "Pacific/Niue", "America/St_Johns"])
@pytest.mark.parametrize(
    "start",
    [
        "2026-02-23", "2026-03-23", "2026-03-29", "2026-09-28", "2026-10-25", "2026-11-30", "2026-12-28", "2027-01-01",
        "2027-03-08", "2027-10-31", "2028-01-31", "2028-02-29",
    ],
)  # fmt: skip
def test_it_runs_until_the_last_midnight_where_the_organisation_lives(start: str, name: str) -> None:
    begin, zone = date.fromisoformat(start), ZoneInfo(name)
    pilot = Pilot(start=begin, organisation=Organisation(time_zone=name))
    pilot._state.fields_cache["launch"] = Launch()  # only that there is one is asked for
    over = datetime.combine(begin + 42 * DAY, time(0), tzinfo=zone).astimezone(UTC)
    day_of = pilot.organisation.day_of
    assert pilot.stage(day_of(over - MINUTE)) == "running"
    assert pilot.week(day_of(over - MINUTE)) == 6
    assert pilot.stage(day_of(over)) == "deciding"


@pytest.mark.usefixtures("monday", "bell")
def test_an_organisation_that_moves_keeps_its_window_and_its_past(scoped: Cast) -> None:
    """At ten in the morning in UTC it is Monday's midnight on Kiritimati, and still Saturday on Niue."""
    metric, organisation = make_measured_metric(scoped), scoped.organisation
    pilot = make_pilot(scoped, "running", metric=metric)
    at = NOW + 20 * DAY

    def read(zone: str, values: int, at: datetime = at) -> tuple[date, int]:
        by, version = scoped.administrator, organisation.version
        organisation.change_settings(by=by, at=at, expected_version=version, time_zone=zone)
        bring(scoped, Metric.objects.get(), noise(values), on=at)
        found = Pilot.objects.get()
        reading = found.read(at=at)
        return reading.day, assessment.course(found, reading.day).window_points

    assert read("Europe/Berlin", 20) == (date(2026, 6, 21), 20)
    known = list(Snapshot.objects.order_by("day").values())
    frozen = pilot.frozen_points()
    assert read("Pacific/Kiritimati", 21) == (date(2026, 6, 22), 21)
    assert list(Snapshot.objects.order_by("day").values())[:-1] == known
    # What is not over yet where they live now is not read, though it was before.
    assert read("Pacific/Niue", 19) == (date(2026, 6, 20), 19)
    assert read("Pacific/Niue", 21, at + 2 * DAY) == (date(2026, 6, 22), 21)
    assert list(Snapshot.objects.order_by("day").values())[:-1] == known

    moved = Pilot.objects.get()
    assert (moved.start, moved.end, moved.frozen_points()) == (TODAY, TODAY + 42 * DAY, frozen)
    over = datetime.combine(TODAY + 42 * DAY, time(0), tzinfo=ZoneInfo("Pacific/Niue"))
    day_of = moved.organisation.day_of
    assert (moved.stage(day_of(over - MINUTE)), moved.stage(day_of(over))) == ("running", "deciding")


@pytest.mark.usefixtures("monday", "bell")
def test_that_the_six_weeks_are_over_is_told_once_also_where_the_last_day_begins_again(scoped: Cast) -> None:
    metric, organisation = make_measured_metric(scoped), scoped.organisation
    make_pilot(scoped, "running", metric=metric)
    over = NOW + 42 * DAY
    bring(scoped, metric, noise(42), on=over)

    def final(zone: str, at: datetime) -> tuple[bool, int]:
        """Whether the reading in that zone is the last one, and how often somebody was told so."""
        by, version = scoped.administrator, organisation.version
        organisation.change_settings(by=by, at=at, expected_version=version, time_zone=zone)
        reading = Pilot.objects.get().read(at=at)
        return reading.final, Notice.objects.filter(topic="decision").count()

    assert final("Europe/Berlin", over - DAY) == (False, 0)
    assert final("Pacific/Kiritimati", over) == (True, 1)
    assert final("Pacific/Niue", over) == (False, 1), "it is the day before there"
    assert final("Pacific/Niue", over + DAY) == (True, 1)
