"""Simulated pilots without effect, judged as real ones will be: by how much must an effect exceed chance?"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
import scipy

from .arrays import FloatArray
from .design import WEEK, Design
from .final import RHOS, fit_final
from .panel import Panel
from .points import Points

PILOTS: Final = 1500
SEED: Final = 20240229
ROUNDED: Final = 6 * WEEK
EVERY: Final = 2
"""Every second rho of the grid is simulated; its neighbours share their weight between both sides."""
LEVELS: Final = (np.arange(9) + 0.5) / 9
RANGE: Final = (0.1, 0.9)


@dataclass(frozen=True, eq=False)
class Doubt:
    """How little a baseline knows of its own noise: each rho with its weight and SD, channel units, on `nu`
    degrees of freedom."""

    rhos: FloatArray
    weights: FloatArray
    sds: FloatArray
    nu: int

    def smallest(self, table: FloatArray, chance: float) -> float:
        """The effect, channel units, that is shown with this chance: a quantile of the weighted misses."""
        needed = (table * self.sds[:, None]).ravel()
        weights = np.repeat(self.weights / table.shape[1], table.shape[1])
        order = np.argsort(needed)
        at = int(np.searchsorted(np.cumsum(weights[order]), chance))
        return max(float(needed[order][min(at, needed.size - 1)]), 0.0)

    def chance(self, table: FloatArray, effect: float) -> tuple[float, float, float]:
        """The chance that this effect is shown: low, middle, high of what rho and SD may be."""
        spread = np.sqrt(self.nu / scipy.special.chdtri(self.nu, LEVELS))
        sizes = effect / (self.sds[:, None] * spread)
        found = np.stack(
            [np.searchsorted(row, size) / row.size for row, size in zip(table, sizes, strict=True)]
        )
        weights = np.broadcast_to(self.weights[:, None] / LEVELS.size, found.shape).ravel()
        order = np.argsort(found.ravel())
        total = np.cumsum(weights[order])
        low, high = (found.ravel()[order][min(int(np.searchsorted(total, q)), total.size - 1)] for q in RANGE)
        return float(low), float(weights @ found.ravel()), float(high)

    def scaled(self, factor: float) -> "Doubt":
        """The same noise, smaller."""
        return replace(self, sds=self.sds * factor)

    def finer(self, parts: int) -> "Doubt":
        """The noise of points that last a part of the time, if those do not resemble their neighbours."""
        first = np.zeros_like(self.weights)
        first[0] = 1.0
        pooled = float(np.sqrt(self.weights @ self.sds**2))
        return Doubt(self.rhos, first, np.full_like(self.sds, pooled * np.sqrt(parts)), self.nu)


def doubt(rhos: FloatArray, weights: FloatArray, sds: FloatArray, nu: int) -> Doubt:
    """Thin the grid of rho to the simulated ones."""
    kept = np.arange(0, rhos.size, EVERY)
    thin = weights[kept].copy()
    for i in range(1, rhos.size, EVERY):
        left, right = i // EVERY, min(i // EVERY + 1, kept.size - 1)
        thin[left] += weights[i] / 2
        thin[right] += weights[i] / 2
    return Doubt(rhos[kept], thin, sds[kept], nu)


def misses(design: Design, *, used: int) -> FloatArray:
    """(half-width - estimate) of pilots without effect, in SDs of a baseline point: sorted, shape (rhos, pilots).

    An effect is shown when it exceeds this. `used`: baseline points that are really there; from six weeks of days
    on they are rounded down to whole weeks, so that a baseline that grows by the day asks for few tables.
    """
    n0 = min(used, design.baseline)
    return _misses(
        n0 - n0 % WEEK if n0 >= ROUNDED else n0, design.points, design.period, design.ramp, design.lag, design.drift,
        design.clip, design.alpha,
    )  # fmt: skip


@lru_cache(maxsize=128)
def _misses(
    n0: int, m: int, period: int, ramp: int, lag: int, drift: float, clip: float | None, alpha: float
) -> FloatArray:
    design = Design(
        cadence="other", baseline=n0, window=m, season=period, path=ramp, lag=lag, drift=drift, clip=clip,
        alpha=alpha, target=1.0,
    )  # fmt: skip
    fresh = np.random.default_rng(SEED).standard_normal((PILOTS, n0 + m))
    out = np.stack([_needed(_coloured(fresh, rho), design) for rho in RHOS[::EVERY]])
    out.flags.writeable = False
    return out


def _needed(y: FloatArray, design: Design) -> FloatArray:
    points = Points(y, None, None, None)
    needed = np.full(y.shape[0], np.inf)
    for rows, observed in points.groups():
        panel = Panel.read(points.take(rows), rows, observed, design, False)
        for noise in panel.effect:
            found = fit_final(noise.look(design.points), noise)
            unit = np.abs(noise.channel.unit)
            needed[rows[noise.rows]] = (found.half(design.alpha) - found.estimate) * unit
    return np.sort(needed)


def _coloured(fresh: FloatArray, rho: float) -> FloatArray:
    """AR(1) noise of SD 1 from independent noise."""
    out = fresh.copy()
    step = np.sqrt(1 - rho**2)
    for t in range(1, out.shape[1]):
        out[:, t] = rho * out[:, t - 1] + step * fresh[:, t]
    return out
