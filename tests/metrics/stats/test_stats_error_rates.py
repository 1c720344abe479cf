"""Small seeded simulations; the larger ones and their figures stand in docs/statistics.md."""

import numpy as np
import pytest

from metrics.stats import Design, assess, assess_many, sign_off

DAILY = Design(baseline=60, target=1.0)
WEEKLY = Design(cadence="weekly", baseline=12, target=2.0)
EVERY_THIRD = range(63, 103, 3)


@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_daily_pilots_without_effect_are_rarely_flagged(noise, rho):
    many = assess_many(noise(1000, 102, rho), DAILY)
    moving, harm = many.e_moving.max(axis=1) >= 20, many.e_wrong_way.max(axis=1) >= 20
    assert np.mean(moving | harm) <= 0.06


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
def test_weekly_pilots_without_effect_are_rarely_flagged(noise, rho):
    many = assess_many(noise(2000, 18, rho), WEEKLY)
    assert np.mean(many.e_moving.max(axis=1) >= 20) <= 0.06
    assert np.mean(many.e_wrong_way.max(axis=1) >= 20) <= 0.06


def test_a_dead_pilot_is_mostly_found_not_moving(noise):
    many = assess_many(noise(100, 102), DAILY, looks=EVERY_THIRD)
    assert np.mean(many.e_not_moving.max(axis=1) >= 20) >= 0.6


def test_a_pilot_at_its_target_is_rarely_called_not_moving(noise):
    y = noise(150, 102, 0.3) + (np.arange(102) >= 60)
    many = assess_many(y, DAILY, looks=EVERY_THIRD)
    assert np.mean(many.e_not_moving.max(axis=1) >= 20) <= 0.06


def test_a_strong_effect_is_found_within_days(noise):
    y = noise(50, 102) + 2 * (np.arange(102) >= 60)
    many = assess_many(y, DAILY, looks=range(61, 71))
    assert np.mean(many.e_moving.max(axis=1) >= 20) >= 0.9


def test_intervals_hold_the_truth(noise):
    found = assess_many(noise(600, 102, 0.3), DAILY, looks=[102])
    assert np.mean((found.low <= 0) & (found.high >= 0)) >= 0.93


def test_forecasts_hold_the_final_estimate(noise):
    many = assess_many(noise(600, 102, 0.3), DAILY, looks=[81, 102])
    end = many.estimate[:, 1]
    inside = (many.forecast_low[:, 0] <= end) & (end <= many.forecast_high[:, 0])
    assert 0.74 <= np.mean(inside) <= 0.86


def test_a_wild_first_day_is_no_evidence(noise):
    y = noise(1, 61)[0]
    y[60] = 8.0
    assert assess(y, DAILY).e_moving < 20 < assess(y, Design(baseline=60, target=1.0, clip=None)).e_moving


def test_nothing_is_reached_without_effect_and_nothing_at_target_is_called_dead(noise):
    y = noise(1000, 102, 0.3)
    dead = assess_many(y, DAILY, looks=[102])
    right = assess_many(y + (np.arange(102) >= 60), DAILY, looks=[102])
    assert np.mean(dead.verdict == "reached") <= 0.02
    assert np.mean(right.verdict == "not_moved") <= 0.05


def test_most_signed_off_wins_are_real(noise):
    y = noise(200, 102)
    real = np.arange(200) >= 120
    many = assess_many(y + real[:, None] * (np.arange(102) >= 60), DAILY, looks=[102])
    wins = sign_off(np.where(many.estimate[:, 0] > 0, many.p_value[:, 0], 1.0)).stands
    assert np.mean(wins[real]) >= 0.6
    assert (wins & ~real).sum() <= 0.05 * wins.sum() + 1
