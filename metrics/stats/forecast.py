"""Where the pilot will stand at the end, as far as today's points can tell."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import FloatArray
from .design import Design
from .final import RHOS, Fit, contrast, others_columns, quadratic
from .noise import Noise
from .rows import Rows, whiten, with_rest
from .student import quantile, share_below

INSIDE: Final = 0.8
"""The share of final estimates that the forecast's interval is to hold."""


@dataclass(frozen=True)
class Forecast:
    """The final change from the baseline, in channel units, and the chance of the target."""

    middle: float
    low: float
    high: float
    chance: float


def forecast(
    rows: Rows, fit: Fit, noise: Noise, design: Design, *, look: int, target: float
) -> Forecast | None:
    """Predict the estimate at the end; None without window points or with none to come.

    b, the weights that the final estimate will put on the points, are known today. Per rho, with
    d the window's level so far and x the last point's distance from it, a point g steps after the
    last one is expected at season + drift + d + rho^g x; so with c = sum b_g rho^g over those to
    come, the final estimate has variance s2 [b'V_rho b - c^2 + (sum b - c)^2 var d]. The rho are
    mixed by moments. For equal weights 1/m this is [k dbar + h d + c (last - d)]/m.
    """
    n = rows.t.size
    full = with_rest(rows, look, design)
    if not fit.away.size or full.t.size == n:
        return None
    b = contrast(full, noise.kappa) * full.root_w
    ahead, steps = b[n:], full.t[n:]
    expected = others_columns(full, noise.kappa)[n:] @ fit.others
    known = float(b[:n] @ rows.y + ahead @ expected)
    level, level_variance = _level(rows, fit.away)
    carry = RHOS[:, None] ** (steps - rows.t[-1]) @ ahead
    mean = known + level * (ahead.sum() - carry) + carry * fit.away[-1]
    spread = quadratic(ahead, steps) - carry**2 + (ahead.sum() - carry) ** 2 * level_variance
    middle = float(fit.weights @ mean)
    variance = float(fit.weights @ (fit.variances * spread + (mean - middle) ** 2))
    return _told(middle, float(np.sqrt(variance)), fit.nu, target)


def _told(middle: float, spread: float, nu: int, target: float) -> Forecast:
    half = quantile((1 + INSIDE) / 2, nu) * spread
    chance = share_below((middle - target) / spread, nu)
    return Forecast(middle, middle - half, middle + half, chance)


def _level(rows: Rows, away: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The level of the window at each rho and its variance in units of s2, both shape (20,)."""
    columns = np.column_stack([np.ones(away.size), away])
    white = whiten(columns, rows.t[rows.inside], RHOS)[0]
    mass = (white[:, :, 0] ** 2).sum(axis=1)
    return (white[:, :, 0] * white[:, :, 1]).sum(axis=1) / mass, 1 / mass
