"""What six weeks can show of rare events: the power of the exact test, worked out and not simulated."""

import numpy as np
import scipy

from .arrays import FloatArray
from .design import Design

RATIOS = 400


def chance_of_ratio(
    events: float, exposure: float, window: float, ratio: float, design: Design
) -> tuple[float, float, float]:
    """Chance that the final interval excludes "no change" at this ratio of rates: low, middle, high.

    events, exposure: of the baseline; window: exposure to come. The range is that of the baseline's own rate.
    """
    shown = _shown(events, exposure, window, design)
    rates = [scipy.special.gammaincinv(events + 0.5, q) / exposure for q in (0.1, 0.5, 0.9)]
    chances = [_chance(max(ratio, 0.0) * rate * window, shown) for rate in rates]
    return min(chances), chances[1], max(chances)


def smallest_change(events: float, exposure: float, window: float, design: Design) -> float | None:
    """The ratio of rates nearest to one that is shown with a chance of 80 %; None where none is."""
    shown = _shown(events, exposure, window, design)
    expected = events / exposure * window
    better = np.linspace(1.0, 0.0, RATIOS) if design.direction == "lower" else np.geomspace(1.0, 50.0, RATIOS)
    return next((float(r) for r in better if _chance(r * expected, shown) >= 0.8), None)


def _shown(events: float, exposure: float, window: float, design: Design) -> FloatArray:
    """For each number of window events, whether the exact interval lies on the better side of one."""
    count = np.arange(int(60 * max(events / exposure * window, 1.0)) + 60, dtype=np.float64)
    odds, alpha = window / exposure, design.alpha
    if design.direction == "lower":
        high = scipy.special.betaincinv(count + 1, max(events, 1e-9), 1 - alpha / 2)
        return np.asarray(high / np.maximum(1 - high, 1e-12) / odds < 1)
    low = np.where(count > 0, scipy.special.betaincinv(np.maximum(count, 1e-9), events + 1, alpha / 2), 0.0)
    return np.asarray(low / (1 - low) / odds > 1)


def _chance(expected: float, shown: FloatArray) -> float:
    count = np.arange(shown.size)
    if expected <= 0:
        return float(shown[0])
    return float(np.exp(count * np.log(expected) - expected - scipy.special.gammaln(count + 1)) @ shown)
