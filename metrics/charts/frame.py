"""The room of the picture: where a day and a value lie on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from metrics.charts.picture import LARGEST
from metrics.charts.text import clean, figure, number, short, trimmed, width

if TYPE_CHECKING:
    from metrics.charts.picture import Picture, Run


@dataclass(frozen=True, slots=True)
class Format:
    """A size of drawing, in its own pixels."""

    width: float
    height: float  # of the room for the lines
    size: float  # of the type
    share: float  # the least part of the width that the six weeks get
    longest: float  # line of words
    gutter: bool  # words stand to the right of the lines, not among them


WIDE = Format(width=960, height=290, size=14, share=0.3, longest=148, gutter=True)
NARROW = Format(width=340, height=220, size=12.5, share=0.44, longest=112, gutter=False)


@dataclass(frozen=True, slots=True)
class Frame:
    left: float
    right: float
    top: float
    bottom: float
    low: float
    high: float
    baseline_start: date
    start: date
    end: date
    middle: float  # x of the first day of the pilot; without one, the right edge
    half: float  # of the time one point stands for, in days

    def x(self, day: date, shift: float = 0.0) -> float:
        """The six weeks may be drawn wider than the time before them; within each, a day is a day."""
        since = (day - self.start).days + shift
        if since >= 0:
            return self.middle + (self.right - self.middle) * since / max((self.end - self.start).days, 1)
        before = max((self.start - self.baseline_start).days, 1)
        return self.middle + (self.middle - self.left) * since / before

    def y(self, value: float) -> float:
        """A value beyond the scale lies at its edge."""
        value = min(max(value, self.low), self.high)
        return self.bottom - (value - self.low) / (self.high - self.low) * (self.bottom - self.top)

    def place(self, run: Run) -> list[tuple[float, float]]:
        return [(self.x(day, self.half), self.y(value)) for day, value in run]


def frame(picture: Picture, form: Format, *, left: float, right: float, above: float, below: float) -> Frame:
    """``above`` and ``below``: room for words over and under the lines; the picture grows by it."""
    low, high = reach(picture)
    a_pixel = (high - low) / form.height
    low, high = low - below * a_pixel, high + above * a_pixel
    top = form.size * (2 if picture.windowed else 0.9)
    before = max((picture.start - picture.baseline_start).days, 0)
    window = max((picture.end - picture.start).days, 1)
    share = max(window / (before + window), form.share) if before else 1.0
    if not picture.windowed:
        share = 0.0
    return Frame(
        left=left,
        right=right,
        top=top,
        bottom=top + form.height + above + below,
        low=low,
        high=high,
        baseline_start=picture.baseline_start,
        start=picture.start,
        end=picture.end,
        middle=right - (right - left) * share,
        half=0.5 if picture.cadence == "daily" else 3.5,
    )


def reach(picture: Picture) -> tuple[float, float]:
    """The lowest and highest value that has to be seen, with some air."""
    values = [
        point[1]
        for run in (*picture.runs, *picture.comparison_runs)
        for point in run
        if point not in picture.beyond
    ]
    values += [v for v in (*(picture.normal or ()), picture.target) if v is not None]
    if picture.forecast:
        values += picture.forecast[1:]
    values = [value for value in values if abs(value) <= LARGEST]
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low <= max(abs(high), abs(low)) * 1e-9:  # A constant series lies in the middle.
        air = abs(high) * 0.1 or 1.0
        return low - air, high + air
    air = (high - low) * 0.08
    return low - air, high + air


def ticks(low: float, high: float, room: float, distance: float = 46) -> tuple[list[float], int]:
    """Round values that fit the range, and the decimals they need."""
    raw = (high - low) / max(room / distance, 1)
    power = 10.0 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    decimals = max(0, -floor(log10(step) + 1e-9))
    if abs(step / 10.0**-decimals % 1) > 1e-6 and abs(step / 10.0**-decimals % 1) < 1 - 1e-6:
        decimals += 1
    first = ceil(low / step - 1e-9)
    return [n * step for n in range(first, floor(high / step + 1e-9) + 1)][:20], decimals


def tick_words(values: list[float], decimals: int, unit: str) -> list[str]:
    """The highest carries the unit, if that is short: the words at the lines have it too."""
    if not values:
        return []
    unit = unit if len(unit := clean(unit)) <= 5 else ""
    largest = max(abs(values[0]), abs(values[-1]))
    if 1e6 <= largest < 1e15:
        return [trimmed(value, unit if value == values[-1] else "", decimals) for value in values]
    return [*(number(value, decimals) for value in values[:-1]), figure(values[-1], unit, decimals)]


def days(picture: Picture, room: Frame, size: float) -> list[tuple[float, str, str]]:
    """The dates below the picture as (x, words, anchor): first the six weeks, then back from their start."""
    months = picture.words.months
    earlier = _before(picture, room, size)
    last = picture.end - timedelta(days=1)
    told = picture.windowed or any(words.endswith(str(last.year)) for _, words, _ in earlier)
    words = short(last, months, year=not told)
    found = [(room.right, words, "end")]
    taken = room.right - width(words, size) - 8
    if not picture.windowed:
        return found + [tick for tick in earlier if _reaches(tick, size) < taken]
    weeks = max((picture.end - picture.start).days // 7, 1)
    cell = (room.right - room.middle) / weeks
    every = next((n for n in (1, 2, 3) if n * cell >= width("30 Sep", size) + 14), weeks)
    for week in range(0, weeks, every):
        day = picture.start + timedelta(weeks=week)
        words = short(day, months)
        x, half = room.middle + week * cell, width(words, size) / 2
        if x + half < taken:
            found.append((x, words, "middle"))
    return found + earlier


def _reaches(tick: tuple[float, str, str], size: float) -> float:
    x, words, anchor = tick
    return x + width(words, size) * (1.0 if anchor == "start" else 0.5)


def _before(picture: Picture, room: Frame, size: float) -> list[tuple[float, str, str]]:
    months = picture.words.months
    least = width("30 Sep 2026", size) + 16
    total = (picture.start - picture.baseline_start).days
    if total <= 0:
        return []
    a_day = (room.middle - room.left) / total
    step = next((n for n in (1, 2, 4, 8, 13, 26, 52) if n * 7 * a_day >= least), None)
    if step is None:
        return []
    found = []
    count = total // (step * 7)
    for n in range(count, 0, -1):
        day = picture.start - timedelta(weeks=step * n)
        # The year stands once, and again where it changes.
        new = n == count or day.year != (day - timedelta(weeks=step)).year
        words = short(day, months, year=new)
        half = width(words, size) / 2
        x = room.x(day)
        found.append((2.0, words, "start") if x - half < 2 else (x, words, "middle"))
    return found
