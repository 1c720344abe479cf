"""What the baseline says about chance: autocorrelation, spread, drift, and what is an outlier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from .ar1 import Products
from .arrays import BoolArray, FloatArray, IntArray
from .channel import Channel
from .columns import comparable, planned_path, season_columns, window_time
from .design import WEEK, Design

LARGEST_RHO: Final = 0.9
GRID: Final[FloatArray] = np.linspace(0.0, LARGEST_RHO, 91)
MAD_TO_SD: Final = 1.4826
DUST: Final = 1e-9
"""Spread below this, in baseline SDs, is rounding."""
FEWEST_FREE: Final = 3
"""Baseline points that must be left over after the columns are fitted."""
OWN_MEDIAN: Final = 3
"""Window points from which on their own median is the middle of clipping."""
HALF_WAY: Final = 0.5
"""The part of the path from which on a window point tells how far the phase has moved."""
DRIFTING: Final = 2.0
FREE_SLOPE: Final = 1000.0
LAST: Final = 3
"""Baseline points that are asked whether they lie unusually."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The points seen so far of some series that miss the same ones, in time order; columns not yet weighted.

    t: shape (n,), position of the point, 0 for the first baseline point. start: how many are of the baseline.
    season: shape (n, s), intercept and season contrasts. tau: time in windows. z: the planned path.
    y: shape (N, n), channel units, clipped. root_w: shape (N, n) or None, square root of the weight.
    clipped: shape (N,), number of points that were pulled in.
    """

    t: IntArray
    start: int
    season: FloatArray
    tau: FloatArray
    z: FloatArray
    y: FloatArray
    root_w: FloatArray | None
    clipped: IntArray

    @property
    def weighted_y(self) -> FloatArray:
        return self.y if self.root_w is None else self.root_w * self.y

    def weigh(self, x: FloatArray) -> FloatArray:
        """Columns, shape (n, p), each row times the root of its weight: shape (1 or N, n, p)."""
        return x[None] if self.root_w is None else self.root_w[:, :, None] * x


@dataclass(frozen=True, eq=False)
class Fence:
    """middle: shape (N,), the baseline's median after removing the season. reach: shape (N,), how far from the
    phase's median a point may lie; infinite when nothing is clipped."""

    middle: FloatArray
    reach: FloatArray

    def take(self, rows: IntArray) -> Fence:
        return Fence(self.middle[rows], self.reach[rows])


@dataclass(frozen=True, eq=False)
class Noise:
    """Series that miss the same points and have the same drift allowance, with their baseline's noise.

    rows: shape (N,), which series of the channel. rho: lag-1 autocorrelation in [0, .9]. sd: of one point after
    removing the season, channel units. kappa: drift allowance in SDs per window in force; 0 is off. drifting:
    the baseline's own slope has |t| > 2. level: shape (N, n0 + k), the season's mean at every point. last: mean of the last three baseline points,
    season removed. usable: shape (n0 + k,), points that can be compared. slope_t: of the baseline's own slope.
    """

    rows: IntArray
    channel: Channel
    design: Design
    rho: FloatArray
    sd: FloatArray
    kappa: float
    drifting: bool
    level: FloatArray
    fence: Fence
    last: FloatArray
    slope_t: FloatArray
    usable: BoolArray

    def look(self, k: int) -> Rows:
        """The comparable points of the baseline and of the first `k` of the window, clipped."""
        return _rows(self.channel, self.design, self.level, self.fence, self.usable, k)


def fit_noise(channel: Channel, observed: BoolArray, design: Design) -> Iterator[Noise]:
    """Estimate the noise from the baseline alone; series that cannot be judged by are left out."""
    usable = comparable(observed, design)
    rows = np.flatnonzero(channel.unit != 0)
    before = np.flatnonzero(usable[: design.baseline])
    season = season_columns(before, before, design.period)
    x = np.column_stack([season, window_time(before, design)])
    if not rows.size or x.shape[0] - x.shape[1] < FEWEST_FREE or _rank(x) < x.shape[1]:
        return
    channel = channel if rows.size == channel.unit.size else channel.take(rows)
    level = _season_level(channel, usable, before, design)
    fence = _fence(channel, before, level, design)
    base = _rows(channel, design, level, fence, usable, 0)
    yield from _fit(channel, design, base, rows, level, fence, usable)


