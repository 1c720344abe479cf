"""The week-six estimate, which can be checked by hand, and its interval."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray
from .noise import Noise
from .rows import Rows, whiten
from .student import quantile, share_below

RHOS: Final[FloatArray] = np.linspace(0.0, 0.95, 20)
POINTS_FOR_OWN_SLOPE: Final = 3


@dataclass(frozen=True)
class Fit:
    """Window mean minus baseline mean, adjusted for season and drift; in channel units.

    se, nu: standard error, averaged over rho, and degrees of freedom.
    lever: what a drift of 1 per window would add to the estimate without a drift allowance.
    weights, variances: shape (20,), weight and residual variance at each rho of RHOS.
    others: coefficients of season and drift.
    away: shape (window points,), what each lies above the baseline after removing season, drift.
    """

    estimate: float
    se: float
    nu: int
    lever: float
    weights: FloatArray
    variances: FloatArray
    others: FloatArray
    away: FloatArray

    def bounds(self, alpha: float) -> tuple[float, float]:
        """estimate -+ t_nu(1 - alpha/2) se."""
        half = quantile(1 - alpha / 2, self.nu) * self.se
        return self.estimate - half, self.estimate + half

    @property
    def p_value(self) -> float:
        """Two-sided, for no change."""
        return 2 * share_below(-abs(self.estimate) / self.se, self.nu)


def fit_final(rows: Rows, noise: Noise) -> Fit:
    """Least squares with the drift allowance as a penalty; the error averaged over 20 rho.

    Rows must hold at least one window point. estimate = a'y, a the z-row of (F'F + P)^-1 F',
    F = [X z], P = 1/kappa^2 on the slope; se^2 = sum_rho w_rho s2_rho a'(V_rho + kappa^2 tau
    tau')a. Least squares, not generalised, for the point: it does not collapse on ramps.
    """
    x = others_columns(rows, noise.kappa)
    f = rows.weighted(x, rows.inside)
    y, tau = rows.root_w * rows.y, rows.root_w * rows.tau
    a = contrast(rows, noise.kappa)
    weights, variances, nu = average_rho(_regressors(rows, x), rows)
    slope = (noise.kappa * float(a @ tau)) ** 2 if 0 < noise.kappa < np.inf else 0.0
    spread = quadratic(a, rows.t) + slope
    others = np.linalg.solve(_penalised(f, noise.kappa), f.T @ y)[:-1]
    return Fit(
        estimate=float(a @ y),
        se=float(np.sqrt(weights @ (variances * spread))),
        nu=nu,
        lever=float(contrast(rows, 0.0) @ tau),
        weights=weights,
        variances=variances,
        others=others,
        away=(rows.y - x @ others)[rows.inside],
    )


def contrast(rows: Rows, kappa: float) -> FloatArray:
    """a, shape (n,): the estimate is a times the weighted y."""
    f = rows.weighted(others_columns(rows, kappa), rows.inside)
    unit = np.zeros(f.shape[1])
    unit[-1] = 1.0
    return np.asarray(f @ np.linalg.solve(_penalised(f, kappa), unit), dtype=np.float64)


def others_columns(rows: Rows, kappa: float) -> FloatArray:
    """X, not weighted: intercept and season, and time where drift is allowed for."""
    return np.column_stack([rows.season, rows.tau]) if kappa > 0 else rows.season


def quadratic(a: FloatArray, t: IntArray) -> FloatArray:
    """a' V_rho a for every rho, shape (20,), from the sums of a_i a_j at each distance in time."""
    line = np.zeros(int(t[-1] - t[0]) + 1)
    line[t - t[0]] = a
    sums = np.correlate(line, line, mode="full")[line.size - 1 :]
    sums[1:] *= 2
    return np.asarray(RHOS[:, None] ** np.arange(line.size) @ sums, dtype=np.float64)


def average_rho(z: FloatArray, rows: Rows) -> tuple[FloatArray, FloatArray, int]:
    """Weight and residual variance of each rho, and degrees of freedom.

    w prop. to (1-rho) |V|^-.5 |Z'V^-1 Z|^-.5 RSS^(-nu/2), Z = [season, tau if drift
    is allowed for, path, path x own slope], shape (n, p), weighted.
    """
    y = rows.root_w * rows.y
    rest = y - z @ np.linalg.lstsq(z, y)[0]
    size = max(float(rest @ rest), 1e-30)
    white, log_root = whiten(np.column_stack([z, rest / np.sqrt(size)]), rows.t, RHOS)
    corner = np.linalg.cholesky(white.transpose(0, 2, 1) @ white)
    diagonal = np.diagonal(corner, axis1=1, axis2=2)
    nu = z.shape[0] - z.shape[1]
    log_w = np.log1p(-RHOS) - log_root - np.log(diagonal[:, :-1]).sum(axis=1)
    log_w = log_w - nu * np.log(diagonal[:, -1])
    w = np.exp(log_w - log_w.max())
    return w / w.sum(), size * diagonal[:, -1] ** 2 / nu, nu


def _regressors(rows: Rows, x: FloatArray) -> FloatArray:
    columns: list[FloatArray | BoolArray] = [x, rows.inside]
    if int(rows.inside.sum()) >= POINTS_FOR_OWN_SLOPE:
        columns.append(rows.inside * (rows.tau - rows.tau[rows.inside].mean()))
    return rows.weighted(*columns)


def _penalised(f: FloatArray, kappa: float) -> FloatArray:
    """F'F, with 1/kappa^2 on the slope, the last column but one, when there is an allowance."""
    gram = f.T @ f
    if 0 < kappa < np.inf:
        gram[-2, -2] += 1 / kappa**2
    return np.asarray(gram, dtype=np.float64)
