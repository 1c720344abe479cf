"""Where the pilot will stand at the end, as far as today's points can tell."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .ar1 import Products, forward
from .arrays import FloatArray
from .columns import planned_path, season_columns, window_time
from .final import RHOS, Fit, quadratic
from .least_squares import columns, fit, prior_of
from .noise import Noise, Rows
from .student import quantile, share_below

INSIDE: Final = 0.8
"""The share of final estimates that the forecast's interval is to hold."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """The final change from the baseline of N series, in channel units, and the chance of the target."""

    middle: FloatArray
    low: FloatArray
    high: FloatArray
    chance: FloatArray


def forecast(rows: Rows, found: Fit, noise: Noise, *, k: int) -> Forecast | None:
    """Predict the estimate that will be shown at the end; None without path points or with none to come.

    b, the weights that the final estimate will put on the points, are known today. At each rho the points to
    come are predicted by generalised least squares: with F their columns and e the last point's residual, a
    point g steps later is expected at F'beta + rho^g e. So with c = sum b_g rho^g and h = F'b - c F_last the
    final estimate has mean known + h'beta + c y_last and variance s2 [b'V_rho b - c^2 + h'(X'V^-1 X)^-1 h].
    The rho are mixed by moments. For a step, equal weights 1/m, no season and no drift this is
    [k dbar + h d + c (last - base - d)]/m.
    """
    n = rows.t.size
    full = _with_rest(rows, noise, k)
    if not rows.z.any() or full.t.size == n:
        return None
    x_full = columns(full, noise.kappa, full.z)
    b = fit(full, x_full, noise.kappa).maker[:, -1]
    x, ahead = x_full[:n], b[:, n:]
    start = fit(rows, x)
    reduced = Products(x, start.rest, rows.t, rows.root_w).at(
        RHOS[:, None], prior=prior_of(x, noise.kappa, start.coefficients)
    )
    carry = RHOS[:, None] ** (full.t[n:] - rows.t[-1]) @ ahead.T
    root = 1.0 if rows.root_w is None else rows.root_w[:, -1]
    h = (ahead @ x_full[n:]).T[:, None, :] - (carry * root) * x[-1][:, None, None]
    leaned = forward(reduced.corner, h)
    mean = (b[:, :n] * rows.weighted_y).sum(axis=1) + carry * rows.weighted_y[:, -1]
    mean = mean + np.einsum(
        "prn,pn->rn", np.broadcast_to(h, (h.shape[0], RHOS.size, rows.y.shape[0])), start.coefficients
    )
    mean = mean + (leaned * reduced.reduced).sum(axis=0)
    spread = quadratic(ahead, full.t[n:]) - carry**2 + (leaned**2).sum(axis=0)
    middle = np.einsum("rn,rn->n", found.weights, mean)
    variance = np.einsum("rn,rn->n", found.weights, found.variances * spread + (mean - middle) ** 2)
    return _told(middle, np.sqrt(np.maximum(variance, 1e-300)), found.nu, noise.channel.target)


def _told(middle: FloatArray, spread: FloatArray, nu: int, target: FloatArray) -> Forecast:
    half = quantile((1 + INSIDE) / 2, nu) * spread
    return Forecast(middle, middle - half, middle + half, share_below((middle - target) / spread, nu))


def _with_rest(rows: Rows, noise: Noise, k: int) -> Rows:
    """The same rows and those still to come, each of average weight, with y 0 for now."""
    design = noise.design
    coming = np.arange(design.baseline + k, design.baseline + design.points)
    before = rows.t[: rows.start]
    coming = coming[np.isin(coming % design.period, before % design.period)]
    t = np.concatenate([rows.t, coming])
    series = rows.y.shape[0]
    y = np.concatenate([rows.y, np.zeros((series, coming.size))], axis=1)
    root_w = None
    if rows.root_w is not None:
        root_w = np.concatenate([rows.root_w, np.ones((series, coming.size))], axis=1)
    season = season_columns(t, before, design.period)
    return Rows(
        t, rows.start, season, window_time(t, design), planned_path(t, design), y, root_w, rows.clipped
    )
