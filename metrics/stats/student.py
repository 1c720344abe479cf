"""Student's t: the two functions that are needed, typed; the full scipy.stats costs 60 MB."""

import numpy as np
from scipy.special import stdtr, stdtrit

from .arrays import FloatArray


def share_below(value: FloatArray | float, freedom: int) -> FloatArray:
    """P(t <= value) with `freedom` degrees of freedom; shape as value."""
    return np.asarray(stdtr(freedom, value), dtype=np.float64)


def quantile(share: float, freedom: int) -> float:
    """The value below which this share lies."""
    return float(stdtrit(freedom, share))
