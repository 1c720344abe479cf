"""Many pilots at once: published rejections, e-values, and how many wins may be noise."""

import numpy as np
import pytest

from metrics.stats import StatsError, in_flight, shrink, sign_off

PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_benjamini_and_hochbergs_own_example():
    wins = sign_off(PUBLISHED)
    assert (wins.count, list(np.flatnonzero(wins.stands))) == (4, [0, 1, 2, 3])
    assert sum(p <= 0.05 / 15 for p in PUBLISHED) == 3  # Bonferroni


def test_order_and_gaps_do_not_matter():
    wins = sign_off([1.0, None, 0.001, None, 0.002])
    assert list(wins.stands) == [False, False, True, False, True]


def test_of_twelve_wins_at_most_one_is_noise():
    wins = sign_off([0.0001] * 12 + [0.9] * 8)
    assert (wins.count, wins.at_most) == (12, 1)


def test_e_values_need_n_over_q_k():
    assert list(in_flight([100.0, 45.0, 1.0, None]).stands) == [True, True, False, False]
    assert list(in_flight([100.0, 29.0, 1.0]).stands) == [True, False, False]
    assert in_flight([59.0, 1.0, 1.0]).count == 0


def test_nothing_to_judge():
    assert (sign_off([]).count, in_flight([]).count, shrink([], []).effects.size) == (0, 0, 0)


def test_shrinking_draws_the_uncertain_further_in():
    found = shrink([3.0, 3.0, 0.0, -0.5, 0.4], [0.2, 2.0, 0.2, 0.2, 0.2])
    assert found.mean < found.effects[1] < found.effects[0] < 3
    alike = shrink([1.0, 1.1, 0.9], [1.0, 1.0, 1.0])
    assert alike.spread == 0
    assert np.ptp(alike.effects) == pytest.approx(0)


@pytest.mark.parametrize("call", [
    lambda: sign_off([1.5]), lambda: sign_off(["x"]), lambda: in_flight([-1.0]),
    lambda: shrink([1.0], [0.0]), lambda: shrink([1.0], [1.0, 2.0]), lambda: shrink([np.nan], [1.0]),
])  # fmt: skip
def test_refused(call):
    with pytest.raises(StatsError):
        call()
