"""Rare events: put together where that helps, else one exact test at the end."""

import numpy as np
import pytest

from metrics.stats import Design, assess, assess_many

RARE = Design(kind="rate", direction="lower", baseline=60, target=-0.15)


def counts(before, after, n0=60, seed=1):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.poisson(before, n0), rng.poisson(after, 42)]).astype(float)


def test_nothing_is_said_before_the_end():
    found = assess(counts(0.3, 0.3), RARE, look=90)
    assert "rare_events" in found.warnings
    assert (found.verdict, found.e_moving, found.band_low) == ("running", 1.0, None)


def test_the_exact_conditional_test_decides():
    from scipy.stats import binomtest

    x = counts(0.4, 0.0)
    found = assess(x, RARE)
    said = binomtest(int(x[60:].sum()), int(x.sum()), 42 / 102)
    assert found.high < 0
    assert found.p_value < 0.01
    assert said.pvalue < 0.01
    assert found.estimate == pytest.approx(x[60:].mean() - x[:60].mean())


def test_no_change_cannot_tell_or_has_not_moved():
    assert assess(counts(0.3, 0.3, seed=2), RARE).verdict in {"unclear", "not_moved"}


def test_scatter_beyond_counting_widens_the_interval():
    x = counts(0.4, 0.1)
    lumpy = x.copy()
    lumpy[:60] = 0
    lumpy[5] = x[:60].sum()
    plain, wide = assess(x, RARE), assess(lumpy, RARE)
    assert wide.high - wide.low > plain.high - plain.low


def test_days_are_put_together_to_weeks_when_there_are_enough():
    rng = np.random.default_rng(3)
    x = rng.poisson(0.9, 126 + 42).astype(float)
    x[126:] = 0
    found = assess(x, Design(kind="rate", direction="lower", baseline=126, target=-0.5))
    assert "merged_points" in found.warnings
    assert found.e_moving >= 20
    assert found.verdict == "reached"
    assert (found.n_used, found.n_missing) == (168, 0)
    assert found.estimate == pytest.approx(-x[:126].mean(), rel=0.3)


def test_both_doors_agree_when_some_series_are_rare():
    table = np.stack([counts(0.3, 0.1), counts(6.0, 3.0), counts(0.5, 0.5, seed=4)])
    many = assess_many(table, RARE, looks=[80, 102])
    for i, row in enumerate(table):
        assert many.one(i, 1).verdict == assess(row, RARE).verdict
        assert many.e_moving[i, 0] == pytest.approx(assess(row, RARE, look=80).e_moving)


def test_no_event_at_all_is_a_constant_baseline():
    found = assess(np.zeros(102), RARE)
    assert found.verdict == "unclear"
    assert "constant_baseline" in found.warnings
