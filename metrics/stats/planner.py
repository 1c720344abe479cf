"""Before launch, from the baseline alone: is it enough, is it stable, and what can six weeks show?"""

from dataclasses import dataclass, replace
from operator import index
from typing import Final, Literal

import numpy as np
import scipy

from .ar1 import whitened
from .arrays import FloatArray, Numbers
from .channel import Channel
from .design import ADVISED_BASELINE, WEEK, Design
from .errors import StatsError
from .final import RHOS, average_rho
from .least_squares import columns
from .noise import Noise, Rows
from .nulls import Doubt, doubt, misses
from .panel import Panel
from .points import Points, read_points
from .rare import counts_of, merge_length, merged, rare_rows
from .rare_plan import chance_of_ratio, smallest_change
from .xmr import xmr_limits

type HelpKind = Literal["daily", "longer_baseline", "comparison"]

SHOWN: Final = 0.8
"""The smallest effect is the one that is shown with this chance."""
SHIFTED: Final = 3.5
"""|t| of the best step within the baseline from which on it is told (the largest of many is rarely above 3)."""
MARGIN: Final = 0.15
"""Share of the baseline at either end in which no step is looked for."""
FLAT: Final = 1e-9
"""Length below which the season leaves nothing of a step: it cannot be told from the season."""
PATTERN: Final = 0.1
"""Adjusted share of the scatter that weekdays explain, from which on it is told."""
UNLIKELY: Final = 0.01
STICKY: Final = 0.5
SHARED: Final = 0.5
"""A good comparison group halves the variance of what is judged (a correlation of 3/4)."""
HELPS: Final = 0.95
"""What helps must bring the smallest effect below this share of today's."""
LONGER: Final = {"daily": (84, 126), "weekly": (26, 52), "other": ()}


@dataclass(frozen=True)
class Help:
    """What would let a smaller effect be seen: the smallest effect with it, and the chance of the target."""

    kind: HelpKind
    mde: float
    chance: float
    points: int | None = None


@dataclass(frozen=True)
class Plan:
    """What six weeks can show. Changes are signed and in units of the metric, like the target.

    mde: the smallest change that will be seen with a chance of 80 %; None where none can. chance: that the final
    interval excludes "no change" if the target is met, with its 80 % range; all None when the baseline cannot tell.
    enough: as many points as advised. drift_per_window, drift_t: the baseline's own slope. shift_at, shift: entry
    and size of a jump within the baseline. season_share: share of the scatter that weekdays explain.
    last: mean of the last three points in SDs, improvement positive. outside: points outside the XmR limits.
    helps: best first. warnings: codes as of `Assessment`, and level_shift, weekday_pattern, autocorrelated,
    recovery_likely, lag_leaves_little, ramp_leaves_little, points_outside_limits.
    """

    target: float
    mde: float | None = None
    chance: float | None = None
    chance_low: float | None = None
    chance_high: float | None = None
    baseline_mean: float | None = None
    sd: float | None = None
    rho: float | None = None
    enough: bool = False
    n_used: int = 0
    n_missing: int = 0
    drift_per_window: float | None = None
    drift_t: float | None = None
    shift_at: int | None = None
    shift: float | None = None
    season_share: float | None = None
    last: float | None = None
    outside: int = 0
    helps: tuple[Help, ...] = ()
    warnings: tuple[str, ...] = ()


def plan(
    baseline_values: Numbers | None,
    design: Design,
    *,
    points: int | None = None,
    numerator: Numbers | None = None,
    denominator: Numbers | None = None,
    comparison: Numbers | None = None,
    helps: bool = True,
) -> Plan:
    """What a window of `points` points (the design's by default) can show after this baseline.

    baseline_values: shape (n,), NaN or None where missing; n need not be the design's baseline. The others as in
    `assess`. helps: whether to work out what would help too. Takes about half a second when asked first and a few
    milliseconds when asked again with a baseline of this length. Raises StatsError for input that cannot be meant.
    """
    given = read_points(baseline_values, numerator, denominator, comparison)
    n = given.values.shape[1]
    if n == 0:
        raise StatsError("a plan needs at least one baseline point")
    design = _planned(design, n, points)
    extra = n - design.capped
    if extra:
        given = given.take(np.s_[:], np.s_[extra:])
        design = replace(design, baseline=design.capped)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _plan(given, design, capped=extra > 0, helps=helps)


def _planned(design: Design, baseline: int, points: int | None) -> Design:
    if points is None:
        return replace(design, baseline=baseline)
    try:
        window = index(points)
    except TypeError:
        raise StatsError("points must be a whole number of window points") from None
    if window < 1:
        raise StatsError("points must be at least one window point")
    return replace(design, baseline=baseline, window=window)


