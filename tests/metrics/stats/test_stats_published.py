"""Answers that others have published, to their digits."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from metrics.stats.evidence import half_width


def test_anytime_valid_interval_of_the_avlm_readme():
    # estimate 2.32245, se .21566, n 100, 8 coefficients; its r is the one of least width
    best = minimize_scalar(
        lambda r: half_width(np.array(92 * 0.21566**2), 93, np.array(r), 0.05),
        bounds=(1e-6, 0.5),
        method="bounded",
    )
    assert 2.32245 - best.fun == pytest.approx(1.6530529, abs=1e-4)
    assert 2.32245 + best.fun == pytest.approx(2.9918408, abs=1e-4)
