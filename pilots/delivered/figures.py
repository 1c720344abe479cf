"""The figures of the executive portfolio: which wins stand, how many may be noise, what they are worth, how long it took."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from statistics import median
from typing import Final, NamedTuple

import numpy as np

from metrics.stats.arrays import FloatArray
from metrics.stats.portfolio import Wins, in_flight, shrink, sign_off
from pilots.delivered.chosen import KINDS, Row

MOVED: Final = frozenset({"reached", "short"})
# A 95 % interval is so many standard errors wide.
WIDTH: Final = 3.92
_ORDER: Final = {kind: place for place, kind in enumerate(KINDS)}


class Placed(NamedTuple):
    """A pilot with the kind of its result and its place in the ranking: its effect, drawn towards that of all."""

    row: Row
    kind: str
    rank: float


class Sum(NamedTuple):
    """An amount in one currency, and of how many pilots it is."""

    currency: str
    amount: float
    pilots: int


@dataclass(frozen=True)
class Delivered:
    """Some decided pilots together."""

    rows: Sequence[Row]
    wins: Wins = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wins", sign_off([row.p_value for row in self.rows]))

    @cached_property
    def placed(self) -> list[Placed]:
        """By kind of result, and within it the larger effect first, as far as it is known."""
        kinds = [
            _kind(row.verdict, stands)
            for row, stands in zip(self.rows, self.wins.stands.tolist(), strict=True)
        ]
        ranks = self._ranks()
        order = np.lexsort(
            (-np.array([row.pilot for row in self.rows]), -ranks, np.array([_ORDER[kind] for kind in kinds]))
        )
        known = ranks.tolist()
        return [Placed(self.rows[place], kinds[place], known[place]) for place in order.tolist()]

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(one.kind for one in self.placed)

    @property
    def moved(self) -> int:
        return self.counts["win"]

    @property
    def noise(self) -> int:
        """So many of the wins are to be expected to be noise, at most."""
        return min(self.wins.at_most, self.moved)

    @cached_property
    def sums(self) -> list[Sum]:
        """What the wins are worth that stand, a currency each, the largest first.

        A win without a credible value adds nothing; nor does one whose value follows from too few people to be shown.
        """
        return _sums(
            (one.row.currency, one.row.value)
            for one in self.placed
            if one.kind == "win" and one.row.value and not one.row.small
        )

    @cached_property
    def costs(self) -> list[Sum]:
        """What the pilots cost whose costs somebody stated, whatever came of them."""
        return _sums((row.currency, row.cost) for row in self.rows if row.cost)

    @property
    def without_value(self) -> int:
        """Wins for which nobody has vouched for a value."""
        return sum(one.kind == "win" and (not one.row.value or one.row.small) for one in self.placed)

    @property
    def days(self) -> float | None:
        """From the idea to the decision, in the middle."""
        return median((row.decided_on - row.planned_on).days for row in self.rows) if self.rows else None

    @property
    def drawn(self) -> list[Placed]:
        """Those that have a place in the picture."""
        return [
            one
            for one in self.placed
            if None not in (one.row.share, one.row.low, one.row.high) and not one.row.small
        ]

    @property
    def withheld(self) -> int:
        return sum(row.small for row in self.rows)

    def _ranks(self) -> FloatArray:
        known = [
            (place, row.share, (row.high - row.low) / WIDTH)
            for place, row in enumerate(self.rows)
            if not row.small
            and row.share is not None
            and row.low is not None
            and row.high is not None
            and row.high > row.low
        ]
        ranks = np.full(len(self.rows), -math.inf)
        if known:
            places, shares, errors = zip(*known, strict=True)
            ranks[list(places)] = shrink(shares, errors).effects
        return ranks


def _sums(amounts: Iterable[tuple[str, Decimal]]) -> list[Sum]:
    sums: dict[str, list[float]] = {}
    for currency, amount in amounts:
        sums.setdefault(currency, []).append(float(amount))
    told = [Sum(currency, sum(some), len(some)) for currency, some in sums.items()]
    return sorted(told, key=lambda one: -one.amount)


def _kind(verdict: str, stands: bool) -> str:
    if verdict in MOVED:
        return "win" if stands else "chance"
    return {"not_moved": "none", "wrong_way": "harm"}.get(verdict, "unclear")


def standing_now(e_values: Sequence[float], running: int) -> int:
    """How many of the running pilots improve by evidence that holds among all of them, on any day."""
    e = np.ones(max(running, len(e_values)))
    e[: len(e_values)] = e_values
    return in_flight(e).count
