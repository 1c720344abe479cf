"""From snapshots to what the maths reads, and from what it says to plain facts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from accounts.canonical import canonical_json, sha256
from metrics.stats import Assessment, Design, Plan, StatsError, assess, assess_many, at_stop, plan, xmr_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metrics.models import Metric
    from pilots.models import Pilot
    from pilots.models.baseline import Frozen, Read

EVIDENCE: Final = 20.0  # an e-value from here on is wrong at most 1 time in 20, however often one looks
WEEKS: Final = 6
_PLANNED: Final = ("target", "mde", "baseline_mean", "sd", "drift_per_window", "shift")
_LEVELS: Final = ("estimate", "low", "high", "forecast", "forecast_low", "forecast_high", "baseline_mean", "window_mean", "sd",
                  "band_low", "band_high", "breakdown_drift")  # fmt: skip


@dataclass(frozen=True)
class Course:
    """A pilot's days and values as the maths reads them: baseline, then the window so far.

    ``values``, ``numerators`` and ``denominators`` have one entry a day (or week); NaN is a missing point.
    """

    days: list[date]
    baseline: int
    window: int
    values: NDArray[np.float64]
    numerators: NDArray[np.float64] | None
    denominators: NDArray[np.float64] | None
    comparison: NDArray[np.float64] | None
    # What else a reader has to know: a baseline that was restated, a leap nobody has explained. Plain JSON.
    remarks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of what was read: a reading names it, so that it can be told from a later one."""
        columns = [self.values, self.numerators, self.denominators, self.comparison]
        told = [None if column is None else [_told(x) for x in column] for column in columns]
        remarks = [self.remarks] if self.remarks else []
        return sha256(canonical_json([self.days, self.baseline, *told, *remarks]))

    @property
    def window_points(self) -> int:
        return int(np.isfinite(self.values[self.baseline :]).sum())


