"""The design matrix of the points seen so far, and whitening."""

from dataclasses import dataclass

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray
from .design import Design


@dataclass(frozen=True)
class Rows:
    """One entry per observed point, in time order; columns are not yet weighted.

    t: position of the point, 0 for the first baseline point.
    y: value in channel units, clipped. root_w: square root of its weight.
    inside: whether the point lies in the window (the step path z).
    season: shape (n, s), intercept and season contrasts.
    tau: time in windows, (t - mean baseline t) / m.
    clipped: number of points that were pulled in.
    """

    t: IntArray
    y: FloatArray
    root_w: FloatArray
    inside: BoolArray
    season: FloatArray
    tau: FloatArray
    clipped: int = 0

    def weighted(self, *columns: FloatArray | BoolArray) -> FloatArray:
        """Put columns side by side, shape (n, p), every row times the root of its weight."""
        return self.root_w[:, None] * np.column_stack(columns)


def with_rest(rows: Rows, look: int, design: Design) -> Rows:
    """The same rows and those still to come, each of average weight, with y 0 for now."""
    n0 = design.baseline
    coming = np.arange(n0 + look, n0 + design.points)
    before = rows.t[~rows.inside]
    coming = coming[np.isin(coming % design.period, before % design.period)]
    t = np.concatenate([rows.t, coming])
    y = np.concatenate([rows.y, np.zeros(coming.size)])
    root_w = np.concatenate([rows.root_w, np.ones(coming.size)])
    season = season_columns(t, before, design.period)
    return Rows(t, y, root_w, t >= n0, season, window_time(t, design))


def season_columns(t: IntArray, baseline_t: IntArray, period: int) -> FloatArray:
    """Intercept and one contrast per season position seen in the baseline but the first.

    t: shape (n,), only positions of the season that the baseline has seen. Shape (n, s).
    """
    seen = np.unique(baseline_t % period)
    contrasts = (t % period)[:, None] == seen[None, 1:]
    return np.column_stack([np.ones(t.size), contrasts])


def comparable(observed: BoolArray, design: Design) -> BoolArray:
    """Observed points whose season position the baseline knows, shape (n0 + k,).

    A Saturday has nothing to be compared with when the baseline holds none: it is set aside.
    """
    place = np.arange(observed.size) % design.period
    known = np.zeros(design.period, dtype=np.bool_)
    known[place[: design.baseline][observed[: design.baseline]]] = True
    return observed & known[place]


def window_time(t: IntArray, design: Design) -> FloatArray:
    """tau_t = (t - mean baseline t) / m."""
    middle = (design.baseline - 1) / 2
    return np.asarray((t - middle) / design.points, dtype=np.float64)


def whiten(columns: FloatArray, t: IntArray, rho: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Prais-Winsten whitening across gaps, for several rho at once.

    columns: shape (n, p); t: shape (n,); rho: shape (r,), each in [0, 1).
    The first row stays; v_t -> (v_t - rho^g v_prev) / sqrt(1 - rho^(2g)), g steps since the
    previous observed point, so that the error's variance stays the marginal one.
    Returns the whitened columns, shape (r, n, p), and log |V|^(1/2), shape (r,).
    """
    kept = rho[:, None] ** np.diff(t)
    fresh = np.sqrt(1 - kept**2)
    out = np.empty((rho.size, *columns.shape))
    out[:, 0] = columns[0]
    out[:, 1:] = (columns[1:] - kept[:, :, None] * columns[:-1]) / fresh[:, :, None]
    return out, np.log(fresh).sum(axis=1)
