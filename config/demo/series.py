"""The demonstration's figures: generated ones from one seed, real ones shifted to today, and the feed.

A generated value is a pure function of its series' name and of its day's distance from the anchor, the day
on which the demonstration was first seeded. So days that were written once never change, and each start, or
each question to the feed, adds those that have passed since. ``docs/demo.md`` says what is real and what is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from statistics import NormalDist
from typing import Final, Literal

from config.demo.memory import recall

SEED: Final = "pilotlight 2031"
WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)
OFFICE: Final = (1.1, 1.05, 1.0, 1.0, 0.95, 0.12, 0.08)
SHIFTS: Final = (1.05, 1.0, 1.0, 1.0, 1.05, 0.55, 0.45)
COUNTER: Final = (0.9, 0.9, 0.95, 1.0, 1.15, 1.3, 0.8)

type Row = dict[str, str | int | float]


@dataclass(frozen=True)
class Population:
    """One group of a series: how far it lies from the series' level, how large it is, what the pilot did."""

    name: str = ""
    offset: float = 0.0
    size: float = 1.0
    lift: float = 0.0
    begins: int = 0  # weeks from the anchor's Monday


@dataclass(frozen=True)
class Made:
    """A generated series: level, slow noise (AR(1)), weekdays, and how many cases or hours a day has."""

    kind: Literal["share", "rate", "mean"]
    columns: tuple[str, ...]
    level: float
    sd: float
    cases: float = 0.0
    rho: float = 0.3
    load: tuple[float, ...] = OFFICE
    weekdays: tuple[float, ...] = (0.0,) * 7
    weekly: bool = False
    weeks: int = 44
    populations: tuple[Population, ...] = (Population(),)
    silent_for: int = 0  # days before the anchor since which nothing comes


MADE: Final[dict[str, Made]] = {
    "win-rate": Made(
        "share", ("won", "closed"), 0.22, 0.010, cases=26, weekly=True, weeks=60,
        populations=(Population("Mid-market", lift=0.06, begins=1), Population("Other segments", 0.03, 1.6)),
    ),
    "first-contact": Made(
        "share", ("resolved", "calls"), 0.62, 0.020, cases=170, weekdays=(-0.02, -0.005, 0.0, 0.01, 0.01, 0.01, 0.0),
        load=SHIFTS,
        populations=(Population("Billing", lift=0.100, begins=-11), Population("Other teams", 0.005, 2.2)),
    ),
    "incidents": Made("rate", ("incidents", "hours"), 0.0042, 0.0003, cases=2600, load=SHIFTS,
                      populations=(Population(lift=-0.0014, begins=-4),)),
    "productive": Made(
        "share", ("productive", "starters"), 0.48, 0.012, cases=9, weekly=True, weeks=60, load=(1,) * 5 + (0, 0),
        populations=(Population(lift=0.14, begins=4),),
    ),
    "service-minutes": Made("mean", ("minutes",), 21.4, 1.1, weekdays=(0.9, 0.3, 0.0, -0.2, -0.3, -0.6, -0.4)),
    "picking": Made(
        "share", ("right", "orders"), 0.958, 0.004, cases=900, load=SHIFTS,
        populations=(Population(lift=0.011, begins=-3),), silent_for=9,
    ),
    "invoices": Made("share", ("sent_back", "invoices"), 0.122, 0.010, cases=290,
                     populations=(Population(lift=-0.026, begins=-6),)),
    "reopened": Made("share", ("reopened", "complaints"), 0.141, 0.008, cases=210,
                     populations=(Population(lift=0.034, begins=-12),)),
    "same-day": Made("share", ("same_day", "requests"), 0.57, 0.018, cases=120),
    "order-value": Made("mean", ("euros",), 24.6, 0.75, load=COUNTER,
                        weekdays=(-0.5, -0.4, -0.2, 0.0, 0.4, 0.7, 0.2)),
    "corrections": Made("share", ("corrected", "bookings"), 0.062, 0.003, cases=640, weeks=60),
    "survey-orders": Made("share", ("orders", "surveys"), 0.32, 0.004, cases=60, weekly=True, weeks=60,
                          populations=(Population(lift=0.08, begins=-32),)),
    "damages": Made("rate", ("damages", "km"), 0.00008, 0.000002, cases=130_000, load=SHIFTS, weeks=50,
                    populations=(Population(lift=-0.000026, begins=-27),)),
    "second-day": Made("share", ("came_back", "temps"), 0.71, 0.004, cases=110, load=SHIFTS, weekly=True, weeks=60,
                       populations=(Population(lift=0.05, begins=-24),)),
    "findings": Made("share", ("with_finding", "files"), 0.18, 0.006, cases=90,
                     populations=(Population(lift=-0.053, begins=-20),)),
    "builds": Made("share", ("broken", "changes"), 0.21, 0.008, cases=190),
    "first-reply": Made("mean", ("value",), 47.0, 3.2, rho=0.4, weeks=26),
    "vendor-cost": Made("mean", ("value",), 11_400.0, 620.0, weekly=True, weeks=30),
}  # fmt: skip


