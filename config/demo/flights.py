"""The real series of the demonstration: departures from New York in 2013, their dates shifted to today.

Public domain; ``data/README.md`` says where they come from. Nobody ran a training pilot there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from config.demo.series import WEEK, Row, monday

DATA: Final = Path(__file__).parent / "data"
#: A Monday of 2013 and the weeks from the anchor's Monday that it is shifted to. By whole weeks, so that a
#: Friday stays a Friday. Carriers go on for half a year; of JetBlue's single departures there is June at most.
CARRIERS_SHIFT: Final = (date(2013, 6, 24), 0)
JETBLUE_SHIFT: Final = (date(2013, 5, 20), -9)


def by_carrier(anchor: date, until: date) -> list[Row]:
    """Departures, and those more than 15 minutes late, per carrier and day."""
    found: list[Row] = []
    for row in _rows("departures_by_carrier_2013.csv"):
        day = _shifted(row["date"], anchor, CARRIERS_SHIFT)
        if day < until:
            counts: Row = {"late": int(row["late"]), "departures": int(row["departures"])}
            found.append({"date": day.isoformat(), "carrier": row["carrier"], **counts})
    return found


def jetblue(anchor: date, until: date) -> list[Row]:
    """One row for each departure: its day and how many minutes late it left (below zero: early)."""
    found: list[Row] = []
    for row in _rows("jetblue_departures_2013.csv"):
        day = _shifted(row["date"], anchor, JETBLUE_SHIFT)
        if day < until:
            delays = row["delays_in_minutes"].split()
            found += [{"date": day.isoformat(), "minutes_late": int(minutes)} for minutes in delays]
    return found


def _shifted(day: str, anchor: date, shift: tuple[date, int]) -> date:
    then, weeks = shift
    return date.fromisoformat(day) + (monday(anchor) + weeks * WEEK - then)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        yield from csv.DictReader(file)
