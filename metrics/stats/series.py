"""From the numbers handed in to one or two standardised channels that the engine can judge."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import BoolArray, FloatArray, Numbers
from .design import Design
from .errors import StatsError
from .weights import proportion_weights

LARGEST: Final = 1e100
"""Beyond this, squares would overflow."""
FLAT: Final = 1e-12
"""Baseline SD below this share of the largest value is rounding, not variation."""


@dataclass(frozen=True)
class Points:
    """The raw arrays, each of shape (n0 + k,), float, NaN where missing; None where not given."""

    values: FloatArray
    numerator: FloatArray | None
    denominator: FloatArray | None
    comparison: FloatArray | None


@dataclass(frozen=True)
class Channel:
    """One way to look at the series: improvement positive, baseline mean 0 and SD 1.

    y: shape (n0 + k,), NaN where missing.
    weights: the same shape, mean 1 over the observed baseline.
    target: in the channel's units, positive.
    unit: the channel's unit in the metric's (or the transformed metric's) units, with the sign
        of the direction; 0 when the baseline shows no variation.
    back: from a change in transformed units to a change in the metric's units.
    """

    y: FloatArray
    weights: FloatArray
    target: float
    unit: float
    back: Callable[[float], float] = float

    @property
    def observed(self) -> BoolArray:
        """Which points count, shape (n0 + k,)."""
        return ~np.isnan(self.y)

    def change(self, value: float) -> float:
        """A change in channel units, told in units of the metric."""
        return self.back(value * self.unit)


@dataclass(frozen=True)
class Series:
    """The pilot's points, read and checked.

    values: the pilot's own values, shape (n0 + k,).
    effect: the channel of estimate and interval; flags: the channel of the e-values. The two are
    the same object except for rates, where flags look at 2 sqrt(rate).
    """

    values: FloatArray
    effect: Channel
    flags: Channel


def read_points(
    values: Numbers | None,
    numerator: Numbers | None,
    denominator: Numbers | None,
    comparison: Numbers | None,
) -> Points:
    """Check the arrays one by one and against each other. Raises StatsError."""
    top, bottom = _optional(numerator, "numerator"), _optional(denominator, "denominator")
    other = _optional(comparison, "comparison")
    raw = _ratio(top, bottom) if values is None else _array(values, "values")
    for name, array in (("numerator", top), ("denominator", bottom), ("comparison", other)):
        if array is not None and array.shape != raw.shape:
            raise StatsError(f"{name} must have as many points as values")
        if array is not None and name != "comparison" and bool(np.any(array < 0)):
            raise StatsError(f"{name} must not be negative")
    return Points(raw, top, bottom, other)


def make_series(points: Points, design: Design) -> Series:
    """Choose transform and weights by kind (one method, different y and w) and standardise."""
    values, weights = _weighted(points, design)
    y = values if points.comparison is None else values - points.comparison
    effect = _channel(y, weights, design, design.target)
    if design.kind != "rate" or points.comparison is not None:
        return Series(values, effect, effect)
    return Series(values, effect, _root_channel(values, weights, points, design))


def weighted_mean(values: FloatArray, weights: FloatArray) -> float | None:
    """Mean over the points present, by weight; None when there is none."""
    there = ~np.isnan(values)
    total = float(weights[there].sum())
    return float(values[there] @ weights[there]) / total if total > 0 else None


def _weighted(points: Points, design: Design) -> tuple[FloatArray, FloatArray]:
    """Values with unusable points set to NaN, and raw weights. A mean is not weighted yet."""
    if design.kind == "mean":
        return points.values, np.ones_like(points.values)
    if bool(np.any(points.values < 0)):
        raise StatsError(f"a {design.kind} cannot be negative")
    if points.denominator is None:
        return points.values, np.ones_like(points.values)
    usable = points.denominator > 0
    values = np.where(usable, points.values, np.nan)
    size = np.where(usable, points.denominator, 1.0)
    if design.kind == "rate":
        return values, size
    events = points.numerator if points.numerator is not None else values * size
    return values, proportion_weights(np.where(usable, events, np.nan), size, design)


def _root_channel(values: FloatArray, weights: FloatArray, points: Points, design: Design) -> Channel:
    """Rates for flags: 2 sqrt((events + 3/8) / exposure), which steadies the variance of counts."""
    n0 = design.baseline
    level = weighted_mean(values[:n0], weights[:n0]) or 0.0
    root = 2 * math.sqrt(level)
    wanted = 2 * math.sqrt(max(level + design.target, 0.0)) - root
    y = 2 * np.sqrt(values + 0.375 * _per_event(values, points, n0) / weights)

    def back(change: float) -> float:
        return (max(root + change, 0.0) / 2) ** 2 - level

    return _channel(y, weights, design, wanted, back)


def _per_event(values: FloatArray, points: Points, n0: int) -> float:
    """How many units of the metric one event per exposure is (1000 for "per 1000 hours")."""
    if points.numerator is None or points.denominator is None:
        return 1.0
    there = ~np.isnan(values[:n0]) & ~np.isnan(points.numerator[:n0])
    events = float(points.numerator[:n0][there].sum())
    told = float((values[:n0] * points.denominator[:n0])[there].sum())
    return told / events if events > 0 and told > 0 else 1.0


def _channel(
    y: FloatArray,
    weights: FloatArray,
    design: Design,
    target: float,
    back: Callable[[float], float] = float,
) -> Channel:
    there = ~np.isnan(y)
    before = np.flatnonzero(there[: design.baseline])
    if before.size == 0:
        return Channel(y, weights, math.inf, 0.0, back)
    weights = weights / weights[before].mean()
    centre = float(y[before].mean())
    sd = float(y[before].std())
    if sd <= FLAT * float(np.abs(y[before]).max()) or sd < 1 / LARGEST:
        return Channel((y - centre) * design.sign, weights, math.inf, 0.0, back)
    unit = design.sign * sd
    return Channel((y - centre) / unit, weights, min(target / unit, 1e9), unit, back)


def _ratio(top: FloatArray | None, bottom: FloatArray | None) -> FloatArray:
    if top is None or bottom is None:
        raise StatsError("give values, or numerator and denominator")
    if top.shape != bottom.shape:
        raise StatsError("numerator and denominator must have as many points as each other")
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)


def _optional(numbers: Numbers | None, name: str) -> FloatArray | None:
    return None if numbers is None else _array(numbers, name)


def _array(numbers: Numbers, name: str) -> FloatArray:
    try:
        array = np.array(numbers, dtype=np.float64)
    except (TypeError, ValueError):
        raise StatsError(f"{name} must be numbers") from None
    if array.ndim != 1:
        raise StatsError(f"{name} must be one row of numbers")
    if bool(np.any(np.abs(array) > LARGEST)):
        raise StatsError(f"{name} must be finite; a missing point is NaN or None")
    return array
