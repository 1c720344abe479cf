"""The six-week clock: which week it is, and what comes on which day. Told from the start alone, without a query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from pilots.models import Pilot

MIDDLE: Final = timedelta(weeks=3)
AFTERWARDS: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Date:
    """One of a pilot's dates. ``state``: done, next or to come."""

    code: str
    day: date
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` in a few words, and the dates in order."""

    now: str
    dates: list[Date]


def clock_of(pilot: Pilot, today: date) -> Clock | None:
    """The clock of a pilot that has a first day and was not given up; None for another."""
    if pilot.start is None or pilot.has("cancel"):
        return None
    known = [(code, day) for code, day in days_of(pilot) if code != "decision" or not pilot.has("stop")]
    ahead = next((day for _code, day in known if day > today), None)
    dates = [
        Date(code, day, words_of(code), "next" if day == ahead else "done" if day <= today else "todo")
        for code, day in known
    ]
    return Clock(_now(pilot, today), dates)


def days_of(pilot: Pilot) -> list[tuple[str, date]]:
    """What comes when: launch, middle, decision, and the second look thirty days after the end."""
    assert pilot.start and pilot.end
    return [
        ("launch", pilot.start),
        ("middle", pilot.start + MIDDLE),
        ("decision", pilot.end),
        ("afterwards", pilot.end + AFTERWARDS),
    ]


def words_of(code: str) -> str:
    match code:
        case "launch":
            return _("first day")
        case "middle":
            return _("middle")
        case "decision":
            return _("decision")
    return _("thirty days after")


def _now(pilot: Pilot, today: date) -> str:
    match pilot.stage(today).value:
        case "planning":
            return _("In planning")
        case "running" if week := pilot.week(today):
            return _("Week %(week)s of 6") % {"week": week}
        case "running":
            return _("Launched")
        case "deciding":
            return _("To be decided")
    return _("Closed")
