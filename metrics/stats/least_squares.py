"""Plain least squares of many series on shared columns, weighted or not, with the drift allowance."""

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray
from .noise import Rows


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """maker: shape (1 or N, p, n), the coefficients are maker times the weighted y. coefficients: shape (p, N).
    rest: shape (N, n), what is left of y, not weighted."""

    maker: FloatArray
    coefficients: FloatArray
    rest: FloatArray


def columns(rows: Rows, kappa: float, *path: FloatArray) -> FloatArray:
    """Intercept and season, time where drift is allowed for, then the path's own columns: shape (n, p)."""
    time = [rows.tau] if kappa > 0 else []
    return np.column_stack([rows.season, *time, *path])


def fit(rows: Rows, x: FloatArray, kappa: float = 0.0) -> LeastSquares:
    """(F'F + P)^-1 F'y. With a finite kappa, P is 1/kappa^2 on the slope, the last column but one."""
    f = rows.weigh(x)
    gram = f.transpose(0, 2, 1) @ f
    if 0 < kappa < np.inf:
        gram[:, -2, -2] += 1 / kappa**2
    maker = np.linalg.solve(gram, f.transpose(0, 2, 1))
    y = rows.weighted_y
    found = maker[0] @ y.T if rows.root_w is None else np.einsum("npt,nt->pn", maker, y)
    return LeastSquares(maker, found, rows.y - found.T @ x.T)


def prior_of(x: FloatArray, kappa: float, coefficients: FloatArray) -> tuple[int, float, FloatArray] | None:
    """The drift allowance as `Products.at` takes it; the slope is the last column but one of x."""
    if not 0 < kappa < np.inf:
        return None
    slope = x.shape[1] - 2
    return slope, 1 / kappa**2, coefficients[slope]
