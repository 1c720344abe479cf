"""What was agreed before the first day: the kind of metric, the phases, the target, the path."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from operator import index
from typing import Final, Literal, get_args

import numpy as np

from .errors import StatsError

type Kind = Literal["mean", "proportion", "rate"]
type Cadence = Literal["daily", "weekly", "other"]
type Direction = Literal["higher", "lower"]

WINDOW: Final[Mapping[str, int]] = {"daily": 42, "weekly": 6}
ADVISED_BASELINE: Final[Mapping[str, int]] = {"daily": 42, "weekly": 12, "other": 12}
LONGEST_BASELINE: Final[Mapping[str, int]] = {"daily": 126, "weekly": 52}
WINDOWS_OF_BASELINE: Final = 3
WEEK: Final = 7
WEEKS_FOR_WEEKDAYS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Design:
    """How one pilot will be judged. Everything here is fixed before the window opens.

    kind: "mean", "proportion" (share of cases) or "rate" (events per exposure).
    cadence: "daily", "weekly" or "other"; decides the default window and season.
    direction: which way is better.
    baseline: points before the start, n0 >= 1.
    target: the agreed change from the baseline, signed, in units of the metric; its sign must
        agree with the direction (lower is better: a negative target).
    window: points after the start, m; by default 42 daily, 6 weekly; required for "other".
    path: "step", the effect is there from the first window point on; or a number of points over which
        it grows evenly. Target and effects then mean the full effect.
    drift: standard deviation of the metric's own drift that is allowed for, in baseline SDs per
        window; 0 is off, infinity a free slope.
    season: points in one season; None means weekdays for a daily metric with at least four weeks
        of baseline and no season otherwise; 1 means none.
    alpha: error rate of each flag and of the interval.
    clip: outliers beyond this many robust SDs are pulled in; None is off.
    log: judge ratios (the logarithm of the values); answers stay in units of the metric.
    lag: window points that still report people from before the start; the path begins after them.

    Raises StatsError when a field makes no sense.
    """

    baseline: int
    target: float
    kind: Kind = "mean"
    cadence: Cadence = "daily"
    direction: Direction = "higher"
    window: int | None = None
    path: Literal["step"] | int = "step"
    drift: float = 0.25
    season: int | None = None
    alpha: float = 0.05
    clip: float | None = 3.5
    log: bool = False
    lag: int = 0

    def __post_init__(self) -> None:
        self._check_words()
        object.__setattr__(self, "baseline", _count(self.baseline, "baseline"))
        object.__setattr__(self, "window", self._window())
        object.__setattr__(self, "target", _number(self.target, "target"))
        if self.season is not None:
            object.__setattr__(self, "season", _count(self.season, "season"))
        if self.path != "step":
            if not hasattr(self.path, "__index__"):
                raise StatsError(f'path must be "step" or a whole number of points, not {self.path!r}')
            object.__setattr__(self, "path", _count(self.path, "path"))
        self._check_target()
        self._check_settings()
        self._check_lag()

    @property
    def ramp(self) -> int:
        """Points until the full effect, L; 1 for a step."""
        return 1 if self.path == "step" else index(self.path)

    @property
    def capped(self) -> int:
        """Points of the baseline that are used: the newest 126 daily or 52 weekly ones.

        A long trend is not straight and would mislead the drift allowance, so other cadences are held to three
        windows, at least 52 points, as long as drift is allowed for. A longer window lengthens the baseline.
        """
        if self.cadence in LONGEST_BASELINE:
            return min(self.baseline, max(LONGEST_BASELINE[self.cadence], WINDOWS_OF_BASELINE * self.points))
        most = max(LONGEST_BASELINE["weekly"], WINDOWS_OF_BASELINE * self.points)
        return min(self.baseline, most) if self.drift > 0 else self.baseline

    @property
    def sign(self) -> float:
        """+1 where higher is better, -1 where lower is."""
        return 1.0 if self.direction == "higher" else -1.0

    @property
    def points(self) -> int:
        """Points in the whole window, m."""
        return index(self.window or 0)

    @property
    def period(self) -> int:
        """Points in one season; 1 when there is none."""
        if self.season is not None:
            return self.season
        weekdays = self.cadence == "daily" and self.baseline >= WEEKS_FOR_WEEKDAYS * WEEK
        return WEEK if weekdays else 1

    def _window(self) -> int:
        if self.window is not None:
            return _count(self.window, "window")
        if self.cadence not in WINDOW:
            raise StatsError('a window is required when the cadence is "other"')
        return WINDOW[self.cadence]

    def _check_words(self) -> None:
        _one_of(self.kind, get_args(Kind.__value__), "kind")
        _one_of(self.cadence, get_args(Cadence.__value__), "cadence")
        _one_of(self.direction, get_args(Direction.__value__), "direction")

    def _check_target(self) -> None:
        if self.target == 0:
            raise StatsError("the target must be a change, not zero")
        if self.target * self.sign < 0:
            want = "positive" if self.direction == "higher" else "negative"
            raise StatsError(f"{self.direction} is better, so the target must be {want}")

    def _check_settings(self) -> None:
        if not _real(self.drift) or math.isnan(self.drift) or self.drift < 0:
            raise StatsError("drift must be zero or more")
        if not _real(self.alpha) or not 0 < self.alpha < 0.5:
            raise StatsError("alpha must lie between 0 and 0.5")
        if self.clip is not None and not (_real(self.clip) and 0 < self.clip < math.inf):
            raise StatsError("clip must be a number above zero, or None")
        if not isinstance(self.log, bool):
            raise StatsError("log must be true or false")

    def _check_lag(self) -> None:
        lag = self.lag
        if isinstance(lag, bool) or not hasattr(lag, "__index__") or index(lag) < 0:
            raise StatsError("lag must be zero or a whole number of points")
        object.__setattr__(self, "lag", index(lag))
        if self.lag >= self.points:
            raise StatsError("the lag leaves no point of the window")


def _one_of(value: object, allowed: tuple[str, ...], name: str) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise StatsError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def _real(value: object) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def _count(value: object, name: str) -> int:
    try:
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        raise StatsError(f"{name} must be a whole number of points") from None
    if number < 1 or isinstance(value, bool):
        raise StatsError(f"{name} must be at least one point")
    return number


def _number(value: float, name: str) -> float:
    if isinstance(value, bool):
        raise StatsError(f"{name} must be a number")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise StatsError(f"{name} must be a number") from None
    if not math.isfinite(number):
        raise StatsError(f"{name} must be a finite number")
    return number
