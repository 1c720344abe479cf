"""How the figures of one sentence are rounded and written: as few digits as are honest, and all of them agreeing.

A reader who subtracts what stands there gets what stands there, and a level that is short of its target never reads
like the target. Levels are what the metric stood at; amounts are by how much it changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import BEFORE, BROAD, THIN, figure

MONEY: Final = {
    *BEFORE,
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "JPY",
    "CAD",
    "AUD",
    "kr",
    "zł",
}
LARGE: Final = 10_000
"""From here on a level is rounded to three digits that count."""
SMALL_MONEY: Final = 100
"""Below this, money has its cents."""
MILLION, BILLION = 10**6, 10**9


@dataclass(frozen=True, slots=True)
class Amounts:
    """Figures of one metric, rounded to ``digits`` decimal places (below 0: to tens, hundreds, …)."""

    unit: str
    digits: int
    # What changes are written in, where it is not the unit: percentage points; nothing where the words around say it.
    change_unit: str | None = None

    def level(self, value: float) -> str:
        return self._write(value, self.unit)

    def levels(self, before: float, after: float, between: str = " → ") -> str:
        """62 % → 71 %; the unit once where it is a word: 12 → 8 min."""
        if self.unit in {"", "%"} or self.unit in MONEY:
            return f"{self.level(before)}{between}{self.level(after)}"
        return f"{self._write(before, '')}{between}{self.level(after)}"

    def amount(self, change: float) -> str:
        """By how much, without a sign: 9 percentage points."""
        unit = self.unit if self.change_unit is None else self.change_unit
        return self._write(abs(change), unit)

    def number(self, change: float) -> str:
        """The same without its unit, unless that is a currency."""
        return self._write(abs(change), self.unit if self.unit in BEFORE and self.change_unit is None else "")

    def shortest(self, value: float) -> str:
        """A level that somebody chose, with no digit too many: 27 %, not 27.0 %."""
        if self.digits < 0 and round(value, self.digits) == value:
            return self.level(value)
        places = next(
            places for places in range(13) if places == 12 or math.isclose(round(value, places), value)
        )
        return Amounts(self.unit, places).level(value)

    def trimmed(self, change: float) -> str:
        """By how much, without zeros behind the point: 1 percentage point."""
        whole = self.digits > 0 and round(change, self.digits) == round(change)
        return Amounts(self.unit, 0 if whole else self.digits, self.change_unit).amount(change)

    def rounded(self, value: float) -> float:
        return round(value, self.digits)

    def _write(self, value: float, unit: str) -> str:
        value, digits = round(value, self.digits), self.digits
        word, size = "", 1
        if abs(value) >= BILLION and digits <= -7:
            word, size = _("billion"), BILLION
        elif abs(value) >= MILLION and digits <= -4:
            word, size = _("million"), MILLION
        places = max(0, digits + round(math.log10(size)))
        if unit in MONEY and places == 1:
            places = 2
        written = str(figure(value / size, unit if unit in BEFORE else "", places))
        written = f"{written}{BROAD}{word}" if word else written
        if not unit or unit in BEFORE:
            return written
        space = BROAD if unit[0].isalpha() else THIN
        return f"{written}{space}{_singular(unit) if written == '1' else unit}"


def choose(
    before: float,
    change: float,
    low: float | None,
    high: float | None,
    *,
    decimals: int,
    moved: bool,
    beyond: Callable[[float], bool] | None = None,
    end: float | None = None,
) -> int:
    """With how many decimal places the figures of a sentence are written.

    As many as the interval is precise to, at most the metric's own ``decimals``; then more, until the sum adds up, what
    ``moved`` does not read as nothing, and ``beyond`` (is this level at its target?) says of the rounded levels what it says
    of the levels: of the level after, and of ``end``, the end of the interval whose place beside the target is told.
    """
    half = (high - low) / 2 if low is not None and high is not None else abs(change)
    wanted = -math.floor(math.log10(half)) if half > 0 else decimals
    start = max(_coarsest(before, change), min(wanted, decimals))
    told = [x for x in ((change, low, high) if moved else (low, high)) if x]
    least = max(decimals, start)
    after = before + change

    def fits(digits: int) -> bool:
        return not beyond or end is None or beyond(_sum(before, end, digits)) == beyond(before + end)

    places = range(start, least + (3 if moved else 1))
    plain = [digits for digits in places if all(round(x, digits) for x in told)]
    true = [digits for digits in plain if not beyond or beyond(round(after, digits)) == beyond(after)]
    if not moved:
        first = true[0] if true else start
        return next((digits for digits in (*true, *range(first, least + 3)) if fits(digits)), first)
    whole = [digits for digits in true if _adds_up(before, change, digits)]
    # No sum adds up, or no end fits: what changed is still told.
    if whole:
        return next(filter(fits, whole), whole[0])
    for some in filter(None, (true, plain)):
        return next((digits for digits in some if digits >= least), some[-1])
    return places[-1]


def _coarsest(before: float, change: float) -> int:
    largest = max(abs(before), abs(change))
    return min(0, 2 - math.floor(math.log10(largest))) if largest >= LARGE else 0


def _sum(before: float, change: float, digits: int) -> float:
    """What a reader gets who adds up what stands there."""
    return round(round(before, digits) + round(change, digits), digits)


def _adds_up(before: float, change: float, digits: int) -> bool:
    told = round(before, digits) + round(change, digits)
    return math.isclose(told, round(before + change, digits), abs_tol=10.0 ** -(digits + 3))


def _singular(unit: str) -> str:
    """1 day, not 1 days. Only what English does with a plain s."""
    if unit == _("percentage points"):
        return ngettext("percentage point", "percentage points", 1)
    english = (get_language() or "en").startswith("en")
    return (
        unit[:-1]
        if english and unit.isalpha() and unit.islower() and unit.endswith("s") and unit[-2:-1] != "s"
        else unit
    )
