"""Units, zero point and direction are conventions: the answer must not depend on them."""

from dataclasses import fields, replace

import numpy as np
import pytest

from metrics.stats import Design, assess
from tests.drawn import given, settings, st

CHANGES = ("estimate", "low", "high", "band_low", "band_high", "sd", "breakdown_drift")
PLAIN = ("e_moving", "e_wrong_way", "e_not_moving", "p_value", "rho", "chance_of_target")
FORECAST = ("forecast", "forecast_low", "forecast_high")
WEEKLY = Design(cadence="weekly", baseline=14, target=1.5)

seeds = st.integers(0, 10_000)
looks = st.integers(14, 20)


def series(seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(20) + rng.choice([0, 2]) * (np.arange(20) >= 14)


def close(one, two):
    near = isinstance(one, float) and isinstance(two, float)
    return two == pytest.approx(one, rel=1e-6, abs=1e-9) if near else one == two


@settings(max_examples=40, deadline=None)
@given(seeds, looks, st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_scale_and_shift(seed, look, scale, shift):
    y = series(seed)
    one = assess(y, WEEKLY, look=look)
    two = assess(scale * (y + shift), replace(WEEKLY, target=1.5 * scale), look=look)
    assert two.verdict == one.verdict
    for name in CHANGES + FORECAST:
        value = getattr(one, name)
        assert close(None if value is None else value * scale, getattr(two, name)), name
    for name in PLAIN:
        assert close(getattr(one, name), getattr(two, name)), name


@settings(max_examples=40, deadline=None)
@given(seeds, looks)
def test_direction(seed, look):
    y = series(seed)
    up = assess(y, WEEKLY, look=look)
    down = assess(-y, replace(WEEKLY, direction="lower", target=-1.5), look=look)
    mirrored = {"low": "high", "high": "low", "band_low": "band_high", "band_high": "band_low"}
    mirrored |= {"forecast_low": "forecast_high", "forecast_high": "forecast_low"}
    turned = {"estimate", "forecast", "breakdown_drift", "baseline_mean", "window_mean", *mirrored}
    for field in fields(up):
        one, two = getattr(up, field.name), getattr(down, mirrored.get(field.name, field.name))
        if field.name in turned:
            one = None if one is None else -one
        assert close(one, two), field.name


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(2, 6), st.integers(15, 20))
def test_a_missing_point_leaves_earlier_looks_unchanged(seed, gone, look):
    y = series(seed)
    holed = y.copy()
    holed[14 + gone - 1] = np.nan
    earlier = min(look, 14 + gone - 1)
    assert assess(holed, WEEKLY, look=earlier) == assess(y, WEEKLY, look=earlier)
