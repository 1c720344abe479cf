"""How much a point counts: by its number of cases, but only as far as cases explain the noise."""

from typing import Final

import numpy as np

from .arrays import FloatArray, IntArray

ROUNDING: Final = 1e-20
"""Squared residuals below this share of the squared values are rounding."""


def proportion_weights(
    share: FloatArray, cases: FloatArray, judged: FloatArray, before: IntArray, season: FloatArray
) -> FloatArray:
    """DerSimonian-Laird weights 1 / (tau2 / (p(1-p)) + 1/n) of shares between 0 and 1.

    share, cases: shape (N, n), cases > 0 at every observed point. judged: the same shape, what is judged: the share
    or its difference to the comparison. before: baseline positions observed; season: shape (before, s).
    p and tau2, the variance between points beyond that of counting, come from the baseline after removing the
    season. Source: DerSimonian & Laird 1986, moment form for any design matrix: tau2 = (y'Py - df) / tr P,
    P = W - WX (X'WX)^-1 X'W.
    """
    y, n = share[:, before], cases[:, before]
    p = (y * n).sum(axis=1) / n.sum(axis=1)
    spread = np.clip(p * (1 - p), 0.0, None)[:, None]
    if not before.size or before.size <= season.shape[1] or not np.any(spread > 0):
        return cases
    safe = np.where(spread > 0, spread, 1.0)
    between = _between(judged[:, before], n / safe, season)[:, None] / safe
    weights = 1 / (between + 1 / np.where(cases > 0, cases, 1.0))
    return np.asarray(np.where(spread > 0, weights, cases))


def mean_weights(y: FloatArray, people: FloatArray, before: IntArray, season: FloatArray) -> FloatArray:
    """The same form for a mean over n people, 1 / (tau2/s2 + 1/n), with s2, the variance within a point,
    and tau2 from the baseline: its squared residuals are regressed on 1 and 1/n, both at least zero."""
    n = np.where(people > 0, people, 1.0)
    inverse = 1 / n[:, before]
    if before.size <= season.shape[1] + 2:
        return np.ones_like(people)
    q = np.linalg.qr(season)[0]
    rest = y[:, before] - (y[:, before] @ q) @ q.T
    squares = rest**2 / (1 - (q**2).sum(axis=1)).clip(0.05)
    apart = inverse - inverse.mean(axis=1, keepdims=True)
    mass = (apart**2).sum(axis=1)
    mean = squares.mean(axis=1)
    slope = np.divide((apart * squares).sum(axis=1), mass, out=np.zeros_like(mass), where=mass > 1e-12)
    within = np.clip(slope, 0.0, mean / inverse.mean(axis=1))
    between = np.clip(mean - within * inverse.mean(axis=1), 0.0, None)
    noisy = mean > ROUNDING * (y[:, before] ** 2).max(axis=1)
    part = np.where(noisy, within / np.where(noisy, between + within, 1.0), 0.0)[:, None]
    return np.asarray(1 / (1 - part + part / n))


def _between(y: FloatArray, precision: FloatArray, x: FloatArray) -> FloatArray:
    """tau2 of every series, shape (N,)."""
    gram = np.einsum("nt,ti,tj->nij", precision, x, x)
    inverse = np.linalg.pinv(gram, hermitian=True)
    right = (precision * y) @ x
    left_over = (precision * y**2).sum(axis=1) - np.einsum("ni,nij,nj->n", right, inverse, right)
    square = np.einsum("nt,ti,tj->nij", precision**2, x, x)
    trace = precision.sum(axis=1) - np.einsum("nij,nji->n", inverse, square)
    df = y.shape[1] - x.shape[1]
    extra = np.divide(left_over - df, trace, out=np.zeros_like(trace), where=trace > 0)
    return np.asarray(np.clip(extra, 0.0, None))
