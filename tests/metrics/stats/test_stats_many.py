"""The table of evidence says what the single door says, look by look."""

from dataclasses import fields

import numpy as np
import pytest

from metrics.stats import Design, StatsError, assess, assess_many

RNG = np.random.default_rng(4)
CASES = RNG.integers(4, 40, (4, 18)).astype(float)
EVENTS = RNG.binomial(CASES.astype(int), 0.4).astype(float)
OTHER = RNG.uniform(0.2, 0.6, (4, 18))


def equal(many, singles):
    for i, row in enumerate(singles):
        for j, one in enumerate(row):
            here = (many.e_moving[i, j], many.e_wrong_way[i, j], many.e_not_moving[i, j])
            assert here == pytest.approx((one.e_moving, one.e_wrong_way, one.e_not_moving))


@pytest.mark.parametrize("kind", ["mean", "proportion", "rate"])
@pytest.mark.parametrize("compared", [False, True])
def test_equal_to_the_single_door(kind, compared):
    design = Design(kind=kind, cadence="weekly", baseline=12, target=0.1)
    values = EVENTS / CASES
    values[1, [3, 14]] = np.nan
    values[2] = 0.5
    other = OTHER if compared else None
    many = assess_many(values, design, numerator=EVENTS, denominator=CASES, comparison=other)
    assert many.e_moving.shape == (4, 6)
    assert list(many.looks) == [13, 14, 15, 16, 17, 18]
    equal(many, [
        [
            assess(
                values[i], design, numerator=EVENTS[i], denominator=CASES[i],
                comparison=OTHER[i] if compared else None, look=look,
            )
            for look in many.looks
        ]
        for i in range(4)
    ])  # fmt: skip


@pytest.mark.parametrize("kind", ["mean", "proportion", "rate"])
def test_every_field_of_the_single_door(kind):
    design = Design(kind=kind, cadence="weekly", baseline=12, target=0.1, path=3, lag=1)
    values = EVENTS / CASES
    values[1, [3, 14]] = np.nan
    many = assess_many(values, design, numerator=EVENTS, denominator=CASES, looks=[15, 18])
    for i in range(4):
        for j, look in enumerate((15, 18)):
            one = assess(values[i], design, numerator=EVENTS[i], denominator=CASES[i], look=look)
            for field in fields(one):
                told = getattr(many, field.name)[i][j]
                alone = getattr(one, field.name)
                if isinstance(alone, float | int):
                    assert told == pytest.approx(alone), field.name
                elif alone is None:
                    assert np.isnan(told), field.name
                else:
                    assert told == alone, field.name


def test_series_that_miss_other_points_do_not_disturb_each_other(noise):
    y = noise(40, 18)
    y[np.random.default_rng(2).random(y.shape) < 0.1] = np.nan
    design = Design(cadence="weekly", baseline=12, target=1.0)
    many = assess_many(y, design)
    for i in range(0, 40, 7):
        assert many.e_moving[i, -1] == pytest.approx(assess(y[i], design).e_moving)


def test_chosen_looks():
    design = Design(cadence="weekly", baseline=12, target=0.1)
    many = assess_many(OTHER, design, looks=[18, 12, 14])
    assert list(many.looks) == [18, 12, 14]
    assert list(many.e_moving[:, 1]) == [1.0] * 4


def test_no_series():
    assert assess_many([], Design(baseline=60, target=1.0)).e_moving.shape == (0, 0)


def test_tables_must_fit():
    with pytest.raises(StatsError, match="as many rows"):
        assess_many(OTHER, Design(cadence="weekly", baseline=12, target=0.1), comparison=OTHER[:2])
