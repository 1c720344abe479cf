"""Answers that others have published, to their digits."""

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from metrics.stats import Design, assess, assess_many
from metrics.stats.evidence import half_width

DATA = Path(__file__).parent / "data"


def test_anytime_valid_interval_of_the_avlm_readme():
    # estimate 2.32245, se .21566, n 100, 8 coefficients; its r is the one of least width
    best = minimize_scalar(
        lambda r: half_width(92 * 0.21566**2, 93, r, 0.05) or 9.0,
        bounds=(1e-6, 0.5),
        method="bounded",
    )
    assert 2.32245 - best.fun == pytest.approx(1.6530529, abs=1e-4)
    assert 2.32245 + best.fun == pytest.approx(2.9918408, abs=1e-4)


def test_causal_impact_comparison_is_not_significant():
    y = np.genfromtxt(DATA / "comparison_data.csv", delimiter=",", skip_header=1)[:, 1:]
    design = Design(baseline=90, window=18, target=800.0, drift=0.0, clip=None)
    found = assess(y[:, 0], design, comparison=y[:, 1:].mean(axis=1))
    assert found.estimate == pytest.approx(-432, abs=1)
    assert found.low == pytest.approx(-1750, abs=10)
    assert found.high == pytest.approx(889, abs=10)
    assert found.verdict == "unclear"
    many = assess_many([y[:, 0]], design, comparison=[y[:, 1:].mean(axis=1)])
    assert many.e_moving.max() < 20
    assert many.e_wrong_way.max() < 20


@pytest.fixture
def arma():
    x, y = np.genfromtxt(DATA / "arma_data.csv", delimiter=",", skip_header=1).T
    return x, np.where(np.arange(100) >= 70, y + 5, y)


ARMA = Design(cadence="other", baseline=70, window=30, target=1.0, drift=0.0, clip=None)


def test_causal_impact_arma_with_coefficient_one(arma):
    x, y = arma
    found = assess(y, ARMA, comparison=x)
    assert found.estimate == pytest.approx(5.03, abs=0.005)
    assert found.verdict == "reached"


def test_causal_impact_arma_with_its_fitted_coefficient(arma):
    x, y = arma
    columns = np.column_stack([np.ones(100), x, np.arange(100) >= 70])
    found = assess(y, ARMA, comparison=np.linalg.lstsq(columns, y)[0][1] * x)
    assert (found.estimate, found.low, found.high) == pytest.approx((4.97, 4.48, 5.46), abs=0.01)


def test_causal_impact_arma_is_flagged_at_the_first_look(arma):
    x, y = arma
    assert assess(y, ARMA, comparison=x, look=1).e_moving >= 20
