"""The series that the goals of the verdict are measured on: simulated pilots of SD 1, and real ones of airlines."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from metrics.stats import Design

type Floats = NDArray[np.float64]

MOST_DAYS: Final = 0.8
DAILY, WEEKLY, LONG = (60, 42), (12, 6), (26, 6)
FLIGHTS: Final = Path(__file__).resolve().parent / "data" / "flights_by_carrier_2013.csv"


@dataclass(frozen=True, slots=True)
class Cell:
    """Pilots of one shape: points, autocorrelation, weekdays, drift, effect."""

    shape: tuple[int, int]
    rho: float = 0.0
    effect: float = 0.0
    season: bool = False
    drift: float = 0.0

    def series(self, pilots: int, seed: int = 1) -> Floats:
        n0, m = self.shape
        fresh = np.random.default_rng(seed).standard_normal((pilots, n0 + m))
        y = fresh.copy()
        for t in range(1, n0 + m):
            y[:, t] = self.rho * y[:, t - 1] + np.sqrt(1 - self.rho**2) * fresh[:, t]
        t = np.arange(n0 + m)
        if self.season:
            y += np.array([0.6, 0.4, 0.2, 0.0, -0.2, -1.2, -1.4])[t % 7]
        return y + self.drift * t / m + self.effect * (t >= n0)

    def design(self, *, drift: float = 0.25, target: float | None = None) -> Design:
        n0, m = self.shape
        daily = self.shape == DAILY
        return Design(
            cadence="daily" if daily else "weekly", baseline=n0, window=m, drift=drift,
            target=target or (1.0 if daily else 2.0),
        )  # fmt: skip


def many_pilots(
    shape: tuple[int, int], effect: float, shared: float, seed: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Two hundred pilots, two in five with the effect; ``shared`` of their noise is one and the same for all."""
    pilots = 200
    own = Cell(shape).series(pilots, seed=100 + seed)
    common = Cell(shape).series(1, seed=5000 + seed)
    real = np.arange(pilots) >= 0.6 * pilots
    y = np.sqrt(1 - shared) * own + np.sqrt(shared) * common
    return y + effect * real[:, None] * (np.arange(sum(shape)) >= shape[0]), real


def flights() -> tuple[Floats, Floats]:
    """Late departures and all departures, carriers x days, of the carriers that fly on most days."""
    with FLIGHTS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names, days = sorted({row["carrier"] for row in rows}), sorted({row["date"] for row in rows})
    late, everything = np.full((len(names), len(days)), np.nan), np.full((len(names), len(days)), np.nan)
    for row in rows:
        at = names.index(row["carrier"]), days.index(row["date"])
        late[at], everything[at] = float(row["late_departures"]), float(row["departures"])
    daily = np.isfinite(late).mean(axis=1) > MOST_DAYS
    return late[daily], everything[daily]
