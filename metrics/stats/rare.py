"""Events so rare that most points are zero: merged into longer points, or counted once at the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import scipy
from numpy.typing import NDArray

from .arrays import FloatArray, IntArray
from .design import ADVISED_BASELINE, Design
from .panel import ANSWER, EVIDENCE, Answer, Panel
from .points import Points
from .verdict import judge

RARE: Final = 1.0
"""Events a point below which single points say nothing."""
ENOUGH: Final = 5.0
"""Expected events a merged point needs."""
LONGER: Final = {"daily": (7, 28), "weekly": (4,), "other": ()}
FEWEST_MERGED: Final = (8, 3)
"""Merged points that baseline and window must have."""
OVERDISPERSED: Final = 0.05
"""Below this chance of so much scatter, the counts are told to scatter more than counting alone explains."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Events and exposure of N series, shape (N, n0 + k), 0 where missing; per: units of the metric of one event."""

    events: FloatArray
    exposure: FloatArray
    per: FloatArray
    observed: NDArray[np.bool_]

    def take(self, rows: IntArray) -> Counts:
        return Counts(self.events[rows], self.exposure[rows], self.per[rows], self.observed[rows])


def counts_of(points: Points, n0: int) -> Counts:
    """Events are the numerator, or else value times exposure (or values themselves)."""
    observed = points.observed
    size = np.ones_like(points.values) if points.denominator is None else points.denominator
    exposure = np.where(observed, size, 0.0)
    values = np.where(observed, points.values, 0.0)
    events = values * exposure
    if points.numerator is not None:
        events = np.where(observed, points.numerator, 0.0)
    told, base = (values * exposure)[:, :n0].sum(axis=1), events[:, :n0].sum(axis=1)
    known = (told > 0) & (base > 0)
    return Counts(events, exposure, np.where(known, told / np.where(known, base, 1.0), 1.0), observed)


def rare_rows(counts: Counts, n0: int) -> NDArray[np.bool_]:
    """Series with fewer than one event a baseline point, and at least one: shape (N,)."""
    there = np.maximum(counts.observed[:, :n0].sum(axis=1), 1)
    mean = counts.events[:, :n0].sum(axis=1) / there
    return (mean > 0) & (mean < RARE)


def merge_length(rate: float, design: Design) -> int | None:
    """The shortest longer point with enough events, if baseline and window then have points enough."""
    for length in LONGER[design.cadence]:
        long_enough = design.baseline // length >= FEWEST_MERGED[0]
        if rate * length >= ENOUGH and long_enough and design.points // length >= FEWEST_MERGED[1]:
            return length
    return None


