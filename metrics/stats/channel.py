"""From checked numbers to standardised channels that the engine can judge: transform, weights, units."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray
from .columns import season_columns
from .design import Design
from .errors import StatsError
from .points import LARGEST, Points
from .scale import Scale
from .weights import mean_weights, proportion_weights

FLAT: Final = 1e-12
"""Baseline SD below this share of the largest value is rounding, not variation."""
FARTHEST: Final = 1e9
"""A target is told as at most this many SDs."""


@dataclass(frozen=True, eq=False)
class Channel:
    """One way to look at some series that miss the same points: improvement positive, baseline mean 0, SD 1.

    y: shape (N, n0 + k). weights: the same shape, mean 1 over the observed baseline; None when all are one.
    target: shape (N,), positive. unit: shape (N,), the channel's unit on its scale, with the sign of the
    direction; 0 where the baseline shows no variation.
    """

    y: FloatArray
    weights: FloatArray | None
    target: FloatArray
    unit: FloatArray
    scale: Scale

    def change(self, value: FloatArray) -> FloatArray:
        """A change in channel units, shape (N,), told in units of the metric."""
        return self.scale.back(value * self.unit)

    def take(self, rows: IntArray) -> "Channel":
        weights = None if self.weights is None else self.weights[rows]
        return Channel(self.y[rows], weights, self.target[rows], self.unit[rows], self.scale.take(rows))


@dataclass(frozen=True, eq=False)
class Channels:
    """effect: of estimate and interval; flags: of the e-values. One and the same but for rates, whose flags look
    at 2 sqrt(rate). baseline: shape (N,), the pilot's own level before the start, in its unit. targets: shape (N,), in its unit."""

    effect: Channel
    flags: Channel
    values: FloatArray
    weights: FloatArray | None
    baseline: FloatArray
    targets: FloatArray


def make_channels(points: Points, observed: BoolArray, design: Design) -> Channels:
    """Choose transform and weights by kind: one method, different y and w.

    points: series that miss the same points; observed: shape (n0 + k,), those that count; design: of the
    baseline that is used. Raises StatsError for what cannot be meant.
    """
    check_signs(points, design)
    before = np.flatnonzero(observed[: design.baseline])
    weights = _weights(points, observed, before, design)
    values = points.values
    level = weighted_mean(values, weights, before)
    other = points.comparison
    targets = np.full_like(level, design.target) if points.targets is None else points.targets
    if design.log:
        y = _logarithm(values, observed) - (0 if other is None else _logarithm(other, observed))
        effect = _channel(y, weights, observed, design, Scale("log", level), targets)
        return Channels(effect, effect, values, weights, level, targets)
    y = values if other is None else values - other
    effect = _channel(y, weights, observed, design, Scale("plain", level), targets)
    if design.kind != "rate" or other is not None:
        return Channels(effect, effect, values, weights, level, targets)
    flags = _channel(_root(points, before), weights, observed, design, Scale("root", level), targets)
    return Channels(effect, flags, values, weights, level, targets)


def weighted_mean(values: FloatArray, weights: FloatArray | None, where: IntArray) -> FloatArray:
    """Mean over these positions, by weight, shape (N,); NaN without positions."""
    if not where.size:
        return np.full(values.shape[0], np.nan)
    if weights is None:
        return np.asarray(values[:, where].mean(axis=1))
    w = weights[:, where]
    return np.asarray((values[:, where] * w).sum(axis=1) / w.sum(axis=1))


def check_signs(points: Points, design: Design) -> None:
    """Refuse counts and shares that cannot be."""
    if design.kind == "mean":
        return
    for name, array in (("numerator", points.numerator), (f"a {design.kind}", points.values)):
        if array is not None and bool(np.any(array < 0)):
            raise StatsError(f"{name} cannot be negative")
    if design.kind == "proportion" and points.numerator is not None and points.denominator is not None:
        more = (points.numerator > points.denominator) & (points.denominator > 0)
        if bool(np.any(more)):
            raise StatsError("a share cannot have more events (numerator) than cases (denominator)")


def _weights(points: Points, observed: BoolArray, before: IntArray, design: Design) -> FloatArray | None:
    if points.denominator is None or not before.size:
        return None
    size = np.where(observed, points.denominator, 1.0)
    if design.kind == "rate":
        raw = size
    else:
        season = season_columns(before, before, design.period)
        if design.kind == "proportion":
            share = points.values if points.numerator is None else points.numerator / size
            share = np.where(observed, share, 0.0)
            other = 0.0 if points.comparison is None else np.where(observed, points.comparison, 0.0)
            raw = proportion_weights(share, size, share - other, before, season)
        else:
            other = 0.0 if points.comparison is None else points.comparison
            raw = mean_weights(np.where(observed, points.values - other, 0.0), size, before, season)
    weights = raw / raw[:, before].mean(axis=1, keepdims=True)
    return None if bool(np.all(weights[:, observed] == 1.0)) else weights


def _logarithm(values: FloatArray, observed: BoolArray) -> FloatArray:
    if bool(np.any(values[:, observed] <= 0)):
        raise StatsError("the logarithm needs values above zero")
    return np.log(np.where(observed, values, 1.0))


def _root(points: Points, before: IntArray) -> FloatArray:
    """2 sqrt((events + 3/8) / exposure) in units of the metric (Anscombe's form of the square root)."""
    size = 1.0 if points.denominator is None else np.where(points.denominator > 0, points.denominator, 1.0)
    return np.asarray(2 * np.sqrt(points.values + 0.375 * _per_event(points, before) / size))


def _per_event(points: Points, before: IntArray) -> FloatArray:
    """How many units of the metric one event per exposure is (1000 for "per 1000 hours"), shape (N, 1)."""
    count = points.values.shape[0]
    if points.numerator is None or points.denominator is None:
        return np.ones((count, 1))
    events = points.numerator[:, before].sum(axis=1)
    told = (points.values[:, before] * points.denominator[:, before]).sum(axis=1)
    known = (events > 0) & (told > 0)
    return np.asarray(np.where(known, told / np.where(known, events, 1.0), 1.0))[:, None]


def _channel(
    y: FloatArray,
    weights: FloatArray | None,
    observed: BoolArray,
    design: Design,
    scale: Scale,
    targets: FloatArray,
) -> Channel:
    n0 = design.baseline
    known = y[:, :n0] if observed[:n0].all() else y[:, :n0][:, observed[:n0]]
    if not known.shape[1]:
        nothing = np.zeros(y.shape[0])
        return Channel(y, weights, nothing, nothing, scale)
    centre, sd = known.mean(axis=1), known.std(axis=1)
    flat = (sd <= FLAT * np.abs(known).max(axis=1)) | (sd < 1 / LARGEST)
    unit = np.where(flat, 0.0, design.sign * sd)
    safe = np.where(flat, design.sign, unit)
    target = np.clip(scale.forth(targets) / safe, -FARTHEST, FARTHEST)
    return Channel((y - centre[:, None]) / safe[:, None], weights, target, unit, scale)
