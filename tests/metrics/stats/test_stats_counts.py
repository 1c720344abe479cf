"""Shares and rates: weights by size, flags on the square root, answers in the metric's units."""

import numpy as np
import pytest

from metrics.stats import Design, assess

RNG = np.random.default_rng(8)
CASES = RNG.integers(5, 60, 102).astype(float)
SHARE = Design(kind="proportion", baseline=60, target=0.1)
HOURS = RNG.uniform(500, 1500, 102)
RATE = Design(kind="rate", direction="lower", baseline=60, target=-2.0)


def wins(before, after):
    p = np.where(np.arange(102) < 60, before, after)
    return np.random.default_rng(1).binomial(CASES.astype(int), p).astype(float)


def incidents(before, after):
    rate = np.where(np.arange(102) < 60, before, after)
    return np.random.default_rng(2).poisson(rate * HOURS / 1000).astype(float)


def test_share_from_counts():
    found = assess(None, SHARE, numerator=wins(0.3, 0.5), denominator=CASES)
    assert found.verdict == "reached"
    assert found.low < 0.2 < found.high
    assert found.e_moving >= 20


def test_pure_counting_noise_weighs_by_cases():
    x = wins(0.3, 0.3)
    found = assess(None, SHARE, numerator=x, denominator=CASES)
    assert found.baseline_mean == pytest.approx(x[:60].sum() / CASES[:60].sum(), abs=0.01)


def test_a_share_in_per_cent_is_the_same_share():
    x = wins(0.3, 0.4)
    one = assess(None, SHARE, numerator=x, denominator=CASES)
    per_cent = Design(kind="proportion", baseline=60, target=10.0)
    two = assess(100 * x / CASES, per_cent, numerator=x, denominator=CASES)
    assert two.e_moving == pytest.approx(one.e_moving)
    assert two.estimate == pytest.approx(100 * one.estimate)


def test_a_point_without_cases_is_missing():
    x, n = wins(0.3, 0.3), CASES.copy()
    x[[5, 70]] = n[[5, 70]] = 0
    assert assess(None, SHARE, numerator=x, denominator=n).n_missing == 2


def test_rate_from_counts():
    found = assess(None, RATE, numerator=incidents(5, 2.5), denominator=HOURS / 1000)
    assert found.verdict in {"reached", "short"}
    assert found.low < -2.5 < found.high
    assert found.e_moving >= 20
    assert found.band_low < found.estimate < found.band_high < 0


def test_the_unit_of_exposure_does_not_matter():
    x = incidents(5, 4)
    rate = 1000 * x / HOURS
    one = assess(rate, RATE, numerator=x, denominator=HOURS)
    two = assess(rate, RATE, numerator=x, denominator=HOURS / 1000)
    assert one.e_moving == pytest.approx(two.e_moving)
    assert one.e_not_moving == pytest.approx(two.e_not_moving)


def test_a_target_below_zero_is_noticed():
    found = assess(
        None, Design(kind="rate", direction="lower", baseline=60, target=-9.0),
        numerator=incidents(5, 4), denominator=HOURS / 1000,
    )  # fmt: skip
    assert "target_out_of_range" in found.warnings
