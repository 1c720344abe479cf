"""What others would say of the same series: the usual tests, looked at every day. For comparison only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

type Floats = NDArray[np.float64]
type Bools = NDArray[np.bool_]

GROWTHBOOK_TUNING = 5000


def welch(y: Floats, n0: int) -> Bools:
    """Whether Welch's t-test is below 5 % at any look from the second on, shape (series,)."""
    before, ever = y[:, :n0], np.zeros(y.shape[0], dtype=np.bool_)
    mean, variance = before.mean(1), before.var(1, ddof=1) / n0
    for k in range(2, y.shape[1] - n0 + 1):
        after = y[:, n0 : n0 + k]
        own = after.var(1, ddof=1) / k
        total = variance + own
        df = total**2 / (variance**2 / (n0 - 1) + own**2 / (k - 1))
        ever |= 2 * stdtr(df, -np.abs(after.mean(1) - mean) / np.sqrt(total)) < 0.05
    return ever


def xmr_rules(y: Floats, n0: int) -> Bools:
    """Whether one of the four NHS rules fires in the window: a point outside, seven on one side, six rising or
    falling, two of three in the outer third."""
    before = y[:, :n0]
    centre = before.mean(1, keepdims=True)
    sigma = np.abs(np.diff(before, axis=1)).mean(1, keepdims=True) / 1.128
    z = (y - centre) / sigma
    outside = np.abs(z) > 3
    rising = np.diff(z, axis=1, prepend=z[:, :1]) > 0
    falling = np.diff(z, axis=1, prepend=z[:, :1]) < 0
    fired = outside | _run(z > 0, 7) | _run(z < 0, 7) | _run(rising, 6) | _run(falling, 6)
    fired |= _two_of_three(z > 2) | _two_of_three(z < -2)
    return np.asarray(fired[:, n0:].any(axis=1))


def growthbook(y: Floats, n0: int) -> tuple[Bools, Bools]:
    """GrowthBook's sequential interval with its default tuning: ever excluding zero, ever above zero."""
    before, shape = y[:, :n0], y.shape[0]
    ever, better = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    rho = np.sqrt((-2 * np.log(0.05) + np.log(-2 * np.log(0.05) + 1)) / GROWTHBOOK_TUNING)
    for k in range(2, y.shape[1] - n0 + 1):
        after = y[:, n0 : n0 + k]
        n = n0 + k
        s2 = (before.var(1, ddof=1) / n0 + after.var(1, ddof=1) / k) * n
        reach = np.sqrt(s2 * 2 * (n * rho**2 + 1) * np.log(np.sqrt(n * rho**2 + 1) / 0.05) / (n * rho) ** 2)
        gap = after.mean(1) - before.mean(1)
        ever |= np.abs(gap) > reach
        better |= gap > reach
    return ever, better


def percent_of_target(y: Floats, n0: int, target: float, smooth: int) -> Bools:
    """Whether the mean of the last points ever stands at the target: a spreadsheet's "hit"."""
    level = y[:, :n0].mean(1)
    ever = np.zeros(y.shape[0], dtype=np.bool_)
    for k in range(smooth, y.shape[1] - n0 + 1):
        ever |= y[:, n0 + k - smooth : n0 + k].mean(1) - level >= target
    return ever


def causal_impact(y: Floats, n0: int, *, draws: int = 600, seed: int = 5) -> tuple[Bools, Bools]:
    """CausalImpact's own model, a local level with the priors of its R package, by Gibbs sampling for all series at
    once: whether the mean effect up to any look is credible at 5 %, and whether it is at the last look.

    The level starts at the first point; its steps have SD 0.01 of the baseline's, worth 32 points; the noise has the
    baseline's SD, worth 0.01 of a point (Brodersen et al. 2015; the defaults of CausalImpact 1.3 and bsts).
    """
    random, (series, points) = np.random.default_rng(seed), y.shape
    before, sd = y[:, :n0], y[:, :n0].std(1, ddof=1)
    noise, step = sd**2, (0.01 * sd) ** 2
    burn, means = draws // 6, np.empty((draws - draws // 6, series, points - n0))
    for draw in range(draws):
        level = _sampled_level(before, noise, step, sd, random)
        wrong = ((before - level) ** 2).sum(1)
        moved = (np.diff(level, axis=1) ** 2).sum(1)
        noise = np.minimum((0.01 * sd**2 + wrong) / random.chisquare(n0 + 0.01, series), (1.2 * sd) ** 2)
        step = np.minimum((32 * (0.01 * sd) ** 2 + moved) / random.chisquare(n0 + 31, series), sd**2)
        if draw >= burn:
            steps = random.standard_normal((series, points - n0)) * np.sqrt(step)[:, None]
            ahead = level[:, -1:] + np.cumsum(steps, axis=1)
            ahead += random.standard_normal(ahead.shape) * np.sqrt(noise)[:, None]
            means[draw - burn] = np.cumsum(ahead, axis=1)
    below = (means < np.cumsum(y[:, n0:], axis=1)).mean(axis=0)
    credible = np.minimum(below, 1 - below) < 0.025
    return np.asarray(credible[:, 1:].any(axis=1)), np.asarray(credible[:, -1])


def _sampled_level(y: Floats, noise: Floats, step: Floats, sd: Floats, random: np.random.Generator) -> Floats:
    """One draw of the level of each series: filtered forwards, sampled backwards."""
    means, variances = np.empty_like(y), np.empty_like(y)
    mean, variance = y[:, 0], sd**2
    for t in range(y.shape[1]):
        share = variance / (variance + noise)
        mean = mean + share * (y[:, t] - mean)
        variance = variance * (1 - share)
        means[:, t], variances[:, t] = mean, variance
        variance = variance + step
    draws, level = random.standard_normal(y.shape), np.empty_like(y)
    level[:, -1] = means[:, -1] + np.sqrt(variances[:, -1]) * draws[:, -1]
    for t in range(y.shape[1] - 2, -1, -1):
        share = variances[:, t] / (variances[:, t] + step)
        middle = means[:, t] + share * (level[:, t + 1] - means[:, t])
        level[:, t] = middle + np.sqrt(variances[:, t] * (1 - share)) * draws[:, t]
    return level


def _run(where: Bools, length: int) -> Bools:
    total = np.cumsum(where, axis=1)
    before = np.zeros_like(total)
    before[:, length:] = total[:, :-length]
    return np.asarray(total - before >= length)


def _two_of_three(where: Bools) -> Bools:
    total = np.cumsum(where, axis=1)
    before = np.zeros_like(total)
    before[:, 3:] = total[:, :-3]
    return np.asarray(total - before >= 2)
