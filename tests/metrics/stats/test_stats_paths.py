"""Paths, logarithms, lags and drift: what was agreed changes what is looked for, in units that people read."""

import math
from dataclasses import replace

import numpy as np
import pytest

from metrics.stats import Design, assess, assess_many, at_stop

N0, M = 60, 42
T = np.arange(N0 + M)
RAMP = np.clip((T - N0 + 1) / 28, 0, 1)
STEP = Design(baseline=N0, target=2.0)
GROWING = replace(STEP, path=28)


def test_a_ramp_is_judged_by_its_full_effect(noise):
    found = assess(noise(1, 102)[0] + 2 * RAMP, GROWING)
    assert found.low < 2 < found.high
    assert found.window_mean < found.estimate


def test_a_ramp_against_a_step_path_is_mistaken_for_standing_still(noise):
    y = noise(150, 102) + 2 * RAMP
    as_ramp, as_step = (assess_many(y, d, looks=range(63, 90, 3)).e_not_moving for d in (GROWING, STEP))
    assert np.mean(as_ramp.max(axis=1) >= 20) <= 0.06
    assert np.mean(as_step.max(axis=1) >= 20) >= 0.3


def test_a_path_of_one_point_is_a_step(noise):
    y = noise(1, 102)[0] + 1
    assert assess(y, replace(STEP, path=1)) == assess(y, STEP)


def test_points_that_lag_count_as_before(noise):
    y = noise(1, 102)[0] + 3 * (T >= N0 + 30)
    lagging = replace(STEP, lag=30)
    assert assess(y, lagging).low > 1.5
    assert assess(y, STEP).estimate < 2
    early = assess(y, lagging, look=N0 + 20)
    assert (early.e_moving, early.low, early.verdict) == (1.0, None, "running")


@pytest.mark.parametrize("cadence", ["daily", "other"])
def test_the_logarithm_judges_ratios_and_answers_in_units(noise, cadence):
    y = np.exp(0.1 * noise(1, 102)[0]) * np.where(T >= N0, 40.0, 50.0)
    design = Design(
        baseline=N0, window=M, cadence=cadence, direction="lower", target=-5.0, clip=None, season=1
    )
    found = assess(y, replace(design, log=True))
    level = y[:N0].mean()
    plain = assess(np.log(y), replace(design, target=math.log((level - 5) / level)))
    assert found.estimate == pytest.approx(level * math.expm1(plain.estimate))
    assert found.low == pytest.approx(level * math.expm1(plain.low))
    assert found.band_high == pytest.approx(level * math.expm1(plain.band_high))
    assert found.e_not_moving == pytest.approx(plain.e_not_moving)
    assert found.verdict == "reached"


def test_the_drift_allowance_widens_from_none_to_a_free_slope(noise):
    y = noise(1, 102, seed=5)[0]
    widths = [
        found.high - found.low for found in (assess(y, replace(STEP, drift=d)) for d in (0.0, 0.25, math.inf))
    ]
    assert widths[0] < widths[1] < widths[2]


def test_a_stopped_pilot_reports_the_interval_that_holds_on_any_day(noise):
    y = noise(1, 102)[0] + 3 * (T >= N0)
    running = assess(y, replace(STEP, target=1.0), look=N0 + 15)
    stopped = at_stop(running, replace(STEP, target=1.0))
    assert (stopped.low, stopped.high) == (running.band_low, running.band_high)
    assert stopped.high - stopped.low > running.high - running.low
    assert (stopped.verdict, stopped.forecast, stopped.p_value) == ("reached", None, None)


def test_a_pilot_stopped_on_its_first_day_cannot_tell(noise):
    design = Design(baseline=12, cadence="weekly", target=1.0)
    found = at_stop(assess(noise(1, 13)[0], design), design)
    assert found.verdict == "unclear"


def test_stopping_at_the_end_changes_nothing(noise):
    found = assess(noise(1, 102)[0], STEP)
    assert at_stop(found, STEP) is found


def test_other_cadences_keep_three_windows_of_baseline_as_long_as_drift_is_allowed(noise):
    design = Design(cadence="other", baseline=150, window=20, target=1.0)
    assert design.capped == 60
    assert replace(design, drift=0.0).capped == 150
    assert "baseline_capped" in assess(noise(1, 170)[0], design).warnings
