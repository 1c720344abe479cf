"""From snapshots to what the maths reads, and from what it says to plain facts."""

from __future__ import annotations

import hashlib
import math
import operator
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from accounts.canonical import canonical_json
from metrics.groups import most_people
from metrics.stats import Assessment, Design, Plan, StatsError, assess_many, at_stop, plan, xmr_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metrics.models import Metric
    from pilots.models import Pilot
    from pilots.models.baseline import Frozen, Known, Read

EVIDENCE: Final = 20.0  # an e-value from here on is wrong at most 1 time in 20, however often one looks
WEEKS: Final = 6
#: What is read of a series, one entry a day each: value, numerator, denominator and n.
type Columns = Sequence[Sequence[float | None]]
#: The day after which evidence first stood, by the name that facts have for it.
_SINCE: Final = {
    "not_moving_since": "e_not_moving",
    "wrong_way_since": "e_wrong_way",
    "moving_since": "e_moving",
}
_DESIGN: Final = tuple(one.name for one in fields(Design) if one.name != "target")
_TOLD: Final = tuple(one.name for one in fields(Assessment))
_NOTHING: Final = (None, None, None, None)
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
    # The most people that a point of the series is about, as far as its source tells.
    people: float | None = None
    # What else a reader has to know: a baseline that was restated, a leap nobody has explained. Plain JSON.
    remarks: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what was read: a reading names it, so that it can be told from a later one.

        Of the first day, the number of days, the step, the baseline's length, then each column as little-endian doubles
        (every missing point the same NaN; a column that is not there is one byte), then the remarks as canonical JSON.
        """
        told = hashlib.sha256()
        step = (self.days[1] - self.days[0]).days if len(self.days) > 1 else 1
        told.update(canonical_json([self.days[:1], len(self.days), step, self.baseline]).encode())
        for column in (self.values, self.numerators, self.denominators, self.comparison):
            told.update(b"-" if column is None else _bytes(column))
        told.update(canonical_json(self.remarks).encode() if self.remarks else b"")
        return told.hexdigest()

    @property
    def window_days(self) -> list[date]:
        return self.days[self.baseline :]

    @property
    def newest(self) -> date | None:
        """The last day with a value."""
        known = (number for number in reversed(range(len(self.days))) if math.isfinite(self.values[number]))
        return next((self.days[number] for number in known), None)

    @property
    def window_points(self) -> int:
        return int(np.isfinite(self.values[self.baseline :]).sum())


def days_of(pilot: Pilot, before: date, until: date | None = None) -> list[date]:
    """The days (or weeks) of baseline and window that are complete before a day. ``until``: the end of another window."""
    metric, start, end = pilot.metric, pilot.start, until or pilot.end
    assert metric and start and end and pilot.series_id, "a plan that was signed has a metric and dates"
    step = metric.rhythm.step
    first = metric.first_day(pilot.baseline_start or start - metric.rhythm.most_baseline * step)
    return _days(first, max(0, (min(before, end) - first) // step), step)


@lru_cache(maxsize=4096)
def _days(first: date, count: int, step: timedelta) -> list[date]:
    return [first + i * step for i in range(count)]


def course(
    pilot: Pilot,
    before: date,
    frozen: Frozen | None = None,
    known: Known | None = None,
    *,
    until: date | None = None,
) -> Course:
    """What was known of the pilot's series before a day: complete days, or complete weeks, only.

    The baseline is read as it was ``frozen``; what its source says of it by now is a remark. Whoever reads many pilots
    asks for all their series at once and hands in what is ``known``. ``until`` is the end of the window, where that is not
    the pilot's own.
    """
    metric, start, end = pilot.metric, pilot.start, until or pilot.end
    assert metric and start and end and pilot.series_id
    step = metric.rhythm.step
    days = days_of(pilot, before, until)
    count = len(days)
    baseline = min(count, (start - days[0]) // step) if days else 0
    read, remarks = _read(pilot, days, baseline, frozen or {}, known)
    values, numerators, denominators = _columns(read[pilot.series_id])
    counts = metric.kind in {"proportion", "rate"} and bool(np.isfinite(denominators).any())
    comparison = None if pilot.comparison_id is None else _columns(read[pilot.comparison_id])[0] / metric.per
    _values, _numerators, told_denominators, people = read[pilot.series_id]
    return Course(
        days=days,
        baseline=baseline,
        window=(end - start) // step,
        # With counts the maths works on plain shares; what people read is per cent, or per 1,000 hours.
        values=numerators / denominators if counts else values / metric.per,
        numerators=numerators if counts else None,
        denominators=denominators if counts else None,
        comparison=comparison,
        people=most_people(metric, people, told_denominators),
        remarks=remarks,
    )


def _read(
    pilot: Pilot, days: list[date], baseline: int, frozen: Frozen, known: Known | None
) -> tuple[dict[int, Columns], dict[str, Any]]:
    """What is judged of each series on these days, column by column, and what the source says differently by now."""
    from pilots.models import baseline as source

    wanted = [series for series in (pilot.series_id, pilot.comparison_id) if series]
    if known is None:
        past = days[-1] + timedelta(days=1) if days else None
        known = {series: source.known(series, days[0], past) for series in wanted} if past else {}
    read: dict[int, Columns] = {}
    remarks: dict[str, Any] = {}
    for series in wanted:
        now = known.get(series, source.NONE_KNOWN)
        if kept := frozen.get(series):
            before = {day: kept[day] for day in days[:baseline] if day in kept}
            since = {day: now.by_day[day] for day in days[baseline:] if day in now.by_day}
            read[series] = _on(days, before | since)
            if told := _restated(pilot, days[:baseline], kept, now.by_day):
                remarks["restated" if series == pilot.series_id else "restated_comparison"] = told
        else:
            read[series] = now.columns if now.days == days else _on(days, now.by_day)
    return read, remarks


def _on(days: Sequence[date], read: Mapping[date, Read]) -> Columns:
    """The columns of these days; None where nothing was read."""
    return list(zip(*(read.get(day) or _NOTHING for day in days), strict=True)) or [()] * len(_NOTHING)


def _restated(
    pilot: Pilot, days: Sequence[date], kept: Mapping[date, Read], now: Mapping[date, Read]
) -> dict[str, Any] | None:
    """Which days of the baseline read differently by now, with the mean as frozen and as told now."""
    assert pilot.metric
    if all(map(operator.eq, map(kept.get, days), map(now.get, days))):
        return None
    differ = [day for day in days if kept.get(day) != now.get(day)]
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


@dataclass(frozen=True, slots=True)
class Case:
    """A course, and how it is judged. ``target`` is the agreed level."""

    course: Course
    metric: Metric
    target: float
    ramp_weeks: int = 0
    stopped: bool = False


def assessed(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """What the maths says of each, as plain JSON in the metric's unit, with the first days on which evidence stood.

    Those of one design are judged together. A pilot that was ``stopped`` reports the interval that holds on any day. A
    series that cannot be judged gives ``verdict`` "unclear" and says why.
    """
    told = [_without_model(case) for case in cases]
    alike: defaultdict[Hashable, list[int]] = defaultdict(list)
    designs: dict[int, Design] = {}
    for number, case in enumerate(cases):
        try:
            designs[number] = design = design_of(case.course, case.metric, case.target, case.ramp_weeks)
        except StatsError as error:
            told[number] |= {"verdict": "unclear", "refused": str(error)}
        else:
            course = case.course
            shape = (len(course.days), course.numerators is None, course.comparison is None)
            alike[_but_for_its_target(design), shape].append(number)
    for numbers in alike.values():
        for number, found in _judged(cases, designs, numbers):
            told[number] |= found
    return told


def _but_for_its_target(design: Design) -> Hashable:
    """What designs have in common that are judged together."""
    return tuple(getattr(design, name) for name in _DESIGN)


def _judged(
    cases: Sequence[Case], designs: Mapping[int, Design], numbers: list[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Cases of one design. One that cannot be judged must not keep the others from it."""
    courses = [cases[number].course for number in numbers]
    first = courses[0]
    try:
        many = assess_many(
            np.array([one.values for one in courses]),
            designs[numbers[0]],
            numerator=_table([one.numerators for one in courses]),
            denominator=_table([one.denominators for one in courses]),
            comparison=_table([one.comparison for one in courses]),
            looks=range(first.baseline + 1, len(first.days) + 1) if first.window_days else [first.baseline],
            targets=np.array([designs[number].target for number in numbers]),
        )
        last = many.last(2)
        said = last.each(-1)
        before = last.chance_of_target[:, 0] if last.looks.size > 1 else np.full(len(numbers), np.nan)
    except StatsError as error:
        if len(numbers) == 1:
            yield numbers[0], {"verdict": "unclear", "refused": str(error)}
        for number in numbers if len(numbers) > 1 else []:
            yield from _judged(cases, designs, [number])
        return
    since = {name: _first_days(first.window_days, getattr(many, source)) for name, source in _SINCE.items()}
    for row, number in enumerate(numbers):
        case = cases[number]
        found = at_stop(said[row], designs[number]) if case.stopped else said[row]
        yield (
            number,
            {
                **_in_unit(found, case.metric.per),
                # What a reading of the point before says: one low point is weather.
                "chance_before": float(before[row]) if math.isfinite(before[row]) else None,
                **{name: days[row] for name, days in since.items()},
            },
        )


