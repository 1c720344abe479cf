"""The five verdicts, what stands beside them, and the shape of a running pilot."""

import numpy as np
import pytest

from metrics.stats import Design, assess
from metrics.stats.verdict import judge

TARGET = 1.0


@pytest.mark.parametrize(
    ("estimate", "low", "high", "verdict"),
    [
        (1.2, 0.4, 2.0, "reached"),
        (1.0, 0.4, 1.6, "reached"),
        (0.6, 0.1, 1.1, "short"),
        (0.5, 0.3, 0.7, "short"),
        (0.1, -0.5, 0.7, "not_moved"),
        (0.4, -0.5, 1.3, "unclear"),
        (1.4, -0.2, 3.0, "unclear"),
        (-0.6, -1.0, -0.2, "wrong_way"),
        (0.0, 0.0, 0.0, "not_moved"),
    ],
)
def test_five_rules(estimate, low, high, verdict):
    assert judge(*map(np.array, (estimate, low, high, TARGET))) == verdict


@pytest.mark.parametrize(("effect", "verdict"), [(2.0, "reached"), (0.0, "not_moved"), (-2.0, "wrong_way")])
def test_verdict_at_the_end(noise, effect, verdict):
    y = noise(1, 102)[0] + effect * (np.arange(102) >= 60)
    assert assess(y, Design(baseline=60, target=TARGET)).verdict == verdict


def test_short_of_a_far_target(noise):
    y = noise(1, 102)[0] + 2 * (np.arange(102) >= 60)
    assert assess(y, Design(baseline=60, target=5.0)).verdict == "short"


def test_estimate_is_the_difference_of_means_when_nothing_is_adjusted(noise):
    y = noise(1, 18)[0]
    design = Design(cadence="weekly", baseline=12, target=2.0, drift=0.0, clip=None)
    found = assess(y, design)
    assert found.estimate == pytest.approx(y[12:].mean() - y[:12].mean())
    assert found.estimate == pytest.approx(found.window_mean - found.baseline_mean)


def test_breakdown_drift_is_the_nearer_bound_over_the_lever(noise):
    y = noise(1, 102)[0] + 3 * (np.arange(102) >= 60)
    found = assess(y, Design(baseline=60, target=TARGET, season=1))
    assert found.breakdown_drift == pytest.approx(found.low / (51 / 42))
    assert assess(noise(1, 102)[0], Design(baseline=60, target=TARGET)).breakdown_drift is None


def test_running_until_the_last_point(noise):
    y = noise(1, 102)[0]
    design = Design(baseline=60, target=TARGET)
    assert assess(y[:-1], design).verdict == "running"
    assert assess(y, design, look=101).verdict == "running"
    assert assess(y, design, look=101) == assess(y[:-1], design)


def test_before_the_first_window_point(noise):
    found = assess(noise(1, 60)[0], Design(baseline=60, target=TARGET))
    assert (found.verdict, found.estimate, found.low, found.forecast) == ("running",) + (None,) * 3
    assert (found.e_moving, found.e_wrong_way, found.e_not_moving) == (1.0, 1.0, 1.0)
    assert found.rho is not None
    assert found.sd == pytest.approx(1, abs=0.4)


def test_the_forecast_stands_while_running_only(noise):
    y = noise(1, 102)[0] + 3 * (np.arange(102) >= 60)
    design = Design(baseline=60, target=TARGET)
    half = assess(y, design, look=81)
    assert half.forecast_low < half.forecast < half.forecast_high
    assert half.chance_of_target > 0.95
    assert assess(y, design).chance_of_target is None


def test_a_drifting_baseline_frees_the_slope_and_says_so(noise):
    y = noise(1, 102)[0] + 3 * np.arange(102) / 42
    found = assess(y, Design(baseline=60, target=TARGET))
    assert "drifting_baseline" in found.warnings
    assert found.low < 0 < found.high


def test_weekdays_are_taken_out(noise):
    week = np.resize([0, 0, 0, 0, 0, -6, -6], 102)
    y = noise(1, 102)[0]
    plain, with_week = (assess(v, Design(baseline=60, target=TARGET, clip=None)) for v in (y, y + week))
    assert with_week.estimate == pytest.approx(plain.estimate)
    assert with_week.sd == pytest.approx(plain.sd)


def test_a_shock_shared_with_the_comparison_cancels(noise):
    y, other = noise(2, 102)
    shock = 5 * np.sin(np.arange(102) / 9)
    design = Design(baseline=60, target=TARGET)
    alone = assess(y - other, design)
    assert assess(y + shock, design, comparison=other + shock).estimate == pytest.approx(alone.estimate)
