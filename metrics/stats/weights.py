"""How much a share counts: by its number of cases, but only as far as cases explain the noise."""

import numpy as np

from .arrays import FloatArray, IntArray
from .design import Design
from .rows import season_columns


def proportion_weights(events: FloatArray, cases: FloatArray, design: Design) -> FloatArray:
    """DerSimonian-Laird weights 1 / (tau2 / (p(1-p)) + 1/n) of shares.

    events, cases: shape (n0 + k,), NaN where missing, cases > 0. Returns the same shape.
    p and tau2, the variance between points beyond that of counting, come from the baseline after
    removing the season. Source: DerSimonian & Laird 1986, moment form for any design matrix P:
    tau2 = (y'Py - df) / tr P.
    """
    before = np.flatnonzero(~np.isnan(events[: design.baseline]))
    total = float(cases[before].sum())
    p = float(events[before].sum()) / total if total else 0.0
    spread = p * (1 - p)
    if spread <= 0:
        return cases
    between = _between(events[before] / cases[before], cases[before] / spread, before, design)
    return 1 / (between / spread + 1 / cases)


def _between(y: FloatArray, precision: FloatArray, t: IntArray, design: Design) -> float:
    x = season_columns(t, t, design.period)
    wx = precision[:, None] * x
    p = np.diag(precision) - wx @ np.linalg.pinv(x.T @ wx) @ wx.T
    trace = float(np.trace(p))
    df = y.size - x.shape[1]
    return max(0.0, (float(y @ p @ y) - df) / trace) if df > 0 and trace > 0 else 0.0