def _without_model(case: Case) -> dict[str, Any]:
    course, per = case.course, case.metric.per
    return {
        "points": course.window_points,
        "latest": _scaled(_latest(course), per),
        "baseline_mean": _scaled(_mean(course, slice(0, course.baseline)), per),
        "limits": limits(course, per),
    }


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
    facts = {name: getattr(said, name) for name in _TOLD}
    facts["warnings"] = list(said.warnings)
    return {**facts, **{name: _scaled(facts[name], per) for name in _LEVELS}}


def _first_days(window: Sequence[date], evidence: NDArray[np.float64]) -> list[str | None]:
    """The day after which each series' evidence first stood, whichever days somebody looked on."""
    if not window:
        return [None] * evidence.shape[0]
    over = evidence >= EVIDENCE
    return [
        window[first].isoformat() if stood else None
        for first, stood in zip(over.argmax(axis=1).tolist(), over.any(axis=1).tolist(), strict=True)
    ]


def _table(columns: list[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
    """One row a series; all of one design have the column, or none has."""
    return None if columns[0] is None else np.array(columns)


def _columns(read: Columns) -> tuple[NDArray[np.float64], ...]:
    """Value, numerator and denominator of a series; None becomes NaN."""
    return tuple(
        np.full(len(column), np.nan)
        if column.count(None) == len(column)
        else np.array(column, dtype=np.float64)
        for column in read[:3]
    )


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


def _bytes(column: NDArray[np.float64]) -> bytes:
    """A column as bytes that are the same whenever its numbers are: one NaN, one zero."""
    return np.where(np.isfinite(column), column + 0.0, np.nan).astype("<f8").tobytes()


def _scaled(value: float | None, per: float) -> float | None:
    return None if value is None else value * per
