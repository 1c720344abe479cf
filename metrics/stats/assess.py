"""The doors: one pilot at one look, or the evidence of many pilots at many looks."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from .arrays import Numbers, Table
from .assessment import Assessment, AssessmentMany
from .design import Design
from .errors import StatsError
from .evidence import Evidence, weigh
from .final import POINTS_FOR_OWN_SLOPE, Fit, fit_final
from .forecast import forecast
from .noise import Noise, make_rows
from .pilot import Pilot, prepare
from .rows import Rows
from .series import Channel, read_points
from .verdict import Verdict, judge


def assess(
    values: Numbers | None,
    design: Design,
    *,
    numerator: Numbers | None = None,
    denominator: Numbers | None = None,
    comparison: Numbers | None = None,
    look: int | None = None,
) -> Assessment:
    """Judge one pilot as of `look` window points (all that were handed in by default).

    values: shape (n0 + k,), k <= m: first the baseline, then the window so far, one entry per
        day or week, NaN or None where missing. None: numerator / denominator.
    numerator, denominator: shape as values; events and cases of a proportion, events and exposure
        of a rate; they set the weights. A point with denominator 0 is missing. A mean ignores them.
    comparison: values of the comparison group on the same days; the difference is judged.
    Raises StatsError for input that cannot be meant (infinite, too short, of different lengths).
    """
    pilot = prepare(read_points(values, numerator, denominator, comparison), design)
    return _assess(pilot, pilot.look(look))


def assess_many(
    matrix: Table,
    design: Design,
    *,
    numerator: Table | None = None,
    denominator: Table | None = None,
    comparison: Table | None = None,
    looks: Iterable[int] | None = None,
) -> AssessmentMany:
    """The e-values of many series of one design, at each of many looks (by default 1, 2, .. k).

    matrix, numerator, denominator, comparison: shape (series, n0 + k), rows as in `assess`, whose
    answers these equal. Raises StatsError as `assess`.
    """
    sides = [_rows_of(side, len(matrix)) for side in (numerator, denominator, comparison)]
    pilots = [
        prepare(read_points(values, top, bottom, other), design)
        for values, top, bottom, other in zip(matrix, *sides, strict=True)
    ]
    most = max((pilot.available for pilot in pilots), default=0)
    when = list(range(1, most + 1) if looks is None else looks)
    found = [[_evidence(pilot, pilot.look(look), None) for look in when] for pilot in pilots]
    table = np.array(
        [[(e.moving, e.wrong_way, e.not_moving) for e in row] for row in found], dtype=np.float64
    ).reshape(len(pilots), len(when), 3)
    return AssessmentMany(np.array(when, dtype=np.intp), table[..., 0], table[..., 1], table[..., 2])


def _rows_of(table: Table | None, count: int) -> Sequence[Numbers | None]:
    if table is None:
        return [None] * count
    if len(table) != count:
        raise StatsError("every table must have as many rows as there are series")
    return list(table)


def _assess(pilot: Pilot, look: int) -> Assessment:
    plain = _plain(pilot, look)
    noise, channel = pilot.effect_noise, pilot.series.effect
    if noise is None:
        return plain
    found = replace(plain, rho=noise.rho, sd=noise.sd * abs(channel.unit))
    rows = make_rows(channel, pilot.design, noise, look)
    found = replace(found, n_clipped=rows.clipped)
    if not rows.inside.any():
        return found
    fit = fit_final(rows, noise)
    found = _with_fit(found, pilot, fit, _verdict(pilot, fit, look))
    found = _with_evidence(found, pilot, rows, look)
    return _with_forecast(found, pilot, rows, fit, noise=noise, look=look)


def _plain(pilot: Pilot, look: int) -> Assessment:
    """What can be said without any model."""
    n0 = pilot.design.baseline
    seen = pilot.seen(look)
    used = int(pilot.series.effect.observed[:n0].sum()) + seen.size
    few = look > 0 and 2 * seen.size < look and "few_points" not in pilot.warnings
    return Assessment(
        verdict="unclear" if look == pilot.design.points else "running",
        estimate=_difference(pilot, look),
        baseline_mean=pilot.mean(np.arange(n0)),
        window_mean=pilot.mean(seen),
        n_used=used,
        n_missing=n0 + look - used,
        warnings=(*pilot.warnings, "few_points") if few else pilot.warnings,
    )


def _difference(pilot: Pilot, look: int) -> float | None:
    """Window mean minus baseline mean of what is judged, by weight; None without points."""
    channel, n0 = pilot.series.effect, pilot.design.baseline
    seen, before = pilot.seen(look), np.flatnonzero(channel.observed[:n0])
    if not seen.size or not before.size:
        return None
    after = np.average(channel.y[seen], weights=channel.weights[seen])
    change = float(after - np.average(channel.y[before], weights=channel.weights[before]))
    return change * (channel.unit or pilot.design.sign)


def _verdict(pilot: Pilot, fit: Fit, look: int) -> Verdict:
    if look < pilot.design.points:
        return "running"
    if fit.away.size < min(POINTS_FOR_OWN_SLOPE, pilot.design.points):
        return "unclear"
    low, high = fit.bounds(pilot.design.alpha)
    return judge(fit.estimate, low, high, pilot.series.effect.target)


def _with_fit(found: Assessment, pilot: Pilot, fit: Fit, verdict: Verdict) -> Assessment:
    bounds = fit.bounds(pilot.design.alpha)
    unit = pilot.series.effect.unit
    low, high = sorted(bound * unit for bound in bounds)
    nearest = min(low, high, key=abs) / fit.lever if low * high > 0 else None
    return replace(
        found,
        verdict=verdict,
        estimate=fit.estimate * unit,
        low=low,
        high=high,
        p_value=fit.p_value,
        breakdown_drift=nearest,
    )


def _evidence(pilot: Pilot, look: int, effect: Rows | None) -> Evidence:
    """E-values of the flags' channel; `effect`, its rows, serve when the channels are one."""
    noise, channel = pilot.flag_noise, pilot.series.flags
    if noise is None:
        return Evidence()
    rows = effect if channel is pilot.series.effect else None
    rows = rows or make_rows(channel, pilot.design, noise, look)
    return weigh(rows, noise, channel.target, pilot.design.alpha)


def _with_evidence(found: Assessment, pilot: Pilot, rows: Rows, look: int) -> Assessment:
    evidence = _evidence(pilot, look, rows)
    low, high = _told(pilot.series.flags, evidence.low, evidence.high)
    return replace(
        found,
        e_moving=evidence.moving,
        e_wrong_way=evidence.wrong_way,
        e_not_moving=evidence.not_moving,
        band_low=low,
        band_high=high,
    )


def _with_forecast(
    found: Assessment, pilot: Pilot, rows: Rows, fit: Fit, *, noise: Noise, look: int
) -> Assessment:
    channel = pilot.series.effect
    ahead = forecast(rows, fit, noise, pilot.design, look=look, target=channel.target)
    if ahead is None:
        return found
    low, high = _told(channel, ahead.low, ahead.high)
    return replace(
        found,
        chance_of_target=ahead.chance,
        forecast=channel.change(ahead.middle),
        forecast_low=low,
        forecast_high=high,
    )


def _told(channel: Channel, low: float | None, high: float | None) -> tuple[float, float] | tuple[None, None]:
    """Two bounds in units of the metric, the lower one first."""
    if low is None or high is None:
        return None, None
    one, two = sorted((channel.change(low), channel.change(high)))
    return one, two
