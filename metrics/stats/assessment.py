"""What the maths answers: plain numbers, finite or None, in units of the metric."""

from dataclasses import dataclass

from .arrays import FloatArray, IntArray
from .verdict import Verdict


@dataclass(frozen=True)
class Assessment:
    """One pilot at one look.

    verdict: "running" until the window is over, then one of the five.
    estimate, low, high: change from the baseline, signed as it happened (lower is better: a
        negative estimate is good), with its interval; p_value two-sided, of the same fit.
    e_moving, e_wrong_way, e_not_moving: evidence against "no improvement", "no harm", "at least
        at target"; each may be looked at every day; a flag stands at 1 / alpha (20) or more.
    band_low, band_high: the interval of the change that holds at every look; None while infinite.
    forecast, forecast_low, forecast_high: the final change and its 80 % interval;
        chance_of_target: that the final change is at target or beyond. None before the first
        window point and at the end.
    rho: lag-1 autocorrelation of the baseline. sd: of one baseline point after removing the
        season. baseline_mean, window_mean: the pilot's own, by weight, before clipping.
    breakdown_drift: the metric's own drift per window, signed, that would take the interval to
        zero; None if zero is inside already.
    n_used, n_missing, n_clipped: points of baseline and window so far; a window point on a
        weekday that the baseline never saw counts as missing.
    warnings: stable codes: short_baseline, baseline_capped, few_points, constant_baseline,
        drifting_baseline, unusual_last_points, target_out_of_range.
    """

    verdict: Verdict
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    e_moving: float = 1.0
    e_wrong_way: float = 1.0
    e_not_moving: float = 1.0
    band_low: float | None = None
    band_high: float | None = None
    chance_of_target: float | None = None
    forecast: float | None = None
    forecast_low: float | None = None
    forecast_high: float | None = None
    rho: float | None = None
    breakdown_drift: float | None = None
    baseline_mean: float | None = None
    window_mean: float | None = None
    sd: float | None = None
    n_used: int = 0
    n_missing: int = 0
    n_clipped: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class AssessmentMany:
    """The evidence of many series at many looks.

    looks: shape (looks,), window points seen; the others: shape (series, looks), as Assessment.
    """

    looks: IntArray
    e_moving: FloatArray
    e_wrong_way: FloatArray
    e_not_moving: FloatArray
