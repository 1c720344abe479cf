"""The week-six estimate, which can be checked by hand, and its interval."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .ar1 import Products
from .arrays import FloatArray, IntArray
from .least_squares import columns, fit
from .noise import Noise, Rows
from .student import quantile, share_below

RHOS: Final[FloatArray] = np.linspace(0.0, 0.95, 20)
POINTS_FOR_OWN_SLOPE: Final = 3


@dataclass(frozen=True, eq=False)
class Fit:
    """Window mean minus baseline mean, adjusted for season and drift, of N series, in channel units.

    estimate, se: shape (N,), the standard error averaged over rho; nu: degrees of freedom.
    lever: what a drift of 1 per window would add to the estimate without a drift allowance.
    weights, variances: shape (20, N), weight and residual variance at each rho of RHOS.
    """

    estimate: FloatArray
    se: FloatArray
    nu: int
    lever: FloatArray
    weights: FloatArray
    variances: FloatArray

    def half(self, alpha: float) -> FloatArray:
        """Half of the interval: t_nu(1 - alpha/2) se."""
        return np.asarray(quantile(1 - alpha / 2, self.nu) * self.se)

    @property
    def p_value(self) -> FloatArray:
        """Two-sided, for no change."""
        return 2 * share_below(-np.abs(self.estimate) / self.se, self.nu)


def fit_final(rows: Rows, noise: Noise) -> Fit:
    """Least squares with the drift allowance as a penalty; the error averaged over 20 rho.

    Rows must hold a point on the path. estimate = a'y, a the z-row of (F'F + P)^-1 F',
    F = [X z], P = 1/kappa^2 on the slope; se^2 = sum_rho w_rho s2_rho a'(V_rho + kappa^2 tau
    tau')a. Least squares, not generalised, for the point: it does not collapse on ramps.
    """
    found = fit(rows, columns(rows, noise.kappa, rows.z), noise.kappa)
    a = found.maker[:, -1]
    tau = _weighted_tau(rows)
    weights, variances, nu = average_rho(rows, regressors(rows, noise.kappa))
    spread = quadratic(a, rows.t)
    if 0 < noise.kappa < np.inf:
        spread = spread + (noise.kappa * (a * tau).sum(axis=1)) ** 2
    lever = (fit(rows, columns(rows, 0.0, rows.z)).maker[:, -1] * tau).sum(axis=1)
    se = np.sqrt(np.einsum("rn,rn->n", weights, variances * spread))
    return Fit(found.coefficients[-1], se, nu, np.broadcast_to(lever, se.shape), weights, variances)


def regressors(rows: Rows, kappa: float) -> FloatArray:
    """Z = [season, tau where drift is allowed for, z, z (t - mean window t)/m], shape (n, p)."""
    own = []
    if int((rows.z > 0).sum()) >= POINTS_FOR_OWN_SLOPE:
        own = [rows.z * (rows.tau - rows.tau[rows.start :].mean())]
    return columns(rows, kappa, rows.z, *own)


def quadratic(a: FloatArray, t: IntArray) -> FloatArray:
    """a' V_rho a for every rho and every row of a, shape (20, rows), from the sums of a_i a_j at each distance."""
    span = int(t[-1] - t[0]) + 1
    line = np.zeros((a.shape[0], span))
    line[:, t - t[0]] = a
    sums = np.fft.irfft(np.abs(np.fft.rfft(line, 2 * span)) ** 2, 2 * span)[:, :span]
    sums[:, 1:] *= 2
    return np.asarray(RHOS[:, None] ** np.arange(span) @ sums.T, dtype=np.float64)


def average_rho(rows: Rows, z: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Weight and residual variance of each rho, each of shape (20, N), and degrees of freedom.

    w prop. to (1-rho) |V|^-.5 |Z'V^-1 Z|^-.5 RSS^(-nu/2).
    """
    start = fit(rows, z)
    rest = start.rest if rows.root_w is None else rows.root_w * start.rest
    size = np.maximum(np.einsum("nt,nt->n", rest, rest), 1e-30)
    found = Products(z, start.rest / np.sqrt(size)[:, None], rows.t, rows.root_w).at(RHOS[:, None])
    nu = z.shape[0] - z.shape[1]
    left = np.maximum(found.rss, 1e-30)
    log_w = np.log1p(-RHOS)[:, None] - found.log_root - found.log_det - nu / 2 * np.log(left)
    w = np.exp(log_w - log_w.max(axis=0))
    return w / w.sum(axis=0), size * left / nu, nu


def _weighted_tau(rows: Rows) -> FloatArray:
    return rows.tau[None] if rows.root_w is None else rows.root_w * rows.tau
