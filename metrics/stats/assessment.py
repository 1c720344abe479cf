"""What the maths answers: plain numbers, finite or None, in units of the metric."""

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from .arrays import FloatArray, IntArray
from .panel import ANSWER, EVIDENCE, PLAIN, Answer
from .verdict import Verdict

COUNTS: Final = ("n_used", "n_missing", "n_clipped")


@dataclass(frozen=True)
class Assessment:
    """One pilot at one look.

    verdict: "running" until the window is over, then one of the five.
    estimate, low, high: change from the baseline, signed as it happened (lower is better: a
        negative estimate is good), with its interval; p_value two-sided, of the same fit.
    e_moving, e_wrong_way, e_not_moving: evidence against "no improvement", "no harm", "at least
        at target"; each may be looked at every day; a flag stands at 1 / alpha (20) or more.
    band_low, band_high: the interval of the change that holds at every look; None while infinite.
    forecast, forecast_low, forecast_high: the final change and its 80 % interval;
        chance_of_target: that the final change is at target or beyond. None before the first
        window point and at the end.
    rho: lag-1 autocorrelation of the baseline. sd: of one baseline point after removing the
        season. baseline_mean, window_mean: the pilot's own, by weight, before clipping.
    breakdown_drift: the metric's own drift per window, signed, that would take the interval to
        zero; None if zero is inside already.
    n_used, n_missing, n_clipped: points of baseline and window so far; a window point on a
        weekday that the baseline never saw counts as missing.
    warnings: stable codes: short_baseline, baseline_capped, few_points, constant_baseline,
        drifting_baseline, unusual_last_points, target_out_of_range, merged_points, rare_events.
    """

    verdict: Verdict
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    e_moving: float = 1.0
    e_wrong_way: float = 1.0
    e_not_moving: float = 1.0
    band_low: float | None = None
    band_high: float | None = None
    chance_of_target: float | None = None
    forecast: float | None = None
    forecast_low: float | None = None
    forecast_high: float | None = None
    rho: float | None = None
    breakdown_drift: float | None = None
    baseline_mean: float | None = None
    window_mean: float | None = None
    sd: float | None = None
    n_used: int = 0
    n_missing: int = 0
    n_clipped: int = 0
    warnings: tuple[str, ...] = ()


class Part(Protocol):
    """Some of the series, read and ready; `k` counts window points."""

    @property
    def rows(self) -> IntArray: ...

    def evidence(self, k: int) -> Answer: ...

    def answer(self, k: int) -> tuple[Answer, NDArray[np.str_]]: ...

    def plain(self, k: int) -> Answer: ...

    def warnings(self, i: int, k: int) -> tuple[str, ...]: ...


class _Column:
    """One field of `Assessment` as an array of shape (series, looks), worked out with its fellows."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, many: Any, owner: type) -> Any:
        return self if many is None else getattr(many, self.source)[self.name]


@dataclass(frozen=True, eq=False)
class AssessmentMany:
    """Many series at many looks: the fields of `Assessment` as arrays of shape (series, looks), NaN for None.

    looks: shape (looks,), numbers of entries seen, baseline included. verdict: array of words.
    E-values and bands are worked out first, the others when one of them is asked for.
    """

    looks: IntArray
    parts: tuple[Part, ...] = field(repr=False)
    series: int
    baseline: int
    window: int

    evidence: dict[str, FloatArray] = field(default_factory=dict, repr=False)

    e_moving = _Column("evidence")
    e_wrong_way = _Column("evidence")
    e_not_moving = _Column("evidence")
    band_low = _Column("evidence")
    band_high = _Column("evidence")
    estimate = _Column("_answers")
    low = _Column("_answers")
    high = _Column("_answers")
    p_value = _Column("_answers")
    chance_of_target = _Column("_answers")
    forecast = _Column("_answers")
    forecast_low = _Column("_answers")
    forecast_high = _Column("_answers")
    breakdown_drift = _Column("_answers")
    rho = _Column("_answers")
    sd = _Column("_answers")
    n_clipped = _Column("_answers")
    verdict = _Column("_answers")
    baseline_mean = _Column("_plain")
    window_mean = _Column("_plain")
    n_used = _Column("_plain")
    n_missing = _Column("_plain")

    def __post_init__(self) -> None:
        if not self.evidence:
            self.evidence.update(self._gather(EVIDENCE, lambda part, k: part.evidence(k)))

    @property
    def warnings(self) -> list[list[tuple[str, ...]]]:
        """The codes of every series at every look."""
        looks = [[said.warnings for said in self.each(j)] for j in range(self.looks.size)]
        return (
            [list(told) for told in zip(*looks, strict=True)] if looks else [[] for _ in range(self.series)]
        )

    def last(self, looks: int = 1) -> "AssessmentMany":
        """The same series at the last of the looks alone: what costs much is then worked out for those only."""
        evidence = {name: table[:, -looks:] for name, table in self.evidence.items()}
        return replace(self, looks=self.looks[-looks:], evidence=evidence)

    def one(self, series: int, look: int) -> Assessment:
        """The same as `assess` says of this series at this (the look-th) look."""
        return self._said(np.array([series]), look)[0]

    def each(self, look: int) -> list[Assessment]:
        """`one` of every series."""
        return self._said(np.arange(self.series), look)

    def _said(self, series: IntArray, look: int) -> list[Assessment]:
        tables = {**self.evidence, **self._answers, **self._plain}
        told: dict[str, list[Any]] = {
            name: [_or_none(value) for value in table[series, look].tolist()]
            for name, table in tables.items()
            if name != "verdict"
        }
        told |= {name: [int(value or 0) for value in told[name]] for name in COUNTS}
        told["verdict"], k = tables["verdict"][series, look].tolist(), int(self.looks[look]) - self.baseline
        told["warnings"] = [part.warnings(i, k) for part, i in map(self._place.__getitem__, series.tolist())]
        rows = zip(*told.values(), strict=True)
        return [Assessment(**dict(zip(told, row, strict=True))) for row in rows]

    @cached_property
    def _place(self) -> dict[int, tuple[Part, int]]:
        """In which part each series is, and where in it."""
        return {row: (part, i) for part in self.parts for i, row in enumerate(part.rows.tolist())}

    @cached_property
    def _plain(self) -> dict[str, FloatArray]:
        return self._gather(PLAIN, lambda part, k: part.plain(k))

    @cached_property
    def _answers(self) -> dict[str, Any]:
        verdicts = np.full((self.series, self.looks.size), "unclear", dtype="<U9")
        place = {id(part): part for part in self.parts}

        def answer(part: Part, k: int) -> Answer:
            found, said = part.answer(k)
            columns = np.flatnonzero(self.looks - self.baseline == k)
            verdicts[np.ix_(place[id(part)].rows, columns)] = said[:, None]
            return found

        return {**self._gather(ANSWER, answer), "verdict": verdicts}

    def _gather(self, names: tuple[str, ...], ask: Any) -> dict[str, FloatArray]:
        out = {name: np.full((self.series, self.looks.size), np.nan) for name in names}
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for part in self.parts:
                for j, look in enumerate(self.looks):
                    found = ask(part, int(look) - self.baseline)
                    for name in names:
                        out[name][part.rows, j] = found[name]
        return out


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