def merged(points: Points, counts: Counts, design: Design, length: int) -> tuple[Points, Design]:
    """The same counts in points of `length`, counted from the start backwards and forwards; the rest is dropped."""
    n0 = design.baseline
    before, after = n0 // length, (points.values.shape[1] - n0) // length
    span = slice(n0 - before * length, n0 + after * length)

    def sums(array: FloatArray) -> FloatArray:
        return np.asarray(array[:, span].reshape(array.shape[0], -1, length).sum(axis=2))

    events, exposure = sums(counts.events), sums(counts.exposure)
    there = exposure > 0
    values = np.where(there, counts.per[:, None] * events / np.where(there, exposure, 1.0), np.nan)
    longer = replace(
        design, cadence="other", season=1, baseline=before, window=design.points // length,
        path="step" if design.path == "step" else -(-design.ramp // length), lag=design.lag // length,
    )  # fmt: skip
    return Points(values, np.where(there, events, np.nan), exposure, None, points.targets), longer


@dataclass(frozen=True, eq=False)
class Merged:
    """A panel of longer points that answers for shorter ones."""

    rows: IntArray
    inner: Panel
    length: int
    shorter: Design
    capped: bool
    observed: NDArray[np.bool_]

    def evidence(self, k: int) -> Answer:
        return self.inner.evidence(self._longer(k))

    def answer(self, k: int) -> tuple[Answer, NDArray[np.str_]]:
        found, verdicts = self.inner.answer(self._longer(k))
        return found, np.where(k < self.shorter.points, "running", verdicts)

    def plain(self, k: int) -> Answer:
        used = self.observed[:, : self.shorter.baseline + k].sum(axis=1).astype(np.float64)
        missing = self.shorter.baseline + k - used
        return {**self.inner.plain(self._longer(k)), "n_used": used, "n_missing": missing}

    def warnings(self, i: int, k: int) -> tuple[str, ...]:
        told = [code for code in self.inner.warnings(i, self._longer(k)) if code != "short_baseline"]
        capped = ["baseline_capped"] if self.capped else []
        return (*capped, *told, "merged_points")

    def _longer(self, k: int) -> int:
        return k // self.length


@dataclass(frozen=True, eq=False)
class Exact:
    """Nothing is said before the end; then the exact conditional test of two counts.

    Given all events, those of the window are binomial with p = r E_w / (E_b + r E_w), r the ratio of the rates
    (Przyborowski & Wilenski 1940); the interval of r is Clopper and Pearson's. Where the baseline scatters more
    than counting explains (Pearson's chi-square), all counts are divided by its dispersion.
    """

    rows: IntArray
    design: Design
    capped: bool
    counts: Counts

    def evidence(self, k: int) -> Answer:
        return {name: self._blank(1.0 if name.startswith("e_") else np.nan) for name in EVIDENCE}

    def answer(self, k: int) -> tuple[Answer, NDArray[np.str_]]:
        out = {name: self._blank() for name in ANSWER}
        out["n_clipped"][:] = 0
        before, after, size_before, size_after = self._sums(k)
        verdicts = np.full(self.rows.size, "running" if k < self.design.points else "unclear", dtype="<U9")
        known = (size_before > 0) & (size_after > 0)
        if not known.any():
            return out, verdicts
        size_after = np.where(known, size_after, 1.0)
        level = self.counts.per * before / size_before
        estimate = self.counts.per * after / size_after - level
        ratio_low, ratio_high, p = self._interval(before, after, size_before, size_after)
        low, high = level * (ratio_low - 1), level * (ratio_high - 1)
        for name, told in (("estimate", estimate), ("low", low), ("high", high), ("p_value", p)):
            out[name][known] = told[known]
        if k == self.design.points:
            sign = self.design.sign
            one, two = sorted_pair(low * sign, high * sign)
            target = np.full_like(low, self.design.target * sign)
            verdicts[known] = judge(estimate * sign, one, two, target)[known]
        return out, verdicts

    def plain(self, k: int) -> Answer:
        before, after, size_before, size_after = self._sums(k)
        used = self.counts.observed[:, : self.design.baseline + k].sum(axis=1).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            window = np.where(size_after > 0, self.counts.per * after / size_after, np.nan)
        return {
            "baseline_mean": self.counts.per * before / size_before,
            "window_mean": window,
            "n_used": used,
            "n_missing": self.design.baseline + k - used,
        }

    def warnings(self, i: int, k: int) -> tuple[str, ...]:
        n0 = self.design.baseline
        found = ["rare_events"]
        if int(self.counts.observed[i, :n0].sum()) < ADVISED_BASELINE[self.design.cadence]:
            found.append("short_baseline")
        if self.capped:
            found.append("baseline_capped")
        before, _, size, _ = (part[i] for part in self._sums(0))
        if self.counts.per[i] * before / size + self.design.target < 0:
            found.append("target_out_of_range")
        if k and 2 * int(self.counts.observed[i, n0 : n0 + k].sum()) < k:
            found.append("few_points")
        return tuple(found)

    def _sums(self, k: int) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        n0, lag = self.design.baseline, self.design.lag
        events, size = self.counts.events, self.counts.exposure
        part = slice(n0 + min(lag, k), n0 + k)
        return events[:, :n0].sum(1), events[:, part].sum(1), size[:, :n0].sum(1), size[:, part].sum(1)

    def _interval(
        self, before: FloatArray, after: FloatArray, size_before: FloatArray, size_after: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        scatter = self._dispersion()
        x, y, alpha = after / scatter, before / scatter, self.design.alpha
        odds = size_after / size_before
        low = np.where(x > 0, scipy.special.betaincinv(np.maximum(x, 1e-9), y + 1, alpha / 2), 0.0)
        high = scipy.special.betaincinv(x + 1, np.maximum(y, 1e-9), 1 - alpha / 2)
        share = odds / (1 + odds)
        below = scipy.special.betainc(np.maximum(y, 1e-9), x + 1, 1 - share)
        above = np.where(x > 0, scipy.special.betainc(np.maximum(x, 1e-9), y + 1, share), 1.0)
        p = np.minimum(1.0, 2 * np.minimum(below, above))
        return low / (1 - low) / odds, high / np.maximum(1 - high, 1e-12) / odds, p

    def _dispersion(self) -> FloatArray:
        n0 = self.design.baseline
        events, size = self.counts.events[:, :n0], self.counts.exposure[:, :n0]
        expected = size * (events.sum(1) / size.sum(1))[:, None]
        chi = ((events - expected) ** 2 / np.where(expected > 0, expected, 1.0)).sum(axis=1)
        df = np.maximum((expected > 0).sum(axis=1) - 1, 1)
        return np.where(scipy.special.chdtrc(df, chi) < OVERDISPERSED, np.maximum(chi / df, 1.0), 1.0)

    def _blank(self, value: float = np.nan) -> FloatArray:
        return np.full(self.rows.size, value, dtype=np.float64)


def sorted_pair(one: FloatArray, two: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The lower of two bounds first."""
    return np.minimum(one, two), np.maximum(one, two)
