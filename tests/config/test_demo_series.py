"""The demonstration's figures: made from a seed, always the same, and growing by the day."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.demo import flights, series
from config.demo.memory import Memory

ANCHOR = date(2026, 6, 3)


@pytest.fixture
def shared(tmp_path: Path, settings: Any) -> Path:
    settings.PILOTLIGHT_SOURCE_DIRS = [str(tmp_path / "data")]
    return tmp_path


@pytest.mark.parametrize("name", series.MADE)
def test_days_that_were_written_never_change(name: str) -> None:
    first = series.rows(name, ANCHOR, ANCHOR)
    later = series.rows(name, ANCHOR, ANCHOR + timedelta(days=40))
    assert later[: len(first)] == first
    if not series.MADE[name].silent_for:
        assert len(later) > len(first)


@pytest.mark.parametrize("name", series.MADE)
def test_nothing_is_told_of_today_or_of_a_week_that_is_not_over(name: str) -> None:
    until = ANCHOR + timedelta(days=11)
    whole = timedelta(days=7 if series.MADE[name].weekly else 1)
    last = date.fromisoformat(str(series.rows(name, ANCHOR, until)[-1]["date"]))
    assert last + whole <= until


@pytest.mark.parametrize("later", [timedelta(days=4), timedelta(weeks=30)])
def test_another_anchor_moves_the_same_figures_by_whole_weeks(later: timedelta) -> None:
    here = series.rows("first-contact", ANCHOR, ANCHOR)
    there = series.rows("first-contact", ANCHOR + later, ANCHOR + later)
    assert [row["calls"] for row in there][: len(here)] == [row["calls"] for row in here]
    weekdays = {
        date.fromisoformat(str(a["date"])) - date.fromisoformat(str(b["date"]))
        for a, b in zip(there, here, strict=False)
    }
    assert [gap.days % 7 for gap in weekdays] == [0]


def test_the_seed_still_makes_what_it_made() -> None:
    """On any machine and with any Python: the verdicts of the story hang on it."""
    told = "".join(series.as_csv(series.rows(name, ANCHOR, ANCHOR)) for name in sorted(series.MADE))
    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "934b6f138597a698"


def test_shares_are_shares() -> None:
    for row in series.rows("first-contact", ANCHOR, ANCHOR):
        assert 0 <= int(row["resolved"]) <= int(row["calls"])


def test_a_silent_series_ends_nine_days_before_the_anchor() -> None:
    rows = series.rows("picking", ANCHOR, ANCHOR + timedelta(days=30))
    assert rows[-1]["date"] == (ANCHOR - timedelta(days=9)).isoformat()


def test_real_figures_keep_their_weekday_and_their_numbers() -> None:
    rows = flights.by_carrier(ANCHOR, ANCHOR)
    assert rows[0] == {"date": "2025-12-09", "carrier": "Delta", "late": 7, "departures": 112}
    assert date.fromisoformat(str(rows[0]["date"])).weekday() == date(2013, 1, 1).weekday()
    assert all(str(row["date"]) < ANCHOR.isoformat() for row in rows)


def test_single_departures_add_up_to_the_daily_counts() -> None:
    departures = flights.jetblue(ANCHOR, ANCHOR)
    assert len(departures) == 26_704
    assert sum(int(row["minutes_late"]) > 15 for row in departures) == 6_336


def test_the_feed_answers_up_to_yesterday(shared: Path) -> None:
    assert series.feed("incidents", until=ANCHOR) is None, "before the first seeding there is nothing to tell"
    Memory(anchor=ANCHOR).keep()
    rows = series.feed("incidents", until=ANCHOR + timedelta(days=1))
    assert rows
    assert rows[-1]["date"] == ANCHOR.isoformat()
    assert set(rows[-1]) == {"date", "incidents", "hours"}
    assert series.feed("nothing-of-the-kind", until=ANCHOR) is None
