"""Many pilots at once: which of the wins stand, how many of them may be noise, and a fair ranking."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .arrays import BoolArray, FloatArray
from .errors import StatsError

RATE = 0.05


@dataclass(frozen=True, eq=False)
class Wins:
    """stands: shape (n,), which results stand among all of them. rate: the share of those that may be noise on
    average. at_most: whole results among those that stand that are to be expected to be noise, rounded up."""

    stands: BoolArray
    rate: float

    @property
    def count(self) -> int:
        return int(self.stands.sum())

    @property
    def at_most(self) -> int:
        return math.ceil(self.rate * self.count)


@dataclass(frozen=True, eq=False)
class Shrunken:
    """effects: shape (n,), drawn towards the mean of all by how little each is known. mean, spread: of the true
    effects, as far as all results together tell."""

    effects: FloatArray
    mean: float
    spread: float


def sign_off(p_values: Sequence[float | None] | FloatArray, rate: float = RATE) -> Wins:
    """Final p-values (None where there is none): Benjamini and Hochberg 1995.

    Sort ascending; the largest k with p_(k) <= k rate / n decides, n counting the p-values there are. For
    independent or positively dependent results. Never hand in the smallest p over several looks.
    """
    p, there = _given(p_values, "p_values", 0.0, 1.0)
    stands = np.zeros(there.size, dtype=np.bool_)
    order = np.argsort(p[there], kind="stable")
    n = order.size
    below = np.flatnonzero(p[there][order] <= rate * np.arange(1, n + 1) / max(n, 1))
    if below.size:
        stands[np.flatnonzero(there)[order[: below[-1] + 1]]] = True
    return Wins(stands, rate)


def in_flight(e_values: Sequence[float | None] | FloatArray, rate: float = RATE) -> Wins:
    """Today's e-values of running pilots: e-BH, Wang and Ramdas 2022 (arXiv 2009.02824).

    Sort descending; the largest k with e_(k) >= n / (rate k) decides. For any dependence, on any day.
    """
    e, there = _given(e_values, "e_values", 0.0, math.inf)
    stands = np.zeros(there.size, dtype=np.bool_)
    order = np.argsort(-e[there], kind="stable")
    n = order.size
    over = np.flatnonzero(e[there][order] * rate * np.arange(1, n + 1) >= n)
    if over.size:
        stands[np.flatnonzero(there)[order[: over[-1] + 1]]] = True
    return Wins(stands, rate)


def shrink(effects: Sequence[float] | FloatArray, errors: Sequence[float] | FloatArray) -> Shrunken:
    """Effects on one scale (such as shares of the target) with their standard errors, for ranking.

    The largest of many results is large partly by luck: mean + (1 - B)(effect - mean), B = se^2 / (se^2 + tau^2),
    tau^2 by DerSimonian and Laird's moments (Efron and Morris 1975). A single effect stays what it is.
    """
    x, se = np.asarray(effects, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if x.shape != se.shape or x.ndim != 1:
        raise StatsError("effects and errors must be two rows of one length")
    if not (np.isfinite(x).all() and np.isfinite(se).all() and (se > 0).all()):
        raise StatsError("effects must be finite and their errors above zero")
    if x.size < 2:
        return Shrunken(x, float(x[0]) if x.size else 0.0, 0.0)
    w = 1 / se**2
    mean = float(w @ x / w.sum())
    extra = (float(w @ (x - mean) ** 2) - (x.size - 1)) / float(w.sum() - (w**2).sum() / w.sum())
    tau2 = max(0.0, extra)
    w = 1 / (se**2 + tau2)
    mean = float(w @ x / w.sum())
    return Shrunken(mean + tau2 / (tau2 + se**2) * (x - mean), mean, math.sqrt(tau2))


def _given(
    numbers: Sequence[float | None] | FloatArray, name: str, least: float, most: float
) -> tuple[FloatArray, NDArray[np.bool_]]:
    try:
        array = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError):
        raise StatsError(f"{name} must be numbers") from None
    there = ~np.isnan(array)
    if array.ndim != 1 or bool(np.any((array[there] < least) | (array[there] > most))):
        raise StatsError(f"{name} must be one row of numbers between {least:g} and {most:g}")
    return array, there
