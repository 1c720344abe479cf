"""Student's t: the two functions that are needed, typed; the full scipy.stats costs 60 MB.

Here and beside, ``scipy.special`` is loaded with the first figure that asks for it, by scipy itself: most commands ask for none.
"""

import numpy as np
import scipy

from .arrays import FloatArray


def share_below(value: FloatArray | float, freedom: int) -> FloatArray:
    """P(t <= value) with `freedom` degrees of freedom; shape as value."""
    return np.asarray(scipy.special.stdtr(freedom, value), dtype=np.float64)


def quantile(share: float, freedom: int) -> float:
    """The value below which this share lies."""
    return float(scipy.special.stdtrit(freedom, share))
