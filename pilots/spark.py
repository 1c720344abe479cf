"""The picture in a line of the portfolio, kept as what is drawn: twelve weeks before the start, and the six after it.

Six units a week from left to right, twenty from the highest to the lowest; the line breaks where a week has no value.
``templates/pilots/portfolio.html`` draws it, with the six weeks shaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from pilots.assessment import Course

BEFORE, WINDOW, STEP, HEIGHT = 12, 6, 6, 20
_LEAST: Final = 1e-12


def spark_of(course: Course) -> str:
    """The path of the weeks' means; empty where there is nothing to draw."""
    weekly = len(course.days) > 1 and (course.days[1] - course.days[0]).days == 7
    size = 1 if weekly else 7
    means = np.full((BEFORE + WINDOW) * size, np.nan)
    before = course.values[max(0, course.baseline - BEFORE * size) : course.baseline]
    after = course.values[course.baseline :][: WINDOW * size]
    middle = BEFORE * size
    means[middle - before.size : middle], means[middle : middle + after.size] = before, after
    table = means.reshape(-1, size)
    known = np.isfinite(table)
    counts = known.sum(axis=1)
    weeks = np.where(known, table, 0.0).sum(axis=1) / np.maximum(counts, 1)
    there = counts > 0
    if not there.any():
        return ""
    low, high = weeks[there].min(), weeks[there].max()
    reach = high - low
    part = (
        (weeks - low) / reach
        if reach > _LEAST * max(abs(low), abs(high), _LEAST)
        else np.full_like(weeks, 0.5)
    )
    heights = np.rint(HEIGHT * (1 - part)).astype(int).tolist()
    path, pen = [], "M"
    for number, (is_there, height) in enumerate(zip(there.tolist(), heights, strict=True)):
        if is_there:
            path.append(f"{pen}{number * STEP} {height}")
        # After the first point of a stretch, more points are more of the line.
        pen = " " if is_there else "M"
    return "".join(path)
