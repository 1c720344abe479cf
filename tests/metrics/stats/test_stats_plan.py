"""The planner: what six weeks can show, how stable the baseline is, what would help."""

import numpy as np
import pytest

from metrics.stats import Design, StatsError, assess_many, plan

WEEKLY = Design(cadence="weekly", baseline=12, target=3.0)
LONG = Design(cadence="weekly", baseline=26, target=2.0)


def test_the_smallest_change_is_that_of_the_published_table(noise):
    found = [plan(row, LONG).mde for row in noise(40, 26, seed=3)]
    assert np.median(found) == pytest.approx(2.0, abs=0.25)


def test_the_promise_is_kept(noise):
    """The chance that is told from baselines, beside how often such an effect is seen."""
    y = noise(300, 32, 0.3, seed=4)
    y[:, 26:] += 2.0
    ends = assess_many(y, LONG, looks=[32])
    seen = np.mean(ends.low > 0)
    told = np.mean([plan(row[:26], LONG).chance for row in y[:80]])
    assert told == pytest.approx(seen, abs=0.1)


def test_the_chance_is_a_range_around_the_middle(noise):
    found = plan(noise(1, 26)[0], LONG)
    assert 0 < found.chance_low < found.chance < found.chance_high < 1
    assert found.enough


def test_a_larger_target_has_a_better_chance(noise):
    y = noise(1, 26)[0]
    chances = [plan(y, Design(cadence="weekly", baseline=26, target=t)).chance for t in (1.0, 2.0, 4.0)]
    assert chances == sorted(chances)


def test_lower_is_better_is_told_with_its_sign(noise):
    y = noise(1, 26)[0]
    up = plan(y, LONG)
    down = plan(-y, Design(cadence="weekly", baseline=26, direction="lower", target=-2.0))
    assert down.mde == pytest.approx(-up.mde)
    assert down.chance == pytest.approx(up.chance)


def test_helps_are_sorted_and_really_help(noise):
    found = plan(noise(1, 12)[0], WEEKLY)
    sizes = [one.mde for one in found.helps]
    assert {one.kind for one in found.helps} <= {"daily", "longer_baseline", "comparison"}
    assert sizes == sorted(sizes)
    assert sizes[-1] < found.mde


def test_a_comparison_is_not_advised_to_who_has_one(noise):
    y, other = noise(2, 12)
    assert "comparison" not in {one.kind for one in plan(y, WEEKLY, comparison=other).helps}


def test_fewer_points_to_come_show_less(noise):
    y = noise(1, 26)[0]
    assert plan(y, LONG, points=3).mde > plan(y, LONG, points=6).mde


def drift(y):
    y += 0.1 * np.arange(y.size)


def jump(y):
    y[13:] += 6


def bad_end(y):
    y[-3:] -= 3


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(drift, "drifting_baseline"), (jump, "level_shift"), (bad_end, "recovery_likely")],
)
def test_what_is_not_stable_is_named(noise, spoil, code):
    y = noise(1, 26, seed=9)[0]
    assert code not in plan(y, LONG).warnings
    spoil(y)
    found = plan(y, LONG)
    assert code in found.warnings
    if code == "level_shift":
        assert (found.shift_at, found.shift > 4) == (13, True)


def test_weekdays_and_neighbours_are_noticed(noise):
    design = Design(baseline=60, window=6, target=2.0)
    week = np.resize([0, 0, 0, 0, 0, -4, -4], 60)
    assert "weekday_pattern" in plan(noise(1, 60)[0] + week, design).warnings
    assert "autocorrelated" in plan(noise(1, 60, 0.8)[0], design).warnings


@pytest.mark.parametrize("values", [[3.0] * 26, [None] * 26, [1.0], [1.0, 2.0]])
def test_a_baseline_that_cannot_tell(values):
    found = plan(values, LONG)
    assert (found.mde, found.chance) == (None, None)
    assert found.warnings


@pytest.mark.parametrize(("values", "options"), [([], {}), ([1.0] * 26, {"points": 0}), (["x"], {})])
def test_what_cannot_be_meant(values, options):
    with pytest.raises(StatsError):
        plan(values, LONG, **options)


def test_rare_events_are_planned_exactly():
    x = np.random.default_rng(1).poisson(0.4, 60).astype(float)
    found = plan(x, Design(kind="rate", direction="lower", baseline=60, target=-0.3))
    assert "rare_events" in found.warnings
    assert found.chance_low <= found.chance <= found.chance_high
    assert -x.mean() <= found.mde < 0
    out = plan(x, Design(kind="rate", direction="lower", baseline=60, target=-9.0))
    assert (out.chance, "target_out_of_range" in out.warnings) == (None, True)
