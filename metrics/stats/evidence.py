"""Evidence that may be looked at every day: e-values of the path's coefficient, and the band around it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .ar1 import Products
from .arrays import FloatArray
from .least_squares import columns, fit, prior_of
from .noise import Noise, Rows
from .student import share_below

PHI: Final = 0.5
"""Precision of the Gaussian mixture, in points: the best compromise of daily and weekly."""
LARGEST_LOG: Final = 690.0
"""Evidence is cut at e^690, so that it stays a finite number."""
TINY: Final = 1e-300


@dataclass(frozen=True, eq=False)
class Evidence:
    """E-values (flag at >= 1 / alpha) and the anytime-valid interval of N series, in channel units.

    moving: against "no improvement". wrong_way: against "no harm". not_moving: against "at
    least at target". low, high: NaN while the interval is still infinite.
    """

    moving: FloatArray
    wrong_way: FloatArray
    not_moving: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False)
class Step:
    """The path's regression: d the coefficient, s_z what the data say of it (squared length of
    the path residualised on the other columns), rss with the path, each of shape (N,); nu0 rows minus
    columns without the path."""

    d: FloatArray
    s_z: FloatArray
    rss: FloatArray
    nu0: int

    @property
    def r(self) -> FloatArray:
        return np.asarray(PHI / (PHI + self.s_z))


def weigh(rows: Rows, noise: Noise) -> Evidence | None:
    """E-values and band of one look; None as long as the path has not begun."""
    if not rows.z.any():
        return None
    step = fit_step(rows, noise)
    half = half_width(step.rss / step.s_z, step.nu0, step.r, noise.design.alpha)
    zero = np.zeros_like(step.d)
    return Evidence(
        moving=e_value(step, zero, +1),
        wrong_way=e_value(step, zero, -1),
        not_moving=e_value(step, noise.channel.target, -1),
        low=step.d - half,
        high=step.d + half,
    )


def fit_step(rows: Rows, noise: Noise) -> Step:
    """Least squares first, then what is left of it at the baseline's rho: so nothing cancels out.

    The drift allowance is one extra row (0, .., 0, 1/kappa | z 0 | y 0): slope ~ N(0, (kappa sigma)^2).
    """
    x = columns(rows, noise.kappa, rows.z)
    start = fit(rows, x)
    found = Products(x, start.rest, rows.t, rows.root_w).at(
        noise.rho[None, :], prior=prior_of(x, noise.kappa, start.coefficients)
    )
    nu0 = x.shape[0] - (x.shape[1] - 1) + (0 < noise.kappa < np.inf)
    s_z = np.broadcast_to(found.corner[-1, -1, 0] ** 2, start.coefficients[-1].shape)
    return Step(start.coefficients[-1] + found.last[0], s_z, np.maximum(found.rss[0], TINY), nu0)


def e_value(step: Step, d0: FloatArray, side: int) -> FloatArray:
    """One-sided Gaussian-mixture e-value of the coefficient against d0, shape (N,).

    side +1: against "at most d0"; -1: against "at least d0".
    log E = .5 log r + (nu0/2)[log(1+u) - log(1+r u)], u = s_z (d-d0)^2 / rss, r = phi/(phi+s_z)
    (Lindon, Ham, Tingley & Bojinov, arXiv 2210.08589), plus log 2 T_nu0(side a/b) for the half
    normal, a = s_z (d-d0)/(phi+s_z), b^2 = rss (1+r u)/(nu0 (phi+s_z)). Ville: the chance that
    it ever reaches 1/alpha under the null is at most alpha.
    """
    gap, r, mass = step.d - d0, step.r, PHI + step.s_z
    with np.errstate(over="ignore"):
        u = np.minimum(step.s_z * gap**2 / step.rss, 1e300)
    log_e = 0.5 * np.log(r) + step.nu0 / 2 * (np.log1p(u) - np.log1p(r * u))
    a = step.s_z * gap / mass
    b = np.sqrt(step.rss * (1 + r * u) / (step.nu0 * mass))
    log_e += np.log(np.maximum(2 * share_below(side * a / b, step.nu0), TINY))
    return np.asarray(np.exp(np.minimum(log_e, LARGEST_LOG)))


def half_width(ratio: FloatArray, nu0: int, r: FloatArray, alpha: float) -> FloatArray:
    """Half the two-sided confidence sequence: sqrt(rss/s_z (1-K)/(K-r)), K = (r alpha^2)^(1/nu0).

    ratio: rss / s_z, which is nu x se^2. NaN while K <= r (infinite). Source as e_value.
    """
    k = (r * alpha**2) ** (1 / nu0)
    finite = k > r
    return np.where(finite, np.sqrt(ratio * (1 - k) / np.where(finite, k - r, 1.0)), np.nan)