def _fit(
    channel: Channel, design: Design, base: Rows, rows: IntArray, level: FloatArray, fence: Fence,
    usable: BoolArray,
) -> Iterator[Noise]:  # fmt: skip
    x = np.column_stack([base.season, base.tau])
    y = base.weighted_y
    rest = _residual(base, x)
    squares = np.einsum("nt,nt->n", rest, rest)
    plain = _residual(base, base.season)
    sd = np.sqrt(np.einsum("nt,nt->n", plain, plain) / (y.shape[1] - base.season.shape[1]))
    alive = (squares > DUST**2 * y.shape[1]) & (sd > DUST)
    if design.drift == 0:
        rest, squares = plain, np.einsum("nt,nt->n", plain, plain)
    rho = _rho(base, x if design.drift > 0 else base.season, rest, np.where(alive, squares, 1.0))
    slope_t = _slope_t(base, x, rho) if design.period <= WEEK else _slope_across_seasons(base)
    drifting = np.abs(slope_t) > DRIFTING
    free = drifting if 0 < design.drift < FREE_SLOPE else np.zeros_like(drifting)
    last = (base.y - level[:, base.t])[:, -LAST:].mean(axis=1)
    for drifts in (False, True):
        for frees in (False, True):
            mine = np.flatnonzero(alive & (drifting == drifts) & (free == frees))
            if not mine.size:
                continue
            whole = mine.size == rows.size
            yield Noise(
                rows[mine], channel if whole else channel.take(mine), design, rho[mine], sd[mine],
                FREE_SLOPE if frees else design.drift, drifts, level[mine], fence.take(mine), last[mine], slope_t[mine],
                usable,
            )  # fmt: skip


def bias_curve(x: FloatArray, t: IntArray) -> FloatArray:
    """What the lag-1 autocorrelation of residuals is expected to be, for each rho of the grid.

    g(rho) = tr(M A M V_rho) / tr(M V_rho): M the residual maker of x, shape (n, p), A the
    symmetrised shift between neighbours, V_rho the AR(1) correlation. As V_rho depends on the
    distance in time only, both traces are polynomials in rho. First-order bias of Kendall 1954
    and Marriott & Pope 1954 in exact form.
    """
    q = np.linalg.qr(x)[0]
    maker = np.eye(t.size) - q @ q.T
    apart = np.abs(t[:, None] - t[None, :])
    shifted = maker @ (0.5 * (apart == 1)) @ maker
    powers = GRID[:, None] ** np.arange(int(apart.max()) + 1)
    over = powers @ np.bincount(apart.ravel(), weights=shifted.ravel())
    under = powers @ np.bincount(apart.ravel(), weights=maker.ravel())
    return np.asarray(np.maximum.accumulate(over / under), dtype=np.float64)


@lru_cache(maxsize=256)
def _shared_curve(x: bytes, t: bytes, columns: int) -> FloatArray:
    return bias_curve(np.frombuffer(x).reshape(-1, columns), np.frombuffer(t, dtype=np.intp))


def _rho(base: Rows, x: FloatArray, rest: FloatArray, squares: FloatArray) -> FloatArray:
    next_to = np.diff(base.t) == 1
    if not next_to.any():
        return np.zeros(rest.shape[0])
    if next_to.all():
        raw = np.einsum("nt,nt->n", rest[:, 1:], rest[:, :-1]) / squares
    else:
        raw = np.einsum("nt,nt,t->n", rest[:, 1:], rest[:, :-1], next_to.astype(np.float64)) / squares
    if base.root_w is None:
        curve = _shared_curve(x.tobytes(), base.t.tobytes(), x.shape[1])
        return np.asarray(np.interp(raw, curve, GRID), dtype=np.float64)
    curves = (bias_curve(w[:, None] * x, base.t) for w in base.root_w)
    return np.array([np.interp(one, curve, GRID) for one, curve in zip(raw, curves, strict=True)])


def _slope_t(base: Rows, x: FloatArray, rho: FloatArray) -> FloatArray:
    """t of the baseline's slope by generalised least squares at its rho, shape (N,)."""
    found = Products(x, base.y, base.t, base.root_w).at(rho[None, :])
    nu = x.shape[0] - x.shape[1]
    spread = np.sqrt(np.maximum(found.rss[0], 1e-300) / nu)
    return np.asarray(found.reduced[-1, 0] / spread)


def _slope_across_seasons(base: Rows) -> FloatArray:
    """The same where a season is longer than a week: it stays in, as part of what resembles its neighbours.

    A few years of months, each with its own mean, would make a slope look far surer than it is; the published
    answers for the monthly series of `docs/statistics.md` stand on this reading.
    """
    x = np.column_stack([np.ones(base.t.size), base.tau])
    rest = _residual(base, x)
    squares = np.maximum(np.einsum("nt,nt->n", rest, rest), 1e-300)
    return _slope_t(base, x, _rho(base, x, rest, squares))


