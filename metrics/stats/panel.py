"""Series that miss the same points, read once under their design and ready to be looked at on any day."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arrays import BoolArray, FloatArray, IntArray
from .channel import Channels, make_channels, weighted_mean
from .columns import planned_path
from .design import ADVISED_BASELINE, Design
from .evidence import weigh
from .final import POINTS_FOR_OWN_SLOPE, Fit, fit_final
from .forecast import forecast
from .noise import Noise, Rows, fit_noise
from .points import Points
from .verdict import judge

type Answer = dict[str, NDArray[np.float64]]

EVIDENCE: Final = ("e_moving", "e_wrong_way", "e_not_moving", "band_low", "band_high")
ANSWER: Final = (
    "estimate", "low", "high", "p_value", "chance_of_target", "forecast", "forecast_low", "forecast_high",
    "breakdown_drift", "rho", "sd", "n_clipped",
)  # fmt: skip
PLAIN: Final = ("baseline_mean", "window_mean", "n_used", "n_missing")


@dataclass(frozen=True, eq=False)
class Panel:
    """rows: shape (N,), which series of those handed in. design: of the baseline that is used, `capped` whether it
    was longer. observed: shape (n0 + k,). effect, flags: what could be read of each channel; none if nothing."""

    rows: IntArray
    design: Design
    capped: bool
    observed: BoolArray
    channels: Channels
    effect: tuple[Noise, ...]
    flags: tuple[Noise, ...]

    @classmethod
    def read(
        cls, points: Points, rows: IntArray, observed: BoolArray, design: Design, capped: bool
    ) -> "Panel":
        channels = make_channels(points, observed, design)
        effect = tuple(fit_noise(channels.effect, observed, design))
        same = channels.flags is channels.effect
        flags = effect if same else tuple(fit_noise(channels.flags, observed, design))
        return cls(rows, design, capped, observed, channels, effect, flags)

    def evidence(self, k: int) -> Answer:
        """E-values and the anytime-valid interval after `k` window points, in units of the metric."""
        out = {name: self._blank(1.0 if name.startswith("e_") else np.nan) for name in EVIDENCE}
        for noise in self.flags:
            found = weigh(noise.look(k), noise)
            if found is None:
                continue
            at = noise.rows
            out["e_moving"][at], out["e_wrong_way"][at] = found.moving, found.wrong_way
            out["e_not_moving"][at] = found.not_moving
            out["band_low"][at], out["band_high"][at] = _ordered(noise, found.low, found.high)
        return out

    def answer(self, k: int) -> tuple[Answer, NDArray[np.str_]]:
        """Estimate, interval, forecast and verdict after `k` window points, in units of the metric."""
        out = {name: self._blank() for name in ANSWER}
        out["estimate"][:] = self._difference(k)
        out["n_clipped"][:] = 0
        running = k < self.design.points
        verdicts = np.full(self.rows.size, "running" if running else "unclear", dtype="<U9")
        for noise in self.effect:
            rows, at = noise.look(k), noise.rows
            out["rho"][at], out["sd"][at] = noise.rho, noise.sd * np.abs(noise.channel.unit)
            out["n_clipped"][at] = rows.clipped
            if not rows.z.any():
                continue
            found = fit_final(rows, noise)
            self._write_fit(out, noise, found)
            if ahead := forecast(rows, found, noise, k=k):
                out["chance_of_target"][at] = ahead.chance
                out["forecast"][at] = noise.channel.change(ahead.middle)
                out["forecast_low"][at], out["forecast_high"][at] = _ordered(noise, ahead.low, ahead.high)
            if not running and self._enough(rows):
                half = found.half(self.design.alpha)
                verdicts[at] = judge(
                    found.estimate, found.estimate - half, found.estimate + half, noise.channel.target
                )
        return out, verdicts

    def plain(self, k: int) -> Answer:
        """What can be said without any model."""
        n0 = self.design.baseline
        seen, values, weights = self.seen(k), self.channels.values, self.channels.weights
        used = int(self.observed[:n0].sum()) + seen.size
        begun = seen[seen >= n0 + self.design.lag]
        return {
            "baseline_mean": self.channels.baseline,
            "window_mean": weighted_mean(values, weights, begun),
            "n_used": self._blank(used),
            "n_missing": self._blank(n0 + k - used),
        }

    def warnings(self, i: int, k: int) -> tuple[str, ...]:
        """The codes that apply to the i-th series of the panel after `k` window points."""
        design, n0 = self.design, self.design.baseline
        found = []
        if int(self.observed[:n0].sum()) < ADVISED_BASELINE[design.cadence]:
            found.append("short_baseline")
        if self.capped:
            found.append("baseline_capped")
        noise = next((noise for noise in self.effect if i in noise.rows), None)
        if noise is None:
            found.append(self._why_not(i))
        else:
            j = int(np.searchsorted(noise.rows, i))
            found += ["drifting_baseline"] if noise.drifting else []
            found += ["unusual_last_points"] if abs(noise.last[j]) > noise.sd[j] else []
            found += ["target_out_of_range"] if self._out_of_range(i) else []
        if k and 2 * self.seen(k).size < k and "few_points" not in found:
            found.append("few_points")
        return tuple(found)

    def seen(self, k: int) -> IntArray:
        """Positions observed in the window so far, comparable ones if there is a noise."""
        n0 = self.design.baseline
        there = self.effect[0].usable if self.effect else self.observed
        return np.asarray(np.flatnonzero(there[n0 : n0 + k]) + n0, dtype=np.intp)

    def _write_fit(self, out: Answer, noise: Noise, found: Fit) -> None:
        at, half = noise.rows, found.half(self.design.alpha)
        low, high = found.estimate - half, found.estimate + half
        out["estimate"][at] = noise.channel.change(found.estimate)
        out["low"][at], out["high"][at] = _ordered(noise, low, high)
        out["p_value"][at] = found.p_value
        nearest = np.where(low > 0, low, np.where(high < 0, high, np.nan))
        out["breakdown_drift"][at] = noise.channel.change(nearest / found.lever)

    def _enough(self, rows: Rows) -> bool:
        return int((rows.z > 0).sum()) >= min(POINTS_FOR_OWN_SLOPE, self.design.points - self.design.lag)

    def _difference(self, k: int) -> FloatArray:
        """Window mean minus baseline mean of what is judged, by weight; NaN without points."""
        channel, n0 = self.channels.effect, self.design.baseline
        seen = self.seen(k)
        begun = seen[planned_path(seen, self.design) > 0]
        after = weighted_mean(channel.y, channel.weights, begun)
        before = weighted_mean(channel.y, channel.weights, np.flatnonzero(self.observed[:n0]))
        unit = np.where(channel.unit == 0, self.design.sign, channel.unit)
        return channel.scale.back((after - before) * unit)

    def _why_not(self, i: int) -> str:
        """A baseline that cannot be judged by shows no variation, or has too few points."""
        if not self.observed[: self.design.baseline].any():
            return "few_points"
        flat = self.channels.effect.unit[i] == 0
        return "constant_baseline" if flat or self._fits() else "few_points"

    def _fits(self) -> bool:
        """Whether a baseline with these points could be judged by, had it variation."""
        channel = self.channels.effect
        noisy = np.random.default_rng(1).standard_normal((1, channel.y.shape[1]))
        wild = type(channel)(noisy, None, np.ones(1), np.ones(1), channel.scale)
        return any(True for _ in fit_noise(wild, self.observed, self.design))

    def _out_of_range(self, i: int) -> bool:
        """Whether the target would take a share or rate below zero, or a share above one."""
        if self.design.kind == "mean" and not self.design.log:
            return False
        level = float(self.channels.baseline[i])
        target = float(self.channels.targets[i])
        goal = level + target
        told_as_share = self.design.kind == "proportion" and level <= 1 and abs(target) < 1
        return goal < 0 or (told_as_share and goal > 1)

    def _blank(self, value: float = np.nan) -> FloatArray:
        return np.full(self.rows.size, value, dtype=np.float64)


def _ordered(noise: Noise, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two bounds in units of the metric, the lower one first."""
    one, two = noise.channel.change(low), noise.channel.change(high)
    return np.minimum(one, two), np.maximum(one, two)
