"""What the picture shows, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

type Point = tuple[date, float | None]
type Run = list[tuple[date, float]]

# Beyond this a float has no digits left to draw; such a value counts as missing.
LARGEST = 1e100
MOST_BEYOND = 3


@dataclass(frozen=True, slots=True)
class Words:
    """Every word in the picture. A page in another language passes its own."""

    before: str = "before the pilot"
    before_short: str = "before"
    window: str = "six weeks of the pilot"
    window_short: str = "six weeks"
    variation: str = "normal variation"
    target: str = "target"
    forecast: str = "likely end"
    mean: str = "mean of 7 days"
    nothing: str = "No figures yet"
    one_more_note: str = "and one more note"
    more_notes: str = "and {number} more notes"
    # The same in sentences.
    said_before: str = "Normal variation since {since} lies between {low} and {high}."
    said_window: str = "The six weeks of the pilot run from {start} to {last}."
    said_target: str = "The six weeks of the pilot run from {start} to {last}; the target is {target}."
    said_aim: str = "The target is {target}."
    said_now: str = "The {who} stood at {value} on {day}{where}."
    said_it: str = "It stood at {value} on {day}{where}."
    said_ordinary: str = ", inside normal variation"
    said_good: str = ", better than normal variation"
    said_concern: str = ", worse than normal variation"
    said_others: str = "The {who} stood at {value}."
    said_beyond: str = "Cut off because it lies far outside: {value} on {day}."
    said_likely: str = "At this pace the end is likely to lie between {low} and {high}."
    months: tuple[str, ...] = (
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
    )
    long_months: tuple[str, ...] = (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    )


ENGLISH = Words()


@dataclass(frozen=True)
class Picture:
    """A metric over its baseline and the six weeks of a pilot; ``end`` is exclusive.

    Without a pilot ``start`` is ``end``: the points from ``baseline_start`` on have the whole width.
    """

    points: Sequence[Point]
    baseline_start: date
    start: date
    end: date
    today: date
    comparison: Sequence[Point] = ()
    band: tuple[float, float] | None = None
    target: float | None = None
    unit: str = ""
    decimals: int = 0
    direction: str = "higher"
    pilot_label: str = "pilot team"
    comparison_label: str = "other teams"
    marks: Sequence[tuple[date, str]] = ()
    forecast: tuple[date, float, float, float] | None = None
    cadence: str = "weekly"
    words: Words = field(default=ENGLISH)

    @property
    def windowed(self) -> bool:
        """Whether there are six weeks of a pilot to show."""
        return self.start < self.end

    @cached_property
    def runs(self) -> list[Run]:
        """The pilot's points as unbroken stretches: a missing point breaks the line."""
        return _runs(self.points, self.baseline_start, self.end, self.longest_step)

    @cached_property
    def comparison_runs(self) -> list[Run]:
        return _runs(self.comparison, self.baseline_start, self.end, self.longest_step)

    @property
    def longest_step(self) -> timedelta:
        """How far apart two neighbours may be: a long weekend, or one week."""
        return timedelta(days=4 if self.cadence == "daily" else 13)

    @cached_property
    def means(self) -> list[Run]:
        """For daily figures the mean of up to seven days back, never across the start of the pilot.

        What is cut off is not in it: one wrong figure would bend a week of it.
        """
        if self.cadence != "daily":
            return []
        kept = [[point for point in run if point not in self.beyond] for run in self.runs]
        return [trailing for run in kept for part in _split(run, self.start) if (trailing := _trailing(part))]

    @cached_property
    def normal(self) -> tuple[float, float] | None:
        """The band as it is drawn and named.

        Its limits are a mean and a distance from it; for counts and shares they may lie where no value can.
        Where no point lies below 0 the band ends at 0, where no share lies above 100 % at 100.
        """
        if self.band is None or not self.runs:
            return self.band
        low, high = self.band
        values = [value for run in self.runs for _, value in run]
        if low < 0 <= high and min(values) >= 0:
            low = 0.0
        if low <= 100 < high and self.unit == "%" and max(values) <= 100:
            high = 100.0
        return low, high

    @cached_property
    def beyond(self) -> Run:
        """The one, two or three points so far outside that the scale would press all others flat.

        Further than twice what is normal, agreed and likely spans together. They are drawn at the edge, with their
        value. More of them are no exception, and the newest is never cut.
        """
        if self.normal is None or not self.runs:
            return []
        told = [*self.normal, *(() if self.target is None else (self.target,)), *(self.forecast or ())[1:]]
        low, high = min(told), max(told)
        air = 2 * (high - low)
        far = [point for run in self.runs for point in run if air and not low - air <= point[1] <= high + air]
        return far if len(far) <= MOST_BEYOND and self.runs[-1][-1] not in far else []

    @property
    def last(self) -> tuple[date, float] | None:
        """What the label at the end of the line says: the last mean of daily figures, else the last point."""
        drawn = self.means or self.runs
        return drawn[-1][-1] if drawn else None

    def tone(self, value: float) -> Literal["good", "concern", "ordinary"]:
        """Outside the band of normal variation, and on which side."""
        if self.normal is None or self.normal[0] <= value <= self.normal[1]:
            return "ordinary"
        return "good" if (value > self.normal[1]) == (self.direction == "higher") else "concern"


def _runs(points: Sequence[Point], first: date, end: date, longest: timedelta) -> list[Run]:
    runs: list[Run] = []
    current: Run = []
    for day, value in points:
        if not first <= day < end:
            continue
        missing = value is None or not isfinite(value) or abs(value) > LARGEST
        if current and (missing or day - current[-1][0] > longest):
            runs.append(current)
            current = []
        if value is not None and not missing:
            current.append((day, value))
    return [*runs, current] if current else runs


def _split(run: Run, start: date) -> list[Run]:
    before = [point for point in run if point[0] < start]
    return [part for part in (before, run[len(before) :]) if part]


def _trailing(run: Run) -> Run:
    """Means over the last seven days, from the fourth point on: fewer say little."""
    means: Run = []
    oldest, total = 0, 0.0
    for newest, (day, value) in enumerate(run):
        total += value
        while (day - run[oldest][0]).days >= 7:
            total -= run[oldest][1]
            oldest += 1
        if newest >= 3:
            means.append((day, total / (newest - oldest + 1)))
    return means
