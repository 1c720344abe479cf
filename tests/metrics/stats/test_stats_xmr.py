"""XmR limits of the plot-the-dots vignette, exactly, and what is missing."""

import numpy as np
import pytest

from metrics.stats import StatsError, xmr_limits

DOTS = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]


def test_screened():
    limits = xmr_limits(DOTS)
    assert limits.mean == pytest.approx(35 / 18)
    assert (limits.low, limits.high) == pytest.approx((35 / 18 - 2.66, 35 / 18 + 2.66))


def test_unscreened():
    limits = xmr_limits(DOTS, screen=False)
    assert (round(limits.low, 2), round(limits.high, 2)) == (-3.06, 6.95)


def test_missing_points_are_left_out():
    assert xmr_limits([1, None, 2, np.nan, 1]) == xmr_limits([1, 2, 1])


def test_one_point_has_a_mean_and_no_limits():
    assert xmr_limits([4.0]) == type(xmr_limits([4.0]))(4.0, None, None)


def test_a_constant_series_has_limits_on_its_mean():
    limits = xmr_limits([3, 3, 3])
    assert (limits.low, limits.mean, limits.high) == (3, 3, 3)


@pytest.mark.parametrize("values", [[], [None, np.nan], [1, np.inf], ["a"], [[1, 2], [3, 4]]])
def test_nothing_to_draw(values):
    with pytest.raises(StatsError):
        xmr_limits(values)
