"""Thirty days after the end: is what was found still there?

The same baseline, the same way of judging; the six weeks themselves are left out, so that only the days after them speak.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from metrics.stats import StatsError, assess
from pilots import assessment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pilots.models import Pilot

LATER: Final = timedelta(days=30)


def window(pilot: Pilot) -> tuple[date, date]:
    """The first day that is read again, and the day after the last: whole days or whole weeks."""
    assert pilot.end and pilot.metric
    step = pilot.metric.rhythm.step
    return pilot.end, pilot.end + (LATER // step) * step


def due_on(pilot: Pilot) -> date:
    """The day on which the last of them has come, or its usual delay has passed."""
    assert pilot.metric
    return window(pilot)[1] + timedelta(days=pilot.metric.delay_days)


def read_again(pilot: Pilot, frozen: dict[str, Any]) -> dict[str, Any]:
    """What the thirty days say beside what was ``frozen`` at the decision, as plain facts."""
    assert pilot.metric and pilot.target is not None
    begin, until = window(pilot)
    told: dict[str, Any] = {"first": begin, "last": until - timedelta(days=1), "says": "cannot_tell"}
    course = _without_window(pilot, begin, until)
    points = int((~_missing(course.values[course.baseline :])).sum())
    try:
        design = assessment.design_of(course, pilot.metric, pilot.target, 0)
        said = assess(
            course.values, design, numerator=course.numerators, denominator=course.denominators, comparison=course.comparison
        )  # fmt: skip
    except StatsError as error:
        return {**told, "points": points, "refused": str(error)}
    per = pilot.metric.per
    figures = {
        name: None if value is None else value * per
        for name, value in (
            ("estimate", said.estimate), ("low", said.low), ("high", said.high), ("baseline_mean", said.baseline_mean)
        )
    }  # fmt: skip
    says = compare(frozen["reading"], figures, sign=pilot.metric.sign)
    return {**told, **figures, "points": points, "says": says}


def compare(then: dict[str, Any], now: dict[str, Any], *, sign: int) -> str:
    """What became of it, never stronger than the interval: ``then`` is the frozen reading, ``now`` has low and high."""
    if now["low"] is None or now["high"] is None:
        return "cannot_tell"
    low, high = sorted((sign * now["low"], sign * now["high"]))
    was, verdict = sign * (then.get("estimate") or 0.0), then["verdict"]
    if verdict in {"reached", "short"}:
        if low > 0:
            return "still_there" if high >= was else "still_there_less"
        return "turned" if high < 0 else "faded" if high < was else "cannot_tell"
    if verdict == "wrong_way":
        if high < 0:
            return "harm_still_there"
        return "turned_good" if low > 0 else "harm_gone" if low > was else "cannot_tell"
    return "moved_since" if low > 0 else "worse_since" if high < 0 else "still_nothing"


def _without_window(pilot: Pilot, begin: date, until: date) -> assessment.Course:
    """Baseline and the days after the end; what came in between counts as missing."""
    course = assessment.course(pilot, until, pilot.frozen_points(), until=until)
    between = slice(course.baseline, sum(day < begin for day in course.days))
    kept: dict[str, Any] = {}
    for name in ("values", "numerators", "denominators", "comparison"):
        column = getattr(course, name)
        if column is not None:
            column = column.copy()
            column[between] = math.nan
        kept[name] = column
    return replace(course, **kept)


def _missing(column: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.isnan(column)
