"""Names for the arrays that travel between the files of this package."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

type FloatArray = NDArray[np.float64]
type IntArray = NDArray[np.intp]
type BoolArray = NDArray[np.bool_]
type Numbers = Sequence[float | None] | FloatArray
"""What callers may hand in: None and NaN both mean a missing point."""
type Table = Sequence[Numbers | None] | FloatArray
