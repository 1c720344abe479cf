"""The picture in a line of the portfolio, kept as what is drawn: twelve weeks before the start, and the six after it.

Six units a week from left to right, twenty from the highest to the lowest; the line breaks where a week has no value.
``templates/pilots/portfolio.html`` draws it, with the six weeks shaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilots.assessment import Course

BEFORE, WINDOW, STEP, HEIGHT = 12, 6, 6, 20
_LEAST: Final = 1e-12


def sparks_of(courses: Sequence[Course]) -> list[str]:
    """The paths of the weeks' means; empty where there is nothing to draw."""
    weeks = np.array([_weeks(course) for course in courses]).reshape(-1, BEFORE + WINDOW, 7)
    known = np.isfinite(weeks)
    counts = known.sum(axis=2)
    means = np.where(known, weeks, 0.0).sum(axis=2) / np.maximum(counts, 1)
    there = counts > 0
    low = np.where(there, means, np.inf).min(axis=1, keepdims=True)
    high = np.where(there, means, -np.inf).max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        reach = high - low
        varies = reach > _LEAST * np.maximum(np.maximum(abs(low), abs(high)), _LEAST)
        part = np.where(varies, (means - low) / reach, 0.5)
    heights = np.rint(HEIGHT * (1 - np.where(there, part, 0.5))).astype(int)
    return [_path(*row) for row in zip(there.tolist(), heights.tolist(), strict=True)]


def _weeks(course: Course) -> NDArray[np.float64]:
    """The values of the weeks that are drawn, seven a week; of a weekly metric the first of seven."""
    weekly = len(course.days) > 1 and (course.days[1] - course.days[0]).days == 7
    size = 1 if weekly else 7
    found = np.full((BEFORE + WINDOW, 7), np.nan)
    values = np.full((BEFORE + WINDOW) * size, np.nan)
    before = course.values[max(0, course.baseline - BEFORE * size) : course.baseline]
    after = course.values[course.baseline :][: WINDOW * size]
    middle = BEFORE * size
    values[middle - before.size : middle], values[middle : middle + after.size] = before, after
    found[:, :size] = values.reshape(-1, size)
    return found


def _path(there: list[bool], heights: list[int]) -> str:
    path, pen = [], "M"
    for number, (is_there, height) in enumerate(zip(there, heights, strict=True)):
        if is_there:
            path.append(f"{pen}{number * STEP} {height}")
        # After the first point of a stretch, more points are more of the line.
        pen = " " if is_there else "M"
    return "".join(path)
