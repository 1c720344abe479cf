"""The columns of the regression: intercept and season, time, and the path that the pilot planned."""

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray
from .design import Design


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
    """tau_t = (t - mean baseline t) / m: time in windows, shape (n,)."""
    middle = (design.baseline - 1) / 2
    return np.asarray((t - middle) / design.points, dtype=np.float64)


def planned_path(t: IntArray, design: Design) -> FloatArray:
    """z_t, shape (n,): 0 before the start and while the lag lasts, then min(1, k / L).

    k counts points from the end of the lag, L is the length of the ramp (1 for a step).
    """
    k = t - design.baseline - design.lag + 1
    return np.asarray(np.clip(k / design.ramp, 0.0, 1.0), dtype=np.float64)
