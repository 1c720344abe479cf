"""The doors: one pilot at one look, or many pilots of one design at many looks."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import index

import numpy as np

from .arrays import FloatArray, IntArray, Numbers, Table
from .assessment import Assessment, AssessmentMany, Part
from .design import Design
from .errors import StatsError
from .panel import Panel
from .points import Points, read_points
from .rare import Counts, Exact, Merged, counts_of, merge_length, merged, rare_rows


def assess(
    values: Numbers | None,
    design: Design,
    *,
    numerator: Numbers | None = None,
    denominator: Numbers | None = None,
    comparison: Numbers | None = None,
    look: int | None = None,
) -> Assessment:
    """Judge one pilot as of its first `look` entries (all that were handed in by default).

    values: shape (n0 + k,), k <= m: first the baseline, then the window so far, one entry per
        day or week, NaN or None where missing. None: numerator / denominator.
    numerator, denominator: shape as values; events and cases of a proportion, events and exposure
        of a rate, sum and people of a mean; they set the weights. A point with denominator 0 is missing.
    comparison: values of the comparison group on the same days; the difference is judged.
    look: number of entries, baseline included; fewer than n0 + m means that the pilot is running.
    Raises StatsError for input that cannot be meant (infinite, too short, of different lengths).
    """
    points = read_points(values, numerator, denominator, comparison)
    _check_length(points, design)
    looks = [points.values.shape[1]] if look is None else [look]
    return _judged(points, design, looks).one(0, 0)


def assess_many(
    matrix: Table | None,
    design: Design,
    *,
    numerator: Table | None = None,
    denominator: Table | None = None,
    comparison: Table | None = None,
    looks: Iterable[int] | None = None,
    targets: Numbers | None = None,
) -> AssessmentMany:
    """Judge many series of one design, each at many looks; answers of shape (series, looks).

    targets: shape (series,), where each series has one of its own, instead of the design's.
    matrix, numerator, denominator, comparison: shape (series, n0 + k), rows as in `assess`, whose
    answers these equal. looks: numbers of entries, baseline included; by default n0 + 1, n0 + 2, .. n0 + k.
    E-values and bands are there at once, the rest is worked out when first asked for. Raises StatsError as `assess`.
    """
    points = read_points(matrix, numerator, denominator, comparison, many=True)
    if targets is not None:
        points = replace(points, targets=_own(targets, points.values.shape[0], design))
    if points.values.shape[0] == 0:
        return _judged(points, design, [] if looks is None else looks)
    _check_length(points, design)
    every = range(design.baseline + 1, points.values.shape[1] + 1)
    return _judged(points, design, every if looks is None else looks)


def _own(targets: Numbers, series: int, design: Design) -> FloatArray:
    """Targets of each series, held to what a design's one is held to."""
    own = np.asarray(targets, dtype=np.float64)
    if own.shape != (series,):
        raise StatsError("there must be one target a series")
    if not bool(np.all(np.isfinite(own))):
        raise StatsError("target must be a finite number")
    if bool(np.any(own * design.sign <= 0)):
        raise StatsError("each target must be a change for the better")
    return own


def _judged(points: Points, design: Design, looks: Iterable[int]) -> AssessmentMany:
    n0, given = design.baseline, points.values.shape[1]
    wanted = [_look(look, n0, given if points.values.shape[0] else n0 + design.points) for look in looks]
    extra = n0 - design.capped
    if extra:
        points = points.take(np.s_[:], np.s_[extra:])
        design = replace(design, baseline=design.capped, season=design.period)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        parts = list(_parts(points, design, capped=extra > 0))
    return AssessmentMany(
        np.array(wanted, dtype=np.intp), tuple(parts), points.values.shape[0], n0, design.points
    )


def _parts(points: Points, design: Design, *, capped: bool) -> Iterator[Part]:
    count = points.values.shape[0]
    usual = np.arange(count)
    if design.kind == "rate" and points.comparison is None and not design.log:
        counts = counts_of(points, design.baseline)
        rare = rare_rows(counts, design.baseline) & (np.nan_to_num(points.values) >= 0).all(axis=1)
        usual = np.flatnonzero(~rare)
        for row in np.flatnonzero(rare):
            yield from _rare(points, counts, int(row), design, capped)
    part = points if usual.size == count else points.take(usual)
    for rows, observed in part.groups():
        whole = rows.size == part.values.shape[0]
        yield Panel.read(part if whole else part.take(rows), usual[rows], observed, design, capped)


def _rare(points: Points, counts: Counts, row: int, design: Design, capped: bool) -> Iterator[Part]:
    at: IntArray = np.array([row])
    mine = counts.take(at)
    if points.targets is not None:
        design = replace(design, target=float(points.targets[row]))
    there = max(int(mine.observed[0, : design.baseline].sum()), 1)
    length = merge_length(float(mine.events[0, : design.baseline].sum()) / there, design)
    if length is None:
        yield Exact(at, design, capped, mine)
        return
    longer, its = merged(points.take(at), mine, design, length)
    inner = Panel.read(longer, at, longer.observed[0], its, False)
    yield Merged(at, inner, length, design, capped, mine.observed)


def _check_length(points: Points, design: Design) -> None:
    n0, given = design.baseline, points.values.shape[1]
    if not n0 <= given <= n0 + design.points:
        raise StatsError(f"{given} points do not fit a baseline of {n0} and a window of {design.points}")


def _look(wanted: int, n0: int, given: int) -> int:
    try:
        number = index(wanted)
    except TypeError:
        raise StatsError("a look is a whole number of entries") from None
    if not n0 <= number <= given:
        raise StatsError(f"a look is a number of entries between {n0}, the baseline, and {given}")
    return number
