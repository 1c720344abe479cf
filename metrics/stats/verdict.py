"""Five verdicts from three numbers: where the interval lies beside zero and beside the target."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .arrays import FloatArray

type Verdict = Literal["reached", "short", "not_moved", "wrong_way", "unclear", "running"]


def judge(estimate: FloatArray, low: FloatArray, high: FloatArray, target: FloatArray) -> NDArray[np.str_]:
    """The verdict at the end of the window, shape (N,); improvement is positive in all four arrays.

    wrong_way: all of the interval below zero. reached: all above zero and the estimate at least
    at target. short: above zero, below target. not_moved: zero inside, target ruled out.
    unclear: zero and target are both possible, or a bound is not known (NaN).
    """
    return np.select(
        [
            ~(np.isfinite(low) & np.isfinite(high)),
            high < 0,
            (low > 0) & (estimate >= target),
            low > 0,
            high < target,
        ],
        ["unclear", "wrong_way", "reached", "short", "not_moved"],
        default="unclear",
    )
