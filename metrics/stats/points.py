"""The numbers that were handed in, checked: many series of one design, one row each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import BoolArray, FloatArray, IntArray, Numbers, Table
from .errors import StatsError

LARGEST: Final = 1e100
"""Beyond this, squares would overflow."""
CHUNK: Final = 2048
"""Series that are worked on together: their arrays stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Points:
    """Arrays of shape (N, n0 + k), float, NaN where missing; None where not given. targets: shape (N,), where the series
    have targets of their own."""

    values: FloatArray
    numerator: FloatArray | None
    denominator: FloatArray | None
    comparison: FloatArray | None
    targets: FloatArray | None = None

    @property
    def observed(self) -> BoolArray:
        """Which points count: all that is needed for them is there, and the denominator is above zero."""
        there = ~np.isnan(self.values)
        for side in (self.numerator, self.comparison):
            if side is not None:
                there &= ~np.isnan(side)
        if self.denominator is not None:
            there &= self.denominator > 0
        return there

    def take(self, rows: IntArray | slice, entries: slice = np.s_[:]) -> "Points":
        """These series, and of them these entries."""

        def part(array: FloatArray | None) -> FloatArray | None:
            return None if array is None else array[rows, entries]

        return Points(
            self.values[rows, entries], part(self.numerator), part(self.denominator), part(self.comparison),
            None if self.targets is None else self.targets[rows],
        )  # fmt: skip

    def groups(self) -> Iterator[tuple[IntArray, BoolArray]]:
        """Series that miss the same points, in chunks: (row numbers, which points are observed)."""
        observed = self.observed
        if not observed.shape[0]:
            return
        if (observed == observed[0]).all():
            kinds = [np.arange(observed.shape[0])]
        else:
            packed = np.packbits(observed, axis=1)
            order = np.unique(packed, axis=0, return_inverse=True)[1].ravel()
            ranked = np.argsort(order, kind="stable")
            kinds = np.split(ranked, np.flatnonzero(np.diff(order[ranked])) + 1)
        for rows in kinds:
            for begin in range(0, rows.size, CHUNK):
                part = rows[begin : begin + CHUNK]
                yield part, observed[part[0]]


def read_points(
    values: Numbers | Table | None,
    numerator: Numbers | Table | None = None,
    denominator: Numbers | Table | None = None,
    comparison: Numbers | Table | None = None,
    *,
    many: bool = False,
) -> Points:
    """Check the arrays one by one and against each other. Raises StatsError."""
    top, bottom = _optional(numerator, "numerator", many), _optional(denominator, "denominator", many)
    other = _optional(comparison, "comparison", many)
    raw = _ratio(top, bottom) if values is None else _array(values, "values", many)
    for name, array in (("numerator", top), ("denominator", bottom), ("comparison", other)):
        if array is not None and array.shape != raw.shape:
            unit = "rows and points" if many else "points"
            raise StatsError(f"{name} must have as many {unit} as values")
    if bottom is not None and bool(np.any(bottom < 0)):
        raise StatsError("denominator must not be negative")
    return Points(raw, top, bottom, other)


def _ratio(top: FloatArray | None, bottom: FloatArray | None) -> FloatArray:
    if top is None or bottom is None:
        raise StatsError("give values, or numerator and denominator")
    if top.shape != bottom.shape:
        raise StatsError("numerator and denominator must have as many points as each other")
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)


def _optional(numbers: Numbers | Table | None, name: str, many: bool) -> FloatArray | None:
    return None if numbers is None else _array(numbers, name, many)


def _array(numbers: Numbers | Table, name: str, many: bool) -> FloatArray:
    try:
        array = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise StatsError(
            f"{name} must be rows of numbers of one length" if many else f"{name} must be numbers"
        ) from None
    if many and array.size == 0 and array.ndim < 2:
        array = array.reshape(0, 0)
    if array.ndim != (2 if many else 1):
        raise StatsError(f"{name} must be {'a table, one row a series' if many else 'one row of numbers'}")
    array = array if many else array[None, :]
    if array.size and max(_most(array), -_least(array)) > LARGEST:
        raise StatsError(f"{name} must be finite; a missing point is NaN or None")
    return array


def _most(array: FloatArray) -> float:
    """The largest number, or 0 if there is none: without a copy of the table."""
    most = float(array.max())
    return most if most == most else float(np.fmax.reduce(array, axis=None, initial=0.0))  # noqa: PLR0124 - NaN


def _least(array: FloatArray) -> float:
    least = float(array.min())
    return least if least == least else float(np.fmin.reduce(array, axis=None, initial=0.0))  # noqa: PLR0124 - NaN