# --- generated ------------------------------------------------------------------------------------


def feed(name: str, until: date) -> Sequence[Row] | None:
    """A generated series as a business system's address would answer: up to the day before ``until``.

    None when there is no series of this name, or no demonstration yet.
    """
    memory = recall()
    return rows(name, memory.anchor, until) if memory and name in MADE else None


def monday(anchor: date) -> date:
    """The Monday of the anchor's week: what starts and effects are counted from, in whole weeks."""
    return anchor - timedelta(days=anchor.weekday())


@lru_cache(maxsize=32)
def rows(name: str, anchor: date, until: date) -> Sequence[Row]:
    """All rows of a generated series before ``until``, oldest first."""
    made = MADE[name]
    first = monday(anchor) - made.weeks * WEEK
    if made.silent_for:
        until = min(until, anchor - made.silent_for * DAY + DAY)
    count = (until - first).days
    shocks = _slow_noise(name, made, count)
    found = []
    for start in range(0, count, 7) if made.weekly else range(count):
        days = range(start, start + (7 if made.weekly else 1))
        if days[-1] < count:
            found += [_row(name, made, group, first, days, shocks) for group in made.populations]
    return found


def _row(name: str, made: Made, group: Population, first: date, days: range, shocks: list[float]) -> Row:
    when: Row = {"date": (first + days[0] * DAY).isoformat()}
    if group.name:
        when["team"] = group.name
    figures = [_day(name, made, group, day, shocks[day]) for day in days]
    if made.kind == "mean":
        return {**when, made.columns[0]: round(figures[0][0], 2)}
    totals = (round(sum(column), 1) for column in zip(*figures, strict=True))
    return {**when, **{column: _whole(total) for column, total in zip(made.columns, totals, strict=True)}}


def _day(name: str, made: Made, group: Population, day: int, shock: float) -> tuple[float, float]:
    """Numerator and denominator of a day, or its mean with 1."""
    generator = Random(f"{SEED}/{name}/{group.name}/{day}")  # noqa: S311 - made figures, no secret
    effect = group.lift if day >= (made.weeks + group.begins) * 7 else 0.0
    level = made.level + group.offset + made.weekdays[day % 7] + shock + effect
    if made.kind == "mean":
        return level, 1.0
    size = made.cases * group.size * made.load[day % 7] * (0.92 + 0.16 * generator.random())
    if made.kind == "rate":
        return _poisson(level * size, generator.random()), round(size, 1)
    return _binomial(level, round(size), generator.random()), round(size)


def _slow_noise(name: str, made: Made, count: int) -> list[float]:
    """AR(1) noise of the level, shared by the series' populations: what happens to all of them."""
    generator = Random(f"{SEED}/{name}")  # noqa: S311
    noise, fresh, now = [], made.sd * math.sqrt(1 - made.rho**2), 0.0
    for _day_number in range(count):
        now = made.rho * now + fresh * _normal(generator.random())
        noise.append(now)
    return noise


# Only ``random()`` is promised to stay the same from one Python to the next; these build on it alone.


def _normal(uniform: float) -> float:
    return NormalDist().inv_cdf(min(max(uniform, 1e-12), 1 - 1e-12))


def _binomial(share: float, cases: int, uniform: float) -> int:
    share = min(max(share, 0.0), 1.0)
    guess = cases * share + math.sqrt(cases * share * (1 - share)) * _normal(uniform)
    return min(max(round(guess), 0), cases)


def _poisson(mean: float, uniform: float) -> int:
    events, chance = 0, math.exp(-mean)
    total = chance
    while uniform > total and events < 10 * mean + 50:
        events += 1
        chance *= mean / events
        total += chance
    return events


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number


# --- as files -------------------------------------------------------------------------------------


def as_csv(table: Sequence[Row]) -> str:
    return "\n".join(_lines(table)) + "\n"


def _lines(table: Sequence[Row]) -> Iterator[str]:
    yield ",".join(table[0])
    for row in table:
        yield ",".join(map(str, row.values()))
