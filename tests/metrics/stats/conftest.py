"""Seeded noise for the statistics' tests."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

type Noise = Callable[..., NDArray[np.float64]]


@pytest.fixture
def noise() -> Noise:
    """noise(series, points, rho=0, seed=1): AR(1) of marginal SD 1, shape (series, points)."""

    def make(series: int, points: int, rho: float = 0.0, seed: int = 1) -> NDArray[np.float64]:
        fresh = np.random.default_rng(seed).standard_normal((series, points))
        out = fresh.copy()
        for t in range(1, points):
            out[:, t] = rho * out[:, t - 1] + np.sqrt(1 - rho**2) * fresh[:, t]
        return out

    return make
