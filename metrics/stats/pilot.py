"""One pilot, read once: its series and noise, ready to be looked at on any day."""

from dataclasses import dataclass, replace
from operator import index
from typing import Final

import numpy as np

from .arrays import FloatArray, IntArray
from .design import ADVISED_BASELINE, LONGEST_BASELINE, Design
from .errors import StatsError
from .noise import DUST, Noise, fit_noise
from .series import Channel, Points, Series, make_series, weighted_mean

LAST: Final = 3


@dataclass(frozen=True)
class Pilot:
    """A series under its design (baseline capped), with the noise of each channel.

    effect_noise, flag_noise: None when the baseline cannot be judged by. available: window points
    handed in, missing ones included. warnings: what the baseline alone gives reason for.
    """

    design: Design
    series: Series
    effect_noise: Noise | None
    flag_noise: Noise | None
    available: int
    warnings: tuple[str, ...]

    def look(self, wanted: int | None) -> int:
        """The number of window points to look at; all by default. Raises StatsError."""
        if wanted is None:
            return self.available
        try:
            number = index(wanted)
        except TypeError:
            raise StatsError("a look is a whole number of window points") from None
        if not 0 <= number <= self.available:
            raise StatsError(f"a look must lie between 0 and {self.available} window points")
        return number

    def seen(self, look: int) -> IntArray:
        """Positions observed in the window so far, comparable ones if there is a noise."""
        noise, n0 = self.effect_noise, self.design.baseline
        there = self.series.effect.observed if noise is None else noise.usable
        return np.asarray(np.flatnonzero(there[n0 : n0 + look]) + n0, dtype=np.intp)

    def mean(self, positions: IntArray) -> float | None:
        """The pilot's own mean over these positions, by weight; None without points."""
        weights = self.series.effect.weights[positions]
        return weighted_mean(self.series.values[positions], weights)


def prepare(points: Points, design: Design) -> Pilot:
    """Check lengths, keep the newest part of a long baseline, fit the noise. Raises StatsError."""
    n0, given = design.baseline, points.values.size
    if not n0 <= given <= n0 + design.points:
        raise StatsError(f"{given} points do not fit a baseline of {n0} and a window of {design.points}")
    points, capped = _capped(points, design)
    series = make_series(points, capped)
    effect = _noise(series.effect, capped)
    flags = effect if series.flags is series.effect else _noise(series.flags, capped)
    if effect is None or flags is None:
        effect = flags = None
    warnings = (*_length_warnings(series, design, capped), *_warnings(series, effect, capped))
    return Pilot(capped, series, effect, flags, given - n0, warnings)


def _noise(channel: Channel, design: Design) -> Noise | None:
    noise = fit_noise(channel, design) if channel.unit else None
    return noise if noise is not None and noise.sd > DUST else None


def _capped(points: Points, design: Design) -> tuple[Points, Design]:
    extra = design.baseline - LONGEST_BASELINE.get(design.cadence, design.baseline)
    if extra <= 0:
        return points, design

    def newest(array: FloatArray | None) -> FloatArray | None:
        return None if array is None else array[extra:]

    shorter = Points(
        points.values[extra:],
        newest(points.numerator),
        newest(points.denominator),
        newest(points.comparison),
    )
    return shorter, replace(design, baseline=design.baseline - extra)


def _length_warnings(series: Series, asked: Design, design: Design) -> list[str]:
    there = int(series.effect.observed[: design.baseline].sum())
    found = ["short_baseline"] if there < ADVISED_BASELINE[design.cadence] else []
    return [*found, "baseline_capped"] if asked.baseline > design.baseline else found


def _warnings(series: Series, noise: Noise | None, design: Design) -> list[str]:
    if noise is None:
        return [_why_not(series, design)]
    found = ["drifting_baseline"] if noise.drifting else []
    before = np.flatnonzero(noise.usable[: design.baseline])[-LAST:]
    off = float((series.effect.y[before] - noise.level[before]).mean())
    if abs(off) > noise.sd:
        found.append("unusual_last_points")
    return [*found, "target_out_of_range"] if _out_of_range(series, design) else found


def _why_not(series: Series, design: Design) -> str:
    """A baseline that cannot be judged by shows no variation, or has too few points."""
    channel = series.effect
    if not channel.observed[: design.baseline].any():
        return "few_points"
    too_few = channel.unit and fit_noise(channel, design) is None
    return "few_points" if too_few else "constant_baseline"


def _out_of_range(series: Series, design: Design) -> bool:
    """Whether the target would take a share or rate below zero."""
    n0 = design.baseline
    level = weighted_mean(series.values[:n0], series.effect.weights[:n0])
    return design.kind != "mean" and level is not None and level + design.target < 0
