"""Nothing that a source may deliver makes the maths crash or answer with NaN."""

import math
from dataclasses import astuple

import numpy as np
import pytest

from metrics.stats import Design, StatsError, assess
from tests.drawn import given, settings, st

NAN = math.nan
WEEKLY = Design(cadence="weekly", baseline=12, target=2.0)


def sound(found):
    return all(math.isfinite(v) for v in astuple(found) if isinstance(v, float))


@pytest.mark.parametrize("values", [[3.0] * 18, [0.0] * 18, [0.0] * 12 + [5.0] * 6])
def test_a_constant_baseline_cannot_be_judged_by(values):
    found = assess(values, WEEKLY)
    assert found.verdict == "unclear"
    assert "constant_baseline" in found.warnings
    assert found.estimate == pytest.approx(values[-1] - values[0])
    assert (found.low, found.e_moving, found.e_not_moving) == (None, 1.0, 1.0)


def test_a_perfect_line_has_no_chance_variation():
    found = assess(np.arange(18.0), WEEKLY)
    assert (found.verdict, found.warnings[-1]) == ("unclear", "constant_baseline")


@pytest.mark.parametrize("n0", [1, 2, 3])
def test_hardly_any_baseline(n0):
    design = Design(cadence="weekly", baseline=n0, target=2.0)
    found = assess(np.arange(n0 + 6.0) % 3, design)
    assert found.verdict == "unclear"
    assert "short_baseline" in found.warnings
    assert sound(found)


def test_all_missing():
    found = assess([NAN] * 18, WEEKLY)
    assert (found.verdict, found.n_used, found.n_missing) == ("unclear", 0, 18)
    assert "few_points" in found.warnings


def test_a_window_that_is_all_missing(noise):
    y = noise(1, 18)[0]
    y[12:] = NAN
    found = assess(y, WEEKLY)
    assert (found.verdict, found.estimate, found.forecast) == ("unclear", None, None)
    assert "few_points" in found.warnings


def test_one_window_point_is_no_verdict(noise):
    y = noise(1, 18)[0]
    y[13:] = NAN
    y[12] = 50.0
    assert assess(y, WEEKLY).verdict == "unclear"


def test_a_weekday_that_the_baseline_never_saw_is_set_aside(noise):
    y = noise(1, 102)[0]
    y[np.arange(102) % 7 >= 5] = NAN
    extra = y.copy()
    extra[75] = 99.0  # a Saturday
    design = Design(baseline=60, target=1.0)
    assert assess(extra, design) == assess(y, design)


def test_a_long_baseline_is_capped(noise):
    y = noise(1, 200)[0]
    long = assess(y, Design(baseline=158, target=1.0))
    newest = assess(y[32:], Design(baseline=126, target=1.0))
    assert "baseline_capped" in long.warnings
    assert (long.estimate, long.e_moving, long.n_used) == (newest.estimate, newest.e_moving, 168)


@pytest.mark.parametrize(
    ("values", "options"),
    [
        ([1.0] * 11, {}),
        ([1.0] * 19, {}),
        ([], {}),
        ([math.inf] + [1.0] * 17, {}),
        ([1e200] * 18, {}),
        (["x"] * 18, {}),
        ([[1.0, 2.0]] * 18, {}),
        (None, {}),
        ([1.0] * 18, {"comparison": [1.0] * 17}),
        ([1.0] * 18, {"denominator": [-1.0] * 18}),
        (None, {"numerator": [1.0] * 18, "denominator": [1.0] * 17}),
        ([1.0] * 18, {"look": 19}),
        ([1.0] * 18, {"look": 11}),
        ([1.0] * 18, {"look": 13.5}),
    ],
)
def test_input_that_cannot_be_meant(values, options):
    with pytest.raises(StatsError):
        assess(values, WEEKLY, **options)


def test_a_negative_share_cannot_be_meant():
    with pytest.raises(StatsError, match="negative"):
        assess([-1.0] * 18, Design(kind="proportion", cadence="weekly", baseline=12, target=0.1))


points = st.one_of(st.none(), st.floats(0, 1), st.sampled_from([0.0, 1.0, 1e9, 1e-12]))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["mean", "proportion", "rate"]),
    st.tuples(st.integers(1, 30), st.integers(0, 6)),
    st.sampled_from(["daily", "weekly"]),
    st.sampled_from([0.0, 0.25, math.inf]),
    st.data(),
)
def test_every_answer_is_finite(kind, lengths, cadence, drift, data):
    n0, seen = lengths
    design = Design(kind=kind, cadence=cadence, baseline=n0, window=6, target=0.2, drift=drift)
    size = {"min_size": n0 + seen, "max_size": n0 + seen}
    values = data.draw(st.lists(points, **size))
    cases = data.draw(st.none() | st.lists(st.integers(0, 4), **size))
    found = assess(values, design, denominator=cases)
    assert sound(found)
    assert (found.verdict == "running") == (seen < 6)
