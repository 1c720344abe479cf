"""What came of a window that is over, as a journalist would say it: never stronger than the evidence.

With the words that were agreed for it ("Billing agents settle … calls in every 100 at the first contact") or, where nobody
gave any, with the metric's name. ``docs/sentences.md`` shows what is said of every kind of result.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import figure
from metrics.amounts import MONEY, SMALL_MONEY, Amounts, choose
from metrics.stats import Assessment
from metrics.verdict_words import Scale, Told, running_sentence

SLOT: Final = "…"
"""Where the change stands in the words that were agreed."""
# Of how many the agreed words count a share: "in every 100".
_OF: Final = re.compile(r"(?<![\d.,])100(?:[,\u00a0\u202f ]?0{3})?(?![.,]?\d)")
_MOVED: Final = frozenset({"reached", "short", "wrong_way"})


@dataclass(frozen=True, slots=True)
class Others:
    """What the comparison group went through in the same weeks, as levels."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Result:
    """``headline`` answers; ``lede`` says how far, how surely and against which target; ``line`` is what fits into a list."""

    headline: str
    lede: str
    line: str


def result(scale: Scale, found: Assessment, told: Told, others: Others | None = None) -> Result:
    """What the window showed."""
    if found.verdict == "running":
        return _bare(running_sentence(scale, found, told))
    if found.estimate is None or found.baseline_mean is None:
        return _bare(_("%(metric)s: too few values have come to tell anything.") % {"metric": scale.name})
    return _Teller(scale, found, told, others).result()


def _bare(sentence: str) -> Result:
    return Result(sentence, "", sentence)


@dataclass(frozen=True, slots=True)
class _Change:
    """The figures of one result, in what they are told in."""

    before: float
    change: float
    low: float | None
    high: float | None
    target: float | None

    @classmethod
    def of(cls, found: Assessment, target: float | None) -> _Change:
        assert found.baseline_mean is not None and found.estimate is not None
        return cls(found.baseline_mean, found.estimate, found.low, found.high, target)

    def times(self, factor: float) -> _Change:
        told = (self.before, self.change, self.low, self.high, self.target)
        return _Change(*(None if x is None else x * factor for x in told))  # type: ignore[arg-type]

    @property
    def after(self) -> float:
        return self.before + self.change

    @property
    def smallest(self) -> float:
        return min(abs(x) for x in (self.change, self.low, self.high) if x is not None)

    @property
    def beyond(self) -> Callable[[float], bool] | None:
        """Whether a level is at its target or better."""
        target = self.target
        if target is None or target == self.before:
            return None
        return (lambda level: level >= target) if target > self.before else (lambda level: level <= target)

    def end(self, verdict: str) -> float | None:
        """The change at that end of the interval whose place beside the target is told."""
        if self.low is None or self.high is None or self.target is None:
            return None
        cautious = verdict == "reached"
        return self.low if cautious is (self.target > self.before) else self.high

    @property
    def cautious(self) -> float | None:
        """The level at the end of the interval that promises less."""
        if self.low is None or self.high is None or self.target is None:
            return None
        return self.before + (self.low if self.target > self.before else self.high)

    @property
    def bold(self) -> float | None:
        if self.low is None or self.high is None or self.target is None:
            return None
        return self.before + (self.high if self.target > self.before else self.low)


