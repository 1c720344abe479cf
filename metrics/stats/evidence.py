"""Evidence that may be looked at every day: e-values of the step, and the band around it."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import FloatArray
from .noise import Noise
from .rows import Rows, whiten
from .student import share_below

PHI: Final = 0.5
"""Precision of the Gaussian mixture, in points: the best compromise of daily and weekly."""
LARGEST_LOG: Final = 690.0
"""Evidence is cut at e^690, so that it stays a finite number."""
TINY: Final = 1e-300


@dataclass(frozen=True)
class Evidence:
    """E-values (flag at >= 1 / alpha) and the anytime-valid interval, in channel units.

    moving: against "no improvement". wrong_way: against "no harm". not_moving: against "at
    least at target". low, high: None while the interval is still infinite.
    """

    moving: float = 1.0
    wrong_way: float = 1.0
    not_moving: float = 1.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Step:
    """The step's regression: d the coefficient, s_z what the data say of it (squared length of
    the path residualised on the other columns), rss with the step, nu0 rows minus columns
    without the step."""

    d: float
    s_z: float
    rss: float
    nu0: int

    @property
    def r(self) -> float:
        return PHI / (PHI + self.s_z)


def weigh(rows: Rows, noise: Noise, target: float, alpha: float) -> Evidence:
    """E-values and band of one look. Without window points there is no evidence: 1, no band."""
    if not rows.inside.any():
        return Evidence()
    step = fit_step(rows, noise)
    half = half_width(step.rss / step.s_z, step.nu0, step.r, alpha)
    return Evidence(
        moving=e_value(step, 0.0, +1),
        wrong_way=e_value(step, 0.0, -1),
        not_moving=e_value(step, target, -1),
        low=None if half is None else step.d - half,
        high=None if half is None else step.d + half,
    )


def fit_step(rows: Rows, noise: Noise) -> Step:
    """Whiten with the baseline's rho, add the drift allowance as one row, residualise.

    The triangle of a QR decomposition of [X, z, y] holds all that is needed in its last corner.
    """
    drift = [rows.tau] if noise.kappa > 0 else []
    columns = rows.weighted(rows.season, *drift, rows.inside, rows.y)
    white = whiten(columns, rows.t, np.array([noise.rho]))[0][0]
    if 0 < noise.kappa < np.inf:
        white = np.vstack([white, _allowance(columns.shape[1], noise.kappa)])
    r = np.linalg.qr(white, mode="r")
    s_z = float(r[-2, -2]) ** 2
    nu0 = white.shape[0] - (white.shape[1] - 2)
    return Step(float(r[-2, -1] / r[-2, -2]), s_z, max(float(r[-1, -1]) ** 2, TINY), nu0)


def e_value(step: Step, d0: float, side: int) -> float:
    """One-sided Gaussian-mixture e-value of the coefficient against d0.

    side +1: against "at most d0"; -1: against "at least d0".
    log E = .5 log r + (nu0/2)[log(1+u) - log(1+r u)], u = s_z (d-d0)^2 / rss, r = phi/(phi+s_z)
    (Lindon, Ham, Tingley & Bojinov, arXiv 2210.08589), plus log 2 T_nu0(side a/b) for the half
    normal, a = s_z (d-d0)/(phi+s_z), b^2 = rss (1+r u)/(nu0 (phi+s_z)). Ville: the chance that
    it ever reaches 1/alpha under the null is at most alpha.
    """
    gap, r, mass = step.d - d0, step.r, PHI + step.s_z
    u = step.s_z * gap**2 / step.rss
    log_e = 0.5 * math.log(r) + step.nu0 / 2 * (math.log1p(u) - math.log1p(r * u))
    a = step.s_z * gap / mass
    b = math.sqrt(step.rss * (1 + r * u) / (step.nu0 * mass))
    log_e += math.log(max(2 * share_below(side * a / b, step.nu0), TINY))
    return math.exp(min(log_e, LARGEST_LOG))


def half_width(ratio: float, nu0: int, r: float, alpha: float) -> float | None:
    """Half the two-sided confidence sequence: sqrt(rss/s_z (1-K)/(K-r)), K = (r alpha^2)^(1/nu0).

    ratio: rss / s_z, which is nu x se^2. None while K <= r (infinite). Source as e_value.
    """
    k = (r * alpha**2) ** (1 / nu0)
    return math.sqrt(ratio * (1 - k) / (k - r)) if k > r else None


def _allowance(columns: int, kappa: float) -> FloatArray:
    """The row (0, .., 0, 1/kappa | z 0 | y 0): slope ~ N(0, (kappa sigma per window)^2)."""
    row = np.zeros((1, columns))
    row[0, -3] = 1 / kappa
    return row
