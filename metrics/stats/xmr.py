"""XmR limits: the grey band of the picture. They draw; they never judge."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import FloatArray, Numbers
from .errors import StatsError
from .points import LARGEST

LIMITS: Final = 2.66
SCREEN: Final = 3.267


@dataclass(frozen=True)
class XmrLimits:
    """Mean and natural process limits in units of the metric; no limits from a single point."""

    mean: float
    low: float | None
    high: float | None


def xmr_limits(values: Numbers, *, screen: bool = True) -> XmrLimits:
    """Mean -+ 2.66 x average moving range of the points present.

    values: shape (n,), NaN or None where missing (moving ranges then span the gap). screen: moving
    ranges above 3.267 x their average are left out, once, and the average is taken anew.
    Raises StatsError when no point is present or one is infinite. Source: Shewhart's chart of
    individual values, with the screening that NHS "Making data count" uses.
    """
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise StatsError("values must be numbers") from None
    there = array[~np.isnan(array)]
    if array.ndim != 1 or there.size == 0 or bool(np.any(np.abs(there) > LARGEST)):
        raise StatsError("XmR limits need one row with at least one finite value")
    mean = float(there.mean())
    if there.size == 1:
        return XmrLimits(mean, None, None)
    reach = LIMITS * _average_range(there, screen)
    return XmrLimits(mean, mean - reach, mean + reach)


def _average_range(values: FloatArray, screen: bool) -> float:
    ranges = np.abs(np.diff(values))
    average = float(ranges.mean())
    return float(ranges[ranges <= SCREEN * average].mean()) if screen else average