def _plan(points: Points, design: Design, *, capped: bool, helps: bool) -> Plan:
    if design.kind == "rate" and points.comparison is None and not design.log:
        counts = counts_of(points, design.baseline)
        if rare_rows(counts, design.baseline)[0]:
            there = max(int(counts.observed[0].sum()), 1)
            length = merge_length(float(counts.events[0].sum()) / there, design)
            if length is None:
                return _rare(points, design, capped)
            longer, its = merged(points, counts, design, length)
            found = _usual(longer, its, capped=capped, helps=False)
            warnings = tuple(code for code in found.warnings if code != "short_baseline")
            return replace(found, enough=True, warnings=(*warnings, "merged_points"))
    return _usual(points, design, capped=capped, helps=helps)


def _usual(points: Points, design: Design, *, capped: bool, helps: bool) -> Plan:
    observed = points.observed[0]
    panel = Panel.read(points, np.array([0]), observed, design, capped)
    used = int(observed.sum())
    level = float(panel.channels.baseline[0])
    found = Plan(
        target=design.target,
        baseline_mean=level if np.isfinite(level) else None,
        enough=used >= ADVISED_BASELINE[design.cadence],
        n_used=used,
        n_missing=observed.size - used,
        warnings=panel.warnings(0, 0),
    )
    if not panel.effect:
        return found
    noise = panel.effect[0]
    rows = noise.look(0)
    stable = _stability(found, noise, rows, points)
    return _power(stable, noise, rows, design, compared=points.comparison is not None, helps=helps)


def _stability(found: Plan, noise: Noise, rows: Rows, points: Points) -> Plan:
    unit, design = noise.channel.unit, noise.design
    sd, last, slope_t = float(noise.sd[0]), float(noise.last[0]), float(noise.slope_t[0])
    slope = np.linalg.lstsq(np.column_stack([rows.season, rows.tau]), rows.y[0])[0][-1]
    at, shift, shift_t = _shift(rows, float(noise.rho[0]))
    share, chance = _season_share(rows)
    values = points.values[0][points.observed[0]]
    limits = xmr_limits(values)
    outside = 0
    if limits.low is not None and limits.high is not None and design.period == 1:
        outside = int(((values < limits.low) | (values > limits.high)).sum())
    codes = [
        ("level_shift", abs(shift_t) > max(SHIFTED, abs(slope_t))),
        ("weekday_pattern", share > PATTERN and chance < UNLIKELY),
        ("autocorrelated", noise.rho[0] >= STICKY),
        ("recovery_likely", last < -sd),
        ("lag_leaves_little", 2 * design.lag >= design.points),
        ("ramp_leaves_little", 2 * (design.ramp + design.lag) > 2 * design.points),
        ("points_outside_limits", outside > 0),
    ]
    shifted = codes[0][1]
    return replace(
        found,
        sd=sd * abs(float(unit[0])),
        rho=float(noise.rho[0]),
        drift_per_window=_told(noise.channel, float(slope)),
        drift_t=slope_t * design.sign,
        shift_at=at if shifted else None,
        shift=_told(noise.channel, shift) if shifted else None,
        season_share=share,
        last=last / sd,
        outside=outside,
        warnings=(*found.warnings, *(code for code, holds in codes if holds)),
    )


def _shift(rows: Rows, rho: float) -> tuple[int | None, float, float]:
    """Entry, size and t of the step within the baseline that fits best."""
    edge = max(3, round(MARGIN * rows.t.size))
    cuts = np.arange(edge, rows.t.size - edge + 1)
    left = rows.t.size - rows.season.shape[1] - 1
    if left < 1 or cuts.size == 0:
        return None, 0.0, 0.0
    # All cuts at once: what the season leaves of each step and of the series, both freed of their memory (Frisch-Waugh).
    steps = (np.arange(rows.t.size)[:, None] >= cuts).astype(np.float64)
    whole = np.column_stack([rows.season, rows.y[0], steps])
    whole = whitened(whole if rows.root_w is None else rows.root_w[0][:, None] * whole, rows.t, rho)
    season, others = np.split(whole, [rows.season.shape[1]], axis=1)
    basis = np.linalg.qr(season)[0]
    rest = others - basis @ (basis.T @ others)
    y, steps = rest[:, 0], rest[:, 1:]
    length = np.sqrt((steps**2).sum(axis=0))
    there = length > FLAT
    if not there.any():
        return None, 0.0, 0.0
    cuts, steps, length = cuts[there], steps[:, there], length[there]
    along = steps.T @ y / length
    t = along / np.sqrt(np.maximum(y @ y - along**2, 1e-300) / left)
    best = int(np.argmax(np.abs(t)))
    return int(rows.t[cuts[best]]), float(along[best] / length[best]), float(t[best])


