"""Rows that are single cases: tallied per day or week and group, so that however many there are, little is kept."""

from collections.abc import Callable, Iterable, Mapping, Sized
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from .base import Observation, SourceError
from .cells import Cell, MisfitError, shown, text_of
from .figures import FigureSense
from .mapping import AT_LEAST, AT_MOST, AVERAGE, COUNT, SUM, YES_NO, ColumnMapping

MAX_OBSERVATIONS = 100_000
# People are told apart per day: each takes some 150 bytes.
MAX_PEOPLE = 500_000

_YES = frozenset({"1", "yes", "y", "true", "ja", "j", "wahr", "oui"})
_NO = frozenset({"0", "no", "n", "false", "nein", "falsch", "non"})


def require_room(kept: Sized) -> None:
    if len(kept) > MAX_OBSERVATIONS:
        raise SourceError(
            _("There are too many groups or days. Please choose one group or a shorter period.")
        )


@dataclass(slots=True)
class _Tally:
    """Enough of the cases of one day for share, mean and spread. ``people``: cases and total of each, by hash."""

    n: int = 0
    successes: int = 0
    total: float = 0.0
    squares: float = 0.0
    exposure: float = 0.0
    people: dict[int, list[float]] = field(default_factory=dict)


@dataclass(slots=True)
class Cases:
    mapping: ColumnMapping
    figures: FigureSense
    problem: Callable[[int | None, str], None]
    tallies: dict[tuple[date, str], _Tally] = field(default_factory=dict)
    everybody: dict[str, set[int]] = field(default_factory=dict)
    counted: int = 0
    told_apart: int = 0

    def take(self, line: int, day: date, groups: Iterable[str], who: str, cells: list[Cell]) -> None:
        number, success = self._outcome(cells[0] if cells else None)
        exposure = self._exposure(cells[1]) if len(cells) > 1 else 0.0
        if self.mapping.cadence == "weekly":
            day -= timedelta(days=day.weekday())
        self.counted += 1
        for group in groups:
            tally = self.tallies.get((day, group))
            if tally is None:
                tally = self.tallies[day, group] = _Tally()
                require_room(self.tallies)
            tally.n += 1
            tally.successes += success
            tally.total += number
            tally.squares += number * number
            tally.exposure += exposure
            if who:
                self._somebody(tally, group, who, number)

    def _somebody(self, tally: _Tally, group: str, who: str, number: float) -> None:
        person = hash(who)
        self.everybody.setdefault(group, set()).add(person)
        kept = tally.people.get(person)
        if kept is None:
            self.told_apart += 1
            if self.told_apart > MAX_PEOPLE:
                raise SourceError(
                    _("There are too many people and days to tell apart. Please choose a shorter period.")
                )
            tally.people[person] = [1, number]
        else:
            kept[0] += 1
            kept[1] += number

    def _outcome(self, cell: Cell) -> tuple[float, bool]:
        outcome = self.mapping.outcome
        if outcome == YES_NO:
            success = _yes_or_no(cell)
            return float(success), success
        if outcome == COUNT:
            return 1.0, True
        number = self.figures.read(cell)
        if outcome in (AVERAGE, SUM):
            return number, False
        if self.mapping.threshold is None or outcome not in (AT_LEAST, AT_MOST):
            raise SourceError(_("It is not said yet which outcome counts as a success."), field="threshold")
        threshold = self.mapping.threshold
        return number, number >= threshold if outcome == AT_LEAST else number <= threshold

    def _exposure(self, cell: Cell) -> float:
        exposure = self.figures.read(cell)
        if exposure < 0:
            raise MisfitError(_("A count cannot be below zero."))
        return exposure

    def observations(self) -> list[Observation]:
        return [
            found
            for (day, group), tally in self.tallies.items()
            if (found := self._summed(day, group, tally))
        ]

    def _summed(self, day: date, group: str, tally: _Tally) -> Observation | None:
        n = len(tally.people) or tally.n
        if self.mapping.has_exposure:
            if not tally.exposure:
                self.problem(
                    None, _("%(day)s has cases, but nothing to divide them by.") % {"day": day.isoformat()}
                )
                return None
            counted = tally.total if self.mapping.outcome == SUM else float(tally.successes)
            return Observation(day, None, counted, tally.exposure, n=n, group=group)
        if self.mapping.outcome == AVERAGE:
            return _mean(day, group, tally)
        if self.mapping.outcome in (COUNT, SUM):
            return Observation(day, tally.total, n=n, group=group)
        return Observation(day, None, float(tally.successes), float(tally.n), n=n, group=group)

    def understood(self) -> list[str]:
        weekly = self.mapping.cadence == "weekly"
        words = (
            _("Cases counted per week, from Monday: %(count)s")
            if weekly
            else _("Cases counted per day: %(count)s")
        )
        said = [words % {"count": self.counted}]
        if self.mapping.who_column:
            people = len(set().union(*self.everybody.values()))
            said.append(_("Different people behind them: %(count)s") % {"count": people})
            if self.mapping.outcome == AVERAGE:
                said.append(
                    _("Averages are over people: each counts once a day, however many cases they have")
                )
        return said

    def people(self) -> Mapping[str, int]:
        return {group: len(found) for group, found in self.everybody.items()}


def _mean(day: date, group: str, tally: _Tally) -> Observation:
    """The mean of the cases; where people are told apart, of the people, since one's cases resemble each other."""
    if not tally.people:
        return Observation(day, tally.total / tally.n, n=tally.n, sum_of_squares=tally.squares, group=group)
    means = [total / cases for cases, total in tally.people.values()]
    squares = sum(mean * mean for mean in means)
    return Observation(day, sum(means) / len(means), n=len(means), sum_of_squares=squares, group=group)


def is_yes_or_no(cell: Cell) -> bool:
    return text_of(cell).casefold() in _YES | _NO


def _yes_or_no(cell: Cell) -> bool:
    word = text_of(cell).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    if not word:
        raise MisfitError(_("There is no outcome."))
    raise MisfitError(_("“%(text)s” is neither yes nor no.") % {"text": shown(cell)})