def _rank(x: FloatArray) -> int:
    return int(np.linalg.matrix_rank(x))


def _residual(base: Rows, x: FloatArray) -> FloatArray:
    """What least squares on x leaves of the weighted y, shape (N, n)."""
    y = base.weighted_y
    if base.root_w is None:
        q = np.linalg.qr(x)[0]
        return np.asarray(y - (y @ q) @ q.T)
    q = np.linalg.qr(base.weigh(x))[0]
    return np.asarray(y - np.einsum("nti,ni->nt", q, np.einsum("nti,nt->ni", q, y)))


def _season_level(channel: Channel, usable: BoolArray, before: IntArray, design: Design) -> FloatArray:
    """The baseline's weighted mean at each position of the season, told for every point."""
    place = np.arange(usable.size) % design.period
    member = (place[before][:, None] == np.arange(design.period)).astype(np.float64)
    y = _at(channel.y, before)
    if channel.weights is None:
        mass = member.sum(axis=0)
        return np.asarray((y @ (member / np.where(mass > 0, mass, 1.0)))[:, place])
    w = channel.weights[:, before]
    mass = w @ member
    return np.asarray((((w * y) @ member) / np.where(mass > 0, mass, 1.0))[:, place])


def _fence(channel: Channel, before: IntArray, level: FloatArray, design: Design) -> Fence:
    """clip x 1.4826 x MAD of the baseline after removing the season; infinite when MAD is 0."""
    nothing = np.zeros(channel.y.shape[0])
    if design.clip is None:
        return Fence(nothing, np.full_like(nothing, np.inf))
    off = _at(channel.y, before) - _at(level, before)
    middle = _median(off)
    off -= middle[:, None]
    np.abs(off, out=off)
    if channel.weights is not None:
        off *= np.sqrt(_at(channel.weights, before))
    mad = _median(off)
    return Fence(middle, np.where(mad > DUST, design.clip * MAD_TO_SD * mad, np.inf))


def _rows(
    channel: Channel, design: Design, level: FloatArray, fence: Fence, usable: BoolArray, k: int
) -> Rows:
    n0 = design.baseline
    t = np.flatnonzero(usable[: n0 + k])
    start = int(np.searchsorted(t, n0))
    y, z = _at(channel.y, t), planned_path(t, design)
    root_w = None if channel.weights is None else np.sqrt(_at(channel.weights, t))
    clipped = np.zeros(y.shape[0], dtype=np.intp)
    if design.clip is not None:
        y, clipped = _clip(y, _at(level, t), fence, root_w, start, z)
    season = season_columns(t, t[:start], design.period)
    return Rows(t, start, season, window_time(t, design), z, y, root_w, clipped)


def _clip(
    y: FloatArray, level: FloatArray, fence: Fence, root_w: FloatArray | None, start: int, z: FloatArray
) -> tuple[FloatArray, IntArray]:
    """Pull each phase in towards its own median; untouched points stay bit for bit. Also how many were pulled.

    In the window the middle follows the path: z times the median of (y - baseline's median) / z where z is at
    least a half. One or two such points have no median that an outlier could not move: they are measured from
    the baseline's (measured: false alarms through outliers .082 -> .048, power unchanged).
    """
    away = y - level
    away -= fence.middle[:, None]
    told = np.flatnonzero(z >= HALF_WAY)
    if told.size >= OWN_MEDIAN:
        moved = _median(_at(away, told) / z[told])
        away[:, start:] -= moved[:, None] * z[start:]
    size = np.abs(away) if root_w is None else np.abs(away) * root_w
    rows = np.flatnonzero(size.max(axis=1) > fence.reach)
    clipped = np.zeros(y.shape[0], dtype=np.intp)
    if rows.size:
        far = fence.reach[rows, None] / (1.0 if root_w is None else root_w[rows])
        away = away[rows]
        outside = np.abs(away) > far
        clipped[rows] = outside.sum(axis=1)
        y = y.copy()
        y[rows] = np.where(outside, y[rows] - away + np.sign(away) * far, y[rows])
    return y, clipped


def _at(table: FloatArray, t: IntArray) -> FloatArray:
    """These positions of every row: a view where they follow one another, else a copy."""
    whole = t.size and int(t[-1]) - int(t[0]) == t.size - 1
    return table[:, int(t[0]) : int(t[-1]) + 1] if whole else table[:, t]


def _median(a: FloatArray) -> FloatArray:
    """Median of every row, shape (N,): a sort is faster than a partition for so few columns."""
    half, odd = divmod(a.shape[1], 2)
    a = np.sort(a, axis=1)
    return np.asarray(a[:, half] if odd else (a[:, half - 1] + a[:, half]) / 2)
