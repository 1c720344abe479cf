"""What a person should look at before they keep figures: gaps, leaps, a flat line, shares that are not in per cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

# A change of unit multiplies by 10, 60, 100 or 1,000; business does not from one point to the next.
LEAP = 10.0
_AROUND = 5
_FLAT = 10


@dataclass(frozen=True, slots=True)
class Gap:
    """Days (or weeks) without a value, from the first to the last missing one."""

    first: date
    last: date
    points: int


@dataclass(frozen=True, slots=True)
class Leap:
    """From this day on the values are so many times as large (or as small) as before."""

    day: date
    before: float
    after: float


type Point = tuple[date, float]


def gaps(points: Sequence[Point], step: timedelta) -> list[Gap]:
    """Where values are missing. Weekends that are missing throughout are no gaps: nobody works then."""
    days = [day for day, _value in points]
    five_days = step.days == 1 and all(day.weekday() < 5 for day in days)
    found = []
    for before, after in pairwise(days):
        missing = [before + step * n for n in range(1, (after - before) // step)]
        if five_days:
            missing = [day for day in missing if day.weekday() < 5]
        if missing:
            found.append(Gap(missing[0], missing[-1], len(missing)))
    return found


def leap(points: Sequence[Point]) -> Leap | None:
    """The first place where the level before and the level after differ tenfold or more."""
    values = [value for _day, value in points]
    for place in range(3, len(values) - 2):
        before = median(values[max(0, place - _AROUND) : place])
        after = median(values[place : place + _AROUND])
        low, high = sorted((abs(before), abs(after)))
        if low > 0 and high / low > LEAP and _is_edge(values, place):
            return Leap(points[place][0], before, after)
    return None


def _is_edge(values: Sequence[float], place: int) -> bool:
    """Whether it is here that the level changes, and not a point further."""
    low, high = sorted((abs(values[place - 1]), abs(values[place])))
    return low == 0 or high / low > LEAP / 2


def is_flat(points: Sequence[Point]) -> bool:
    """The same value all along: more often a broken export than a business."""
    return len(points) >= _FLAT and len({value for _day, value in points}) == 1


def may_be_fractions(points: Sequence[Point], unit: str) -> bool:
    """Values between 0 and 1 for a metric in per cent: Excel stores 22 % as 0.22."""
    values = [value for _day, value in points]
    return "%" in unit and len(values) >= 3 and all(0 <= value <= 1 for value in values) and max(values) > 0