class _Teller:
    """One result in words."""

    def __init__(self, scale: Scale, found: Assessment, told: Told, others: Others | None) -> None:
        self.scale, self.found, self.told, self.others = scale, found, told, others
        self.moved = found.verdict in _MOVED
        self.share = scale.kind == "proportion"
        # A share that is kept as a plain number is told in per cent.
        self.times = 100.0 if self.share and "%" not in scale.unit else 1.0
        self.words = scale.phrase if self.moved else ""
        change = _Change.of(found, told.target).times(self.times)
        self.of = self._out_of(change)
        self.change = change.times(self.of / 100) if self.of else change
        self.amounts = self._amounts()

    def result(self) -> Result:
        headline, range_ = self._headline(), self._range()
        lede = [range_, self._target(), self._beside(), self._stopped()]
        return Result(headline, " ".join(part for part in lede if part), self._line(headline, range_))

    # --- figures --------------------------------------------------------------------------------------

    def _out_of(self, change: _Change) -> int | None:
        """Of how many the share is counted: what the agreed words say, or more where that would be less than one."""
        found = _OF.search(self.words) if self.share else None
        if found is None:
            return None
        of = int(re.sub(r"\D", "", found[0]))
        while of < 1_000_000 and change.smallest * of / 100 < 1:
            of *= 10
        return of

    def _amounts(self) -> Amounts:
        told, scale = self.change, self.scale
        unit = "" if self.of else "%" if self.share else scale.unit
        decimals = max(0, scale.decimals - (2 if self.times > 1 else 0))
        digits = choose(
            told.before,
            told.change,
            told.low,
            told.high,
            decimals=decimals,
            moved=self.moved,
            beyond=told.beyond,
            end=told.end(self.found.verdict),
        )
        if unit in MONEY and decimals > 0 and abs(told.before) < SMALL_MONEY:
            digits = max(digits, decimals)
        return Amounts(unit, digits, self._change_unit(unit))

    def _change_unit(self, unit: str) -> str | None:
        """What changes are written in, where it is not the unit: nothing where the words around say it already."""
        if "%" in unit:
            return _("percentage points")
        named = unit not in MONEY and unit.casefold() in self.scale.name.casefold().split()
        return "" if self.scale.kind == "rate" or (named and not self.words) else None

    @property
    def _counts(self) -> bool:
        """Whether the change is of things (fewer) rather than of an amount (less)."""
        return self.of is not None or (self.scale.kind in {"rate", "total"} and self.scale.unit not in MONEY)

    # --- words ----------------------------------------------------------------------------------------

    def _headline(self) -> str:
        name = {"metric": self.scale.name}
        stopped = self.told.stopped
        if self.found.verdict == "not_moved":
            return (
                _("%(metric)s did not measurably move by the day it was stopped.") % name
                if stopped
                else _("%(metric)s did not measurably move.") % name
            )
        if not self.moved:
            return (
                _("%(metric)s: the days until it was stopped could not tell a change from chance.") % name
                if stopped
                else _("%(metric)s: six weeks could not tell a change from chance.") % name
            )
        said = {"said": self._said()}
        if self.told.stopped:
            return _("%(said)s, by the day it was stopped.") % said
        return (_("%(said)s, once fully in use.") if self.told.ramp else "%(said)s.") % said

    def _said(self) -> str:
        if not self.words:
            by = {"metric": self.scale.name, "by": self._by()}
            rose = self.change.change > 0
            return (_("%(metric)s rose by %(by)s") if rose else _("%(metric)s fell by %(by)s")) % by
        words = self.words.strip().rstrip(" .")
        if self.of:
            words = _OF.sub(str(figure(self.of)), words, count=1)
        return words.replace(SLOT, self._more(self.change.change, noun=True))

    def _by(self) -> str:
        if self.scale.kind == "rate":
            return f"{self.amounts.number(self.change.change)} {self.scale.unit}".strip()
        return self.amounts.trimmed(self.change.change)

    def _more(self, change: float, *, noun: bool = False) -> str:
        """9 more, 4.0 min less, 12 fewer tickets."""
        if self._counts:
            word = _("more") if change > 0 else _("fewer")
            unit = self.scale.unit if noun and self.scale.kind == "total" else ""
            return " ".join(part for part in (self.amounts.number(change), word, unit) if part)
        word = _("more") if change > 0 else _("less")
        return f"{self.amounts.trimmed(change) if noun else self.amounts.amount(change)} {word}"

    def _range(self) -> str:
        told = self.change
        if not self.moved:
            return self._anything()
        values = {
            "levels": self.amounts.levels(told.before, told.after, _(" to ")) + self._in_every(),
            "span": self._span(),
        }
        return (_("From %(levels)s, %(span)s.") if values["span"] else _("From %(levels)s.")) % values

    def _in_every(self) -> str:
        return _(" in every %(of)s") % {"of": figure(self.of)} if self.of else ""

    def _span(self) -> str:
        """Between which amounts the change most likely is; both have its sign."""
        told = self.change
        if told.low is None or told.high is None:
            return ""
        near, far = sorted((told.low, told.high), key=abs)
        fewest = self.amounts.number(near)
        if not self.words:
            return _("most likely by %(low)s to %(high)s") % {"low": fewest, "high": self.amounts.amount(far)}
        return _("most likely between %(low)s and %(high)s") % {"low": fewest, "high": self._more(far)}

    def _anything(self) -> str:
        """What is possible where nothing can be told."""
        told = self.change
        if told.low is None or told.high is None:
            return ""
        start = {"level": self.amounts.level(told.before)}
        if round(told.low, self.amounts.digits) == 0 == round(told.high, self.amounts.digits):
            return _("It stood at %(level)s and stands there still.") % start
        ends = {"low": self._end(told.low), "high": self._end(told.high)}
        if "%" in self.amounts.unit and told.low < 0 < told.high:
            ends["high"] = _("%(number)s more") % {"number": self.amounts.number(told.high)}
        return _("From %(level)s, anything between %(low)s and %(high)s is possible.") % {**start, **ends}

    def _end(self, change: float) -> str:
        return self._more(change) if round(change, self.amounts.digits) else _("no change")

    def _target(self) -> str:
        told, verdict = self.change, self.found.verdict
        if told.target is None:
            return ""
        target = {"target": self.amounts.shortest(told.target)}
        match verdict:
            case "reached":
                return self._reached() % target
            case "short" if told.bold is not None and told.beyond and told.beyond(told.bold):
                return _("That is short of the target of %(target)s, which lies within that range.") % target
            case "short":
                return _("That is short of the target of %(target)s, which lies outside that range.") % target
            case "wrong_way":
                return _("That is the wrong way: the target was %(target)s.") % target
            case "not_moved":
                return _("The target of %(target)s is ruled out.") % target
        holds_both = told.low is not None and told.high is not None and told.low <= 0 <= told.high
        if holds_both and told.beyond and told.bold is not None and told.beyond(told.bold):
            return _("That includes no change at all, and the target of %(target)s.") % target
        return _("The target was %(target)s.") % target

    def _reached(self) -> str:
        told = self.change
        if told.cautious is None or told.beyond is None:
            return _("The target of %(target)s was reached.")
        if told.beyond(told.cautious):
            return _("The target of %(target)s was reached, even at the cautious end of that range.")
        return _(
            "The target of %(target)s was reached; at the cautious end of that range it would be missed."
        )

    def _beside(self) -> str:
        if not self.told.compared:
            return ""
        others = self.others
        if others is None:
            return _("What the comparison group went through in the same weeks is taken off.")
        factor = self.times * (self.of / 100 if self.of else 1)
        before, after = others.before * factor, others.after * factor
        name = others.name or _("The comparison group")
        if self.amounts.rounded(before) == self.amounts.rounded(after):
            return _("%(who)s stayed at %(level)s.") % {"who": name, "level": self.amounts.level(after)}
        levels = self.amounts.levels(before, after, _(" to "))
        return _("%(who)s went from %(levels)s in the same weeks; that is taken off.") % {
            "who": name,
            "levels": levels,
        }

    def _stopped(self) -> str:
        if not self.told.stopped:
            return ""
        return _(
            "It was stopped early, so this is the wider range that holds on whichever day somebody stops."
        )

    def _line(self, headline: str, range_: str) -> str:
        told = self.change
        if not self.moved:
            return f"{headline} {range_}".strip()
        parts = [self.amounts.levels(told.before, told.after), self._span()]
        return f"{headline.rstrip('.')}: {', '.join(part for part in parts if part)}."
