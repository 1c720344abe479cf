"""The scale on which a metric is judged, and the way back to its own unit."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Scale:
    """y = value ("plain"), 2 sqrt(value) ("root", which steadies the variance of counts) or log(value).

    level: shape (N,), the baseline's mean in units of the metric.
    """

    kind: Literal["plain", "root", "log"]
    level: FloatArray

    def forth(self, change: FloatArray) -> FloatArray:
        """Changes, shape (N,), from the baseline in units of the metric, on this scale; -inf where there is no such value."""
        if self.kind == "plain":
            return change
        goal = np.maximum(self.level + change, 0.0)
        if self.kind == "root":
            return np.asarray(2 * (np.sqrt(goal) - np.sqrt(self.level)))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(goal / self.level))

    def back(self, change: FloatArray) -> FloatArray:
        """A change on this scale, shape (N,), in units of the metric."""
        if self.kind == "plain":
            return change
        if self.kind == "root":
            return np.asarray((np.maximum(np.sqrt(self.level) + change / 2, 0.0)) ** 2 - self.level)
        with np.errstate(over="ignore"):
            return np.asarray(self.level * np.expm1(np.minimum(change, 300.0)))

    def take(self, rows: IntArray) -> "Scale":
        return Scale(self.kind, self.level[rows])
