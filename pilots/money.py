"""What a result is worth, by conservative rules: the cautious end of the interval, the first year only, the share that is
due to the pilot, against all that it cost. Numbers in, a small dataclass out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MOVED = frozenset({"reached", "short"})


@dataclass(frozen=True, slots=True)
class Money:
    """``gain`` is the cautious change as a share of one; ``roi`` in per cent of the cost, None where nothing was spent."""

    gain: float
    benefit: float
    cost: float

    @property
    def net(self) -> float:
        return self.benefit - self.cost

    @property
    def roi(self) -> float | None:
        return 100 * self.net / self.cost if self.cost else None


def cautious_change(verdict: str, low: float | None, high: float | None) -> float:
    """The end of the interval that promises less, without its sign; 0 where no improvement was shown."""
    if verdict not in MOVED or low is None or high is None or low <= 0 <= high:
        return 0.0
    return min(abs(low), abs(high))


def money(change: float, *, per: float, volume: float, value: float, share: float, cost: float) -> Money:
    """``change`` in the metric's unit; ``per`` is 100 for a share in per cent; ``share`` in per cent."""
    gain = change / per
    return Money(gain, rounded_down(gain * volume * value * share / 100), cost)


def rounded_down(amount: float) -> float:
    """To three digits that count, never upwards: a benefit is not told to the cent."""
    if amount <= 0:
        return 0.0
    step = 10.0 ** max(0, math.floor(math.log10(amount)) - 2)
    return math.floor(amount / step + 1e-9) * step