def course(pilot: Pilot, before: date, frozen: Frozen | None = None, *, until: date | None = None) -> Course:
    """What was known of the pilot's series before a day: complete days, or complete weeks, only.

    The baseline is read as it was ``frozen``; what its source says of it by now is a remark. ``until`` is the end of the
    window, where that is not the pilot's own.
    """
    metric, start, end = pilot.metric, pilot.start, until or pilot.end
    assert metric and start and end and pilot.series, "a plan that was signed has a metric and dates"
    step = metric.rhythm.step
    first = metric.first_day(pilot.baseline_start or start - metric.rhythm.most_baseline * step)
    count = max(0, (min(before, end) - first) // step)
    days = [first + i * step for i in range(count)]
    baseline = min(count, (start - first) // step)
    read, remarks = _read(pilot, days, baseline, frozen or {})
    values, numerators, denominators = _columns(read[pilot.series.pk], days)
    counts = metric.kind in {"proportion", "rate"} and bool(np.isfinite(denominators).any())
    comparison = (
        None if pilot.comparison is None else _columns(read[pilot.comparison.pk], days)[0] / metric.per
    )
    return Course(
        days=days,
        baseline=baseline,
        window=(end - start) // step,
        # With counts the maths works on plain shares; what people read is per cent, or per 1,000 hours.
        values=numerators / denominators if counts else values / metric.per,
        numerators=numerators if counts else None,
        denominators=denominators if counts else None,
        comparison=comparison,
        remarks=remarks,
    )


def _read(
    pilot: Pilot, days: Sequence[date], baseline: int, frozen: Frozen
) -> tuple[dict[int, Mapping[date, Read]], dict[str, Any]]:
    """What is judged of each series, and what the source says differently by now."""
    from pilots.models.baseline import known

    read: dict[int, Mapping[date, Read]] = {}
    remarks: dict[str, Any] = {}
    for series in filter(None, (pilot.series, pilot.comparison)):
        now = known(series, days[0], days[-1] + timedelta(days=1)) if days else {}
        read[series.pk] = now
        if kept := frozen.get(series.pk):
            before = [day for day in days[:baseline] if day in kept]
            window = {day: now[day] for day in days[baseline:] if day in now}
            read[series.pk] = {day: kept[day] for day in before} | window
            if told := _restated(pilot, days[:baseline], kept, now):
                remarks["restated" if series == pilot.series else "restated_comparison"] = told
    return read, remarks


def _restated(
    pilot: Pilot, days: Sequence[date], kept: Mapping[date, Read], now: Mapping[date, Read]
) -> dict[str, Any] | None:
    """Which days of the baseline read differently by now, with the mean as frozen and as told now."""
    assert pilot.metric
    differ = [day for day in days if kept.get(day) != now.get(day)]
    if not differ:
        return None
    was, told = (
        _level([source[day] for day in days if day in source], pilot.metric.per) for source in (kept, now)
    )
    return {
        "days": len(differ),
        "late": sum(day not in kept for day in differ),
        "first": differ[0].isoformat(),
        "last": differ[-1].isoformat(),
        "was": was,
        "now": told,
    }


def _level(points: Sequence[Read], per: float) -> float | None:
    """The mean of some points in the metric's unit: of their counts where all have counts, else of their values."""
    known = [point for point in points if point[0] is not None]
    if not known:
        return None
    if all(point[1] is not None and point[2] for point in known):
        return per * sum(float(p[1] or 0) for p in known) / sum(float(p[2] or 0) for p in known)
    return sum(float(p[0] or 0) for p in known) / len(known)


def assessed(
    course: Course, metric: Metric, target: float, *, ramp_weeks: int = 0, stopped: bool = False
) -> dict[str, Any]:
    """What the maths says, as plain JSON in the metric's unit, with the first days on which evidence stood.

    ``target`` is the agreed level. A pilot that was ``stopped`` reports the interval that holds on any day. A series
    that cannot be judged gives ``verdict`` "unclear" and says why.
    """
    baseline_mean = _mean(course, slice(0, course.baseline))
    facts: dict[str, Any] = {
        "points": course.window_points,
        "latest": _scaled(_latest(course), metric.per),
        "baseline_mean": _scaled(baseline_mean, metric.per),
        "limits": limits(course, metric.per),
    }
    try:
        design = design_of(course, metric, target, ramp_weeks)
        said = assess(
            course.values,
            design,
            numerator=course.numerators,
            denominator=course.denominators,
            comparison=course.comparison,
        )
    except StatsError as error:
        return {**facts, "verdict": "unclear", "refused": str(error)}
    said = at_stop(said, design) if stopped else said
    return {**facts, **_in_unit(said, metric.per), **_first_evidence(course, design)}


def outlook(
    course: Course, metric: Metric, target: float, *, ramp_weeks: int, helps: bool = True
) -> Plan | None:
    """What six weeks can show after this baseline, in the metric's unit; None when that cannot be asked yet."""
    part = slice(0, course.baseline)
    columns = (course.numerators, course.denominators, course.comparison)
    tops, bottoms, compared = (None if column is None else column[part] for column in columns)
    try:
        found = plan(
            course.values[part], design_of(course, metric, target, ramp_weeks), numerator=tops,
            denominator=bottoms, comparison=compared, helps=helps,
        )  # fmt: skip
    except StatsError:
        return None
    per = metric.per
    told = {name: _scaled(getattr(found, name), per) for name in _PLANNED}
    return replace(found, helps=tuple(replace(one, mde=one.mde * per) for one in found.helps), **told)  # type: ignore[arg-type]


def design_of(course: Course, metric: Metric, target: float, ramp_weeks: int) -> Design:
    """How the pilot is judged. Raises StatsError when it cannot be."""
    level = _mean(course, slice(0, course.baseline))
    points_a_week = course.window // WEEKS
    return Design(
        kind="mean" if metric.kind == "total" or course.denominators is None else metric.kind,  # type: ignore[arg-type]
        cadence=metric.cadence,  # type: ignore[arg-type]
        direction=metric.direction,  # type: ignore[arg-type]
        baseline=course.baseline,
        window=course.window,
        target=target / metric.per - (level if level is not None else math.nan),
        path=ramp_weeks * points_a_week if ramp_weeks else "step",
        lag=metric.lag,
    )


def baseline_level(course: Course, per: float) -> float | None:
    """The mean of the baseline, in the metric's unit."""
    return _scaled(_mean(course, slice(0, course.baseline)), per)


def limits(course: Course, per: float) -> list[float] | None:
    """The band of normal variation before the pilot, for the picture."""
    known = course.values[: course.baseline]
    known = known[np.isfinite(known)]
    if known.size < 2:
        return None
    band = xmr_limits(known)
    return [band.low * per, band.high * per] if band.low is not None and band.high is not None else None


def _in_unit(said: Assessment, per: float) -> dict[str, Any]:
    facts = asdict(said)
    facts["warnings"] = list(said.warnings)
    return {**facts, **{name: _scaled(facts[name], per) for name in _LEVELS}}


def _first_evidence(course: Course, design: Design) -> dict[str, Any]:
    """The day after which each flag's evidence first stood, whichever days somebody looked on."""
    window = course.days[course.baseline :]
    if not window:
        return {"not_moving_since": None, "wrong_way_since": None, "moving_since": None}
    many = assess_many(
        [course.values],
        design,
        numerator=_row(course.numerators),
        denominator=_row(course.denominators),
        comparison=_row(course.comparison),
    )
    named = {
        "not_moving_since": many.e_not_moving,
        "wrong_way_since": many.e_wrong_way,
        "moving_since": many.e_moving,
    }
    return {name: _first(window, np.ravel(evidence)) for name, evidence in named.items()}


def _row(values: NDArray[np.float64] | None) -> list[NDArray[np.float64]] | None:
    return None if values is None else [values]


def _first(days: Sequence[date], evidence: NDArray[np.float64]) -> str | None:
    over = np.flatnonzero(evidence >= EVIDENCE)
    return days[int(over[0])].isoformat() if over.size else None


def _columns(found: Mapping[date, Read], days: Sequence[date]) -> tuple[NDArray[np.float64], ...]:
    """Value, numerator and denominator of a series on these days, NaN where there is none."""
    points = [found.get(day, (None, None, None)) for day in days]
    return tuple(np.array([_or_nan(point[place]) for point in points]) for place in range(3))


def _mean(course: Course, part: slice) -> float | None:
    """The mean of a phase: of the counts where there are counts, else of the values."""
    if course.numerators is not None and course.denominators is not None:
        total = np.nansum(course.denominators[part])
        return float(np.nansum(course.numerators[part]) / total) if total else None
    known = course.values[part]
    known = known[np.isfinite(known)]
    return float(known.mean()) if known.size else None


def _latest(course: Course) -> float | None:
    """How the metric stands: the last week's mean of a daily metric, the last point of a weekly one."""
    weekly = len(course.days) > 1 and (course.days[1] - course.days[0]).days == 7
    begin = max(course.baseline, len(course.days) - (1 if weekly else 7))
    return _mean(course, slice(begin, len(course.days)))


def _told(number: float) -> float | None:
    return float(number) if math.isfinite(number) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _scaled(value: float | None, per: float) -> float | None:
    return None if value is None else value * per
