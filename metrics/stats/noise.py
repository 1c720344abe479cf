"""What the baseline says about chance: autocorrelation, spread, drift, and what is an outlier."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray
from .design import Design
from .rows import Rows, comparable, season_columns, whiten, window_time
from .series import Channel

LARGEST_RHO: Final = 0.9
GRID: Final[FloatArray] = np.linspace(0.0, LARGEST_RHO, 91)
MAD_TO_SD: Final = 1.4826
DUST: Final = 1e-9
"""Spread below this, in baseline SDs, is rounding."""
FEWEST_FREE: Final = 3
"""Baseline points that must be left over after the columns are fitted."""
OWN_MEDIAN: Final = 3
"""Window points from which on their own median is the middle of clipping."""
DRIFTING: Final = 2.0
FREE_SLOPE: Final = 1000.0


@dataclass(frozen=True)
class Noise:
    """The baseline's noise, in channel units.

    rho: lag-1 autocorrelation in [0, .9]. sd: of one point after removing the season.
    kappa: drift allowance in SDs per window that is in force; 0 is off.
    drifting: whether the baseline's own slope has |t| > 2.
    level: the season's mean at every point, shape (n0 + k,).
    reach: how far from the phase's median a point may lie; infinite when nothing is clipped.
    usable: points that can be compared, shape (n0 + k,).
    """

    rho: float
    sd: float
    kappa: float
    drifting: bool
    level: FloatArray
    reach: float
    usable: BoolArray


def fit_noise(channel: Channel, design: Design) -> Noise | None:
    """Estimate the noise from the baseline alone; None when too few points are left to do so.

    A baseline without chance variation has sd 0.
    """
    usable = comparable(channel.observed, design)
    level = _season_level(channel, usable, design)
    reach = _reach(channel, usable, level, design)
    blank = Noise(0.0, 0.0, design.drift, False, level, reach, usable)
    rows = make_rows(channel, design, blank, 0)
    x = rows.weighted(rows.season, rows.tau)
    if x.shape[0] - x.shape[1] < FEWEST_FREE or np.linalg.matrix_rank(x) < x.shape[1]:
        return None
    return _fit(rows, x, blank)


def make_rows(channel: Channel, design: Design, noise: Noise, look: int) -> Rows:
    """The comparable points of the baseline and the first `look` of the window, clipped."""
    n0 = design.baseline
    t = np.flatnonzero(noise.usable[: n0 + look])
    y, level, root_w = channel.y[t], noise.level[t], np.sqrt(channel.weights[t])
    inside = t >= n0
    start = int(t.size - inside.sum())
    season = season_columns(t, t[:start], design.period)
    clipped = _clip(y, level, noise.reach / root_w, start) if noise.reach < np.inf else y
    count = int((clipped != y).sum())
    return Rows(t, clipped, root_w, inside, season, window_time(t, design), count)


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
    return np.asarray(over / under, dtype=np.float64)


def _fit(rows: Rows, x: FloatArray, blank: Noise) -> Noise:
    y = rows.root_w * rows.y
    rest = _residual(x, y)
    if float(rest @ rest) <= DUST**2 * y.size:
        return blank
    if blank.kappa == 0:
        x = x[:, :-1]
        rest = _residual(x, y)
    rho = _rho(rest, x, rows.t)
    drifting = abs(_slope_t(rows, rho)) > DRIFTING
    kappa = FREE_SLOPE if drifting and 0 < blank.kappa < FREE_SLOPE else blank.kappa
    plain = _residual(rows.weighted(rows.season), y)
    sd = float(np.sqrt(plain @ plain / (y.size - rows.season.shape[1])))
    return Noise(rho, sd, kappa, drifting, blank.level, blank.reach, blank.usable)


def _rho(rest: FloatArray, x: FloatArray, t: IntArray) -> float:
    next_to = np.diff(t) == 1
    if not next_to.any():
        return 0.0
    raw = float((rest[1:] * rest[:-1])[next_to].sum() / (rest @ rest))
    curve = np.maximum.accumulate(bias_curve(x, t))
    return float(np.interp(raw, curve, GRID))


def _slope_t(rows: Rows, rho: float) -> float:
    """The t-value of the baseline's slope by generalised least squares."""
    columns = rows.weighted(rows.season, rows.tau, rows.y)
    white = whiten(columns, rows.t, np.array([rho]))[0][0]
    r = np.linalg.qr(white, mode="r")
    free = white.shape[0] - white.shape[1] + 1
    spread = abs(float(r[-1, -1])) / np.sqrt(free)
    slope = float(r[-2, -1]) * np.sign(float(r[-2, -2]))
    return float(slope / max(spread, DUST))


def _residual(x: FloatArray, y: FloatArray) -> FloatArray:
    q = np.linalg.qr(x)[0]
    return np.asarray(y - q @ (q.T @ y), dtype=np.float64)


def _season_level(channel: Channel, usable: BoolArray, design: Design) -> FloatArray:
    """The baseline's weighted mean at each position of the season, told for every point."""
    place = np.arange(usable.size) % design.period
    before = np.flatnonzero(usable[: design.baseline])
    w = channel.weights[before]
    total = np.bincount(place[before], weights=w * channel.y[before], minlength=design.period)
    mass = np.bincount(place[before], weights=w, minlength=design.period)
    means = np.divide(total, mass, out=np.zeros_like(total), where=mass > 0)
    return np.asarray(means[place], dtype=np.float64)


def _reach(channel: Channel, usable: BoolArray, level: FloatArray, design: Design) -> float:
    """clip x 1.4826 x MAD of the baseline after removing the season; infinite when MAD is 0."""
    before = np.flatnonzero(usable[: design.baseline])
    if design.clip is None or before.size == 0:
        return np.inf
    off = channel.y[before] - level[before]
    away = np.abs(off - np.median(off)) * np.sqrt(channel.weights[before])
    mad = float(np.median(away))
    return design.clip * MAD_TO_SD * mad if mad > DUST else np.inf


def _clip(y: FloatArray, level: FloatArray, reach: FloatArray, start: int) -> FloatArray:
    """Pull each phase in towards its own median; untouched points stay bit for bit.

    One or two window points have no median that an outlier could not move: they are measured from
    the baseline's (measured: false alarms through outliers .082 -> .048, power unchanged).
    """
    off = y - level
    before = float(np.median(off[:start]))
    within = float(np.median(off[start:])) if y.size - start >= OWN_MEDIAN else before
    away = off - np.where(np.arange(y.size) < start, before, within)
    return np.where(np.abs(away) > reach, y - away + np.sign(away) * reach, y)
