"""One picture to vary, and the states it can be in."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from metrics.charts import Picture

START = date(2026, 11, 23)
WEEK = timedelta(weeks=1)


def series(
    first: date, count: int, step: int, mean: float, spread: float, *, lift: float = 0, seed: int = 3
) -> list[tuple[date, float]]:
    dice = random.Random(seed)
    days = [first + timedelta(days=n * step) for n in range(count)]
    return [(day, dice.gauss(mean, spread) + (lift if day >= START else 0)) for day in days]


RUNNING = Picture(
    points=series(START - 20 * WEEK, 24, 7, 22, 1.4),
    baseline_start=START - 20 * WEEK,
    start=START,
    end=START + 6 * WEEK,
    today=START + timedelta(days=25),
    band=(18.2, 25.6),
    target=27,
    unit="%",
    decimals=1,
    marks=[
        (START + timedelta(days=8), "login problem"),
        (START + timedelta(days=17), "team leads ran one call together"),
    ],
    forecast=(START + 6 * WEEK, 20.1, 21.9, 23.5),
)
ENDED = replace(
    RUNNING,
    points=series(START - 20 * WEEK, 26, 7, 62, 1.5, lift=9),
    comparison=series(START - 20 * WEEK, 26, 7, 62, 1.5, seed=9),
    today=START + 6 * WEEK,
    band=(58.4, 65.7),
    target=70,
    forecast=None,
)


def without_a_pilot(picture: Picture) -> Picture:
    """The same points on the page of their metric."""
    end = picture.points[-1][0] + (timedelta(days=1) if picture.cadence == "daily" else WEEK)
    return replace(
        picture, comparison=(), target=None, forecast=None, marks=(), pilot_label="", start=end, end=end
    )


LONG = START - timedelta(days=126)
DAILY = replace(
    RUNNING,
    points=series(LONG, 150, 1, 41, 5, lift=-7),
    comparison=series(LONG, 150, 1, 42, 4, seed=13),
    baseline_start=LONG,
    band=(27, 55),
    target=33,
    unit="min",
    direction="lower",
    cadence="daily",
    forecast=(START + 6 * WEEK, 31, 35, 39),
)
STATES = {
    "running": RUNNING,
    "ended": ENDED,
    "daily": DAILY,
    "daily, ended": replace(
        DAILY, points=series(LONG, 168, 1, 41, 5, lift=9), today=START + 6 * WEEK, forecast=None
    ),
    "wrong way": replace(ENDED, direction="lower", target=57),
    "before the start": replace(
        RUNNING, points=RUNNING.points[:20], today=START - WEEK, forecast=None, marks=()
    ),
    "gaps": replace(
        RUNNING, points=[(d, None if n in (4, 12, 21) else v) for n, (d, v) in enumerate(RUNNING.points)]
    ),
    "close values": replace(ENDED, points=series(START - 20 * WEEK, 26, 7, 62, 1.5, lift=3), target=65.2),
    "nothing": replace(RUNNING, points=(), band=None, target=None, forecast=None, marks=()),
    "nothing but a target": replace(RUNNING, points=(), band=None, forecast=None),
    "one point": replace(RUNNING, points=RUNNING.points[:1], band=None, target=None, forecast=None),
    "constant": replace(
        RUNNING, points=[(d, 100.0) for d, _ in RUNNING.points], band=(100, 100), target=100, forecast=None
    ),
    "huge": replace(
        ENDED,
        points=[(d, v * 1e18) for d, v in ENDED.points if v],
        comparison=(),
        band=(58e18, 66e18),
        target=7e19,
    ),
    "millions": replace(
        ENDED,
        points=[(d, v * 2e5) for d, v in ENDED.points if v],
        comparison=(),
        band=None,
        target=14e6,
        unit="€",
    ),
    "tiny": replace(
        ENDED,
        points=[(d, v * 1e-9) for d, v in ENDED.points if v],
        comparison=(),
        band=None,
        target=7e-8,
        decimals=9,
    ),
    "negative": replace(
        ENDED,
        points=[(d, -v) for d, v in ENDED.points if v],
        comparison=(),
        band=(-66, -58),
        target=-50,
        unit="€",
    ),
    "no baseline": replace(RUNNING, baseline_start=START, points=RUNNING.points[20:], band=None),
    "a year before": replace(
        RUNNING, baseline_start=START - 52 * WEEK, points=series(START - 52 * WEEK, 55, 7, 22, 1.4)
    ),
    "many notes": replace(
        RUNNING, marks=[(START + timedelta(days=3 * n), f"note {n}, a rather long one") for n in range(9)]
    ),
}
ALONE = without_a_pilot(RUNNING)
STATES |= {
    "without a pilot": ALONE,
    "without a pilot, daily": without_a_pilot(DAILY),
    "without a pilot, labelled": replace(ALONE, pilot_label="pilot team", target=27),
    "without a pilot, outside": replace(ALONE, band=(20.6, 22.8)),
    "without a pilot, clipped": replace(ALONE, band=(-3.2, 104.5)),
    "without a pilot, two points": replace(
        ALONE, points=ALONE.points[-2:], baseline_start=ALONE.points[-2][0]
    ),
    "without a pilot, three days": without_a_pilot(
        replace(DAILY, points=DAILY.points[-3:], baseline_start=DAILY.points[-3][0])
    ),
    "without a pilot, over new year": replace(
        ALONE,
        points=[(day + 8 * WEEK, value) for day, value in ALONE.points],
        baseline_start=ALONE.baseline_start + 8 * WEEK,
        start=ALONE.end + 8 * WEEK,
        end=ALONE.end + 8 * WEEK,
    ),
    "without a pilot, nothing": replace(ALONE, points=(), band=None),
}


@pytest.fixture(params=STATES, ids=lambda name: name.replace(" ", "-").replace(",", ""))
def picture(request: pytest.FixtureRequest) -> Picture:
    return STATES[request.param]


@pytest.fixture(params=["wide", "narrow"])
def width(request: pytest.FixtureRequest) -> str:
    return str(request.param)
