"""Errors that resemble their neighbours: products a'V^-1 b for many series and many rho at once.

V is the AR(1) correlation of the observed points, gaps included. Prais-Winsten whitening takes v_t to
(v_t - rho^g v_prev) / sqrt(1 - rho^(2g)), g steps since the previous observed point, and leaves the first
point as it is. Written out, a'V^-1 b is a sum over the gaps g that occur,

    a_1 b_1 + sum_g [S0 - rho^g S1 + rho^(2g) S2] / (1 - rho^(2g)),

S0 = sum a_t b_t, S1 = sum (a_t b_prev + a_prev b_t), S2 = sum a_prev b_prev over the points that follow a
gap of g. The sums know nothing of rho: they are taken once, as matrix products over all series.
"""

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Reduced:
    """A least-squares problem at each rho, brought to a triangle.

    corner: shape (p, p, R, M), Cholesky factor of X'V^-1 X; M is 1 when all series share it, else N.
    reduced: shape (p, R, N), corner^-1 X'V^-1 y. rss: shape (R, N), what X leaves of y'V^-1 y.
    log_root: shape (R, 1 or N), log |V|^(1/2).
    """

    corner: FloatArray
    reduced: FloatArray
    rss: FloatArray
    log_root: FloatArray

    @property
    def last(self) -> FloatArray:
        """Coefficient of the last column, shape (R, N)."""
        return np.asarray(self.reduced[-1] / self.corner[-1, -1])

    @property
    def log_det(self) -> FloatArray:
        """log |X'V^-1 X|^(1/2), shape (R, M)."""
        diagonal = np.diagonal(self.corner).transpose(2, 0, 1)
        return np.asarray(np.log(diagonal).sum(axis=0))


@dataclass(frozen=True, eq=False)
class _Sums:
    """The sums of one gap; xx: (p, p, M), xy: (p, N), yy: (N,), each for S0, S1, S2."""

    gap: int
    count: int
    xx: tuple[FloatArray, FloatArray, FloatArray]
    xy: tuple[FloatArray, FloatArray, FloatArray]
    yy: tuple[FloatArray, FloatArray, FloatArray]


class Products:
    """x: shape (n, p), shared columns. y: shape (N, n). root_w: shape (N, n), multiplies the rows of
    x and of y; None when every weight is one. t: shape (n,), ascending positions."""

    def __init__(self, x: FloatArray, y: FloatArray, t: IntArray, root_w: FloatArray | None) -> None:
        self.y = y if root_w is None else root_w * y
        self.x, self.root_w = x, root_w
        first = np.s_[:1]
        self.first = _Sums(0, 1, *((s,) for s in self._pairs(first, first)))  # type: ignore[arg-type]
        gaps = np.diff(t)
        self.sums = [
            self._of_gap(int(gap), np.flatnonzero(gaps == gap) + 1, gaps.size) for gap in np.unique(gaps)
        ]

    def at(self, rho: FloatArray, *, prior: tuple[int, float, FloatArray] | None = None) -> Reduced:
        """Solve at rho, shape (R, 1) for the same of all series or (1, N) for each its own.

        prior (j, precision, start): one extra row, precision^(1/2) x coefficient j = 0, where y is what
        remained after coefficients of which j had the value start, shape (N,).
        """
        xx, xy, yy = (part[0] for part in (self.first.xx, self.first.xy, self.first.yy))
        xx, xy = xx[:, :, None, :], xy[:, None, :]
        log_root = np.zeros_like(rho)
        for sums in self.sums:
            carry = rho**sums.gap
            fresh = 1 - carry**2
            c0, c1, c2 = 1 / fresh, carry / fresh, carry**2 / fresh
            xx = xx + _mix([s[:, :, None, :] for s in sums.xx], c0, c1, c2)
            xy = xy + _mix([s[:, None, :] for s in sums.xy], c0, c1, c2)
            yy = yy + _mix(list(sums.yy), c0, c1, c2)
            log_root = log_root + 0.5 * sums.count * np.log(fresh)
        yy = np.broadcast_to(yy, xy.shape[1:]).copy()
        if prior is not None:
            j, precision, start = prior
            xx[j, j] += precision
            xy[j] -= precision * start
            yy += precision * start**2
        corner = cholesky(xx)
        reduced = forward(corner, xy)
        rss = np.maximum(yy - np.einsum("prn,prn->rn", reduced, reduced), 0.0)
        return Reduced(corner, reduced, rss, log_root)

    def _of_gap(self, gap: int, now: IntArray, gaps: int) -> _Sums:
        whole = now.size == gaps  # a slice is a view, a list of positions a copy
        here, before = (np.s_[1:], np.s_[:-1]) if whole else (now, now - 1)
        zero, two = self._pairs(here, here), self._pairs(before, before)
        cross, back = self._pairs(here, before), self._pairs(before, here)
        one = [a + b for a, b in zip(cross, back, strict=True)]
        return _Sums(gap, now.size, *((a, b, c) for a, b, c in zip(zero, one, two, strict=True)))

    def _pairs(self, left: slice | IntArray, right: slice | IntArray) -> tuple[FloatArray, ...]:
        """sum_t a_t b_s over pairs of positions, for x with x, x with y, y with y."""
        x, y, w = self.x, self.y, self.root_w
        if w is None:
            xx = (x[left].T @ x[right])[:, :, None]
            xy = x[left].T @ y[:, right].T
        else:
            p = x.shape[1]
            outer = (x[left][:, :, None] * x[right][:, None, :]).reshape(-1, p * p)
            xx = (outer.T @ (w[:, left] * w[:, right]).T).reshape(p, p, -1)
            xy = x[left].T @ (w[:, left] * y[:, right]).T
        return xx, xy, np.einsum("nt,nt->n", y[:, left], y[:, right])


def whitened(columns: FloatArray, t: IntArray, rho: float) -> FloatArray:
    """Prais-Winsten, written out for a single rho: columns of shape (n, p), t of shape (n,)."""
    carry = rho ** np.diff(t)[:, None]
    return np.vstack([columns[:1], (columns[1:] - carry * columns[:-1]) / np.sqrt(1 - carry**2)])


def cholesky(gram: FloatArray) -> FloatArray:
    """Lower factors of many small matrices, shape (p, p, ..); loops over p, never over the series."""
    out = np.array(gram)
    for k in range(out.shape[0]):
        out[k:, k] /= np.sqrt(out[k, k])
        out[k + 1 :, k + 1 :] -= out[k + 1 :, None, k] * out[None, k + 1 :, k]
    return out


def forward(corner: FloatArray, right: FloatArray) -> FloatArray:
    """corner^-1 right, right of shape (p, ..), broadcast against corner's (p, p, ..)."""
    shape = np.broadcast_shapes(corner.shape[2:], right.shape[1:])
    out = np.array(np.broadcast_to(right, (right.shape[0], *shape)))
    for k in range(out.shape[0]):
        out[k] /= corner[k, k]
        out[k + 1 :] -= corner[k + 1 :, k] * out[k]
    return out


def _mix(parts: list[FloatArray], c0: FloatArray, c1: FloatArray, c2: FloatArray) -> FloatArray:
    return np.asarray(c0 * parts[0] - c1 * parts[1] + c2 * parts[2])