def _season_share(rows: Rows) -> tuple[float, float]:
    """Adjusted share of the scatter that the season explains, at least 0, and how often chance alone does (F)."""
    n, s = rows.season.shape
    y = rows.y[0]
    total = float(((y - y.mean()) ** 2).sum())
    if s == 1 or n <= s or total <= 0:
        return 0.0, 1.0
    rest = y - rows.season @ np.linalg.lstsq(rows.season, y)[0]
    left = max(float(rest @ rest), 1e-300)
    f = (total - left) / (s - 1) / (left / (n - s))
    return max(0.0, 1 - left / (n - s) / (total / (n - 1))), float(scipy.special.fdtrc(s - 1, n - s, f))


def _power(found: Plan, noise: Noise, rows: Rows, design: Design, *, compared: bool, helps: bool) -> Plan:
    weights, variances, nu = average_rho(rows, columns(rows, noise.kappa))
    told = doubt(RHOS, weights[:, 0], np.sqrt(variances[:, 0]), nu)
    target = float(noise.channel.target[0])
    table = misses(design, used=found.n_used)
    mde = told.smallest(table, SHOWN)
    low, middle, high = told.chance(table, target)
    return replace(
        found,
        mde=_told(noise.channel, mde),
        chance=middle,
        chance_low=low,
        chance_high=high,
        helps=_helps(noise.channel, told, design, mde, compared=compared, used=found.n_used) if helps else (),
    )


def _helps(
    channel: Channel, told: Doubt, design: Design, mde: float, *, compared: bool, used: int
) -> tuple[Help, ...]:
    target = float(channel.target[0])
    longer = next((n for n in LONGER[design.cadence] if n > used * 1.2), None)
    options: list[tuple[HelpKind, Design, int, Doubt, int | None]] = []
    if longer:
        options.append(
            ("longer_baseline", replace(design, baseline=longer, season=design.period), longer, told, longer)
        )
    if design.cadence == "weekly":
        days = min(WEEK * used, 126)
        daily = replace(
            design, cadence="daily", baseline=days, window=WEEK * design.points, season=WEEK, lag=WEEK * design.lag,
            path="step" if design.path == "step" else WEEK * design.ramp,
        )  # fmt: skip
        options.append(("daily", daily, days, told.finer(WEEK), None))
    if not compared:
        options.append(("comparison", design, used, told.scaled(SHARED**0.5), None))
    helps = []
    for kind, other, count, doubted, number in options:
        table = misses(other, used=count)
        smallest = doubted.smallest(table, SHOWN)
        if smallest < HELPS * mde:
            helps.append((smallest, kind, doubted.chance(table, target)[1], number))
    return tuple(
        Help(kind, _told(channel, smallest), chance, number)
        for smallest, kind, chance, number in sorted(helps, key=lambda one: one[0])
    )


def _rare(points: Points, design: Design, capped: bool) -> Plan:
    counts = counts_of(points, design.baseline)
    events, size = float(counts.events[0].sum()), float(counts.exposure[0].sum())
    used = int(counts.observed[0].sum())
    level = float(counts.per[0]) * events / size
    window = size / used * (design.points - design.lag)
    ratio = (level + design.target) / level
    low, middle, high = chance_of_ratio(events, size, window, ratio, design)
    smallest = smallest_change(events, size, window, design)
    enough = used >= ADVISED_BASELINE[design.cadence]
    codes = [
        ("rare_events", True),
        ("short_baseline", not enough),
        ("baseline_capped", capped),
        ("target_out_of_range", ratio < 0),
        ("lag_leaves_little", 2 * design.lag >= design.points),
    ]
    possible = ratio >= 0
    return Plan(
        target=design.target, mde=None if smallest is None else level * (smallest - 1),
        chance=middle if possible else None, chance_low=low if possible else None,
        chance_high=high if possible else None, baseline_mean=level, enough=enough, n_used=used,
        n_missing=design.baseline - used, warnings=tuple(code for code, holds in codes if holds),
    )  # fmt: skip


def _told(channel: Channel, change: float) -> float:
    """A change in channel units of the only series, in units of the metric."""
    told: FloatArray = channel.change(np.array([change]))
    return float(told[0])
