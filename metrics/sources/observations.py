"""From a table to observations: one reading for rows that are days or weeks, one for rows that are single cases.

Nothing is repaired in silence: a row that does not fit becomes a Problem with its line, and no value.
"""

from collections.abc import Iterator, Sequence, Sized
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from .base import Fetched, Observation, Problem, SourceError
from .cells import Cell, MisfitError, Row, Table, key_of, shown, text_of
from .days import EARLIEST, EPOCH_1900, DaySense
from .figures import FigureSense
from .mapping import AT_LEAST, AT_MOST, AVERAGE, EVENTS, YES_NO, ColumnMapping

MAX_OBSERVATIONS = 100_000
MAX_PROBLEMS = 500

_YES = frozenset({"1", "yes", "y", "true", "ja", "j", "wahr", "oui"})
_NO = frozenset({"0", "no", "n", "false", "nein", "falsch", "non"})

type _Key = tuple[date, str]


def read(
    table: Table,
    mapping: ColumnMapping,
    *,
    today: date,
    epoch: date = EPOCH_1900,
    earliest: date = EARLIEST,
) -> Fetched:
    days = DaySense(mapping.day_order, epoch, earliest)
    reader = _Reader(table, mapping, today, mapping.locate(table.header), days)
    return reader.fetched()


@dataclass(slots=True)
class _Tally:
    """What is kept of the cases of one day: enough for share, mean and spread, however many there were."""

    n: int = 0
    successes: int = 0
    total: float = 0.0
    squares: float = 0.0


@dataclass(slots=True)
class _Reader:
    table: Table
    mapping: ColumnMapping
    today: date
    places: dict[str, int]
    days: DaySense
    figures: FigureSense = field(default_factory=FigureSense)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    kept: int = 0

    def fetched(self) -> Fetched:
        self.figures.decimal_mark = self.mapping.decimal_mark
        self._look()
        understood = [*self.table.understood, *self.days.settle(), *self.figures.settle()]
        if self.mapping.rows == EVENTS:
            observations = self._events()
            understood.append(self._counted(sum(o.n or 0 for o in observations)))
        else:
            observations = self._series()
        if self.left_out:
            self.problems.append(
                Problem(None, _("… and %(count)s more rows do not fit.") % {"count": self.left_out})
            )
        ordered = sorted(observations, key=lambda o: (o.day, o.group))
        return Fetched(tuple(ordered), tuple(self.problems), tuple(understood))

    # Rows

    def _rows(self) -> Iterator[Row]:
        """The rows that this source is about: no repeated headings, the right group, the filter."""
        header = tuple(key_of(name) for name in self.table.header)
        wanted = [
            (self.places[name], key_of(value))
            for name, value in (
                (self.mapping.filter_column, self.mapping.filter_value),
                (self.mapping.group_column, self.mapping.group_value),
            )
            if name and value
        ]
        for line, cells in self.table.rows():
            if all(key_of(text_of(_at(cells, place))) == value for place, value in wanted) and not (
                _looks_like(cells, header)
            ):
                yield line, cells

    def _look(self) -> None:
        day = self.places[self.mapping.date_column]
        numbers = [self.places[name] for name in self.mapping.number_columns()]
        for _line, cells in self._rows():
            self.kept += 1
            self.days.look(_at(cells, day))
            for place in numbers:
                self.figures.look(_at(cells, place))
        if not self.kept:
            self._nothing()

    def _nothing(self) -> None:
        if self.mapping.filter_column or self.mapping.group_value:
            raise SourceError(_("No row matches the group or the filter."), retry=True)
        raise SourceError(_("There are headings but no rows yet."), retry=True)

    def _fitting(self) -> Iterator[tuple[int, _Key, tuple[Cell, ...]]]:
        """Line, day with group, and the cells that hold the result. Misfits of the day become problems here."""
        names = (
            (self.mapping.outcome_column,) if self.mapping.rows == EVENTS else self.mapping.number_columns()
        )
        for line, cells in self._rows():
            try:
                self._check_width(cells)
                day = self.days.read(_at(cells, self.places[self.mapping.date_column]), self.today)
                key = (day, self._group(cells))
            except MisfitError as misfit:
                self._problem(line, str(misfit))
                continue
            yield line, key, tuple(_at(cells, self.places[name]) for name in names)

    def _check_width(self, cells: Sequence[Cell]) -> None:
        # More cells than headings: most often a decimal comma in a file split by commas, so 12,5 would be read as 12.
        if any(text_of(cell) for cell in cells[len(self.table.header) :]):
            raise MisfitError(_("The row has more cells than there are headings."))

    def _group(self, cells: Sequence[Cell]) -> str:
        if not self.mapping.group_column:
            return ""
        if self.mapping.group_value:
            return self.mapping.group_value
        group = text_of(_at(cells, self.places[self.mapping.group_column]))
        if not group:
            raise MisfitError(_("There is no group."))
        return group[:200]

    def _problem(self, line: int | None, message: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(line, message))
        else:
            self.left_out += 1

    # Rows that are days or weeks

    def _series(self) -> list[Observation]:
        seen: dict[_Key, tuple[int, Observation]] = {}
        doubtful: set[_Key] = set()
        for line, key, cells in self._fitting():
            try:
                observation = self._observation(key, cells)
            except MisfitError as misfit:
                self._problem(line, str(misfit))
                continue
            first = seen.setdefault(key, (line, observation))
            _require_room(seen)
            if first[1] != observation:
                doubtful.add(key)
                message = _(
                    "%(day)s stands here again with another value than in line %(line)s. Neither is used."
                )
                self._problem(line, message % {"day": key[0].isoformat(), "line": first[0]})
        return [observation for key, (_line, observation) in seen.items() if key not in doubtful]

    def _observation(self, key: _Key, cells: tuple[Cell, ...]) -> Observation:
        day, group = key
        if self.mapping.value_column:
            return Observation(day, self.figures.read(cells[0]), group=group)
        numerator, denominator = (self.figures.read(cell) for cell in cells)
        _check_ratio(numerator, denominator, self.mapping.metric_kind)
        return Observation(day, None, numerator, denominator, group=group)

    # Rows that are single cases

    def _events(self) -> list[Observation]:
        tallies: dict[_Key, _Tally] = {}
        weekly = self.mapping.cadence == "weekly"
        for line, (day, group), (cell,) in self._fitting():
            try:
                number, success = self._outcome(cell)
            except MisfitError as misfit:
                self._problem(line, str(misfit))
                continue
            first_day = day - timedelta(days=day.weekday()) if weekly else day
            tally = tallies.setdefault((first_day, group), _Tally())
            _require_room(tallies)
            tally.n += 1
            tally.successes += success
            tally.total += number
            tally.squares += number * number
        return [self._summed(key, tally) for key, tally in tallies.items()]

    def _outcome(self, cell: Cell) -> tuple[float, bool]:
        if self.mapping.outcome == YES_NO:
            success = _yes_or_no(cell)
            return float(success), success
        number = self.figures.read(cell)
        if self.mapping.outcome == AVERAGE:
            return number, False
        if self.mapping.threshold is None or self.mapping.outcome not in (AT_LEAST, AT_MOST):
            raise SourceError(_("It is not said yet which outcome counts as a success."), field="threshold")
        threshold = self.mapping.threshold
        return number, number >= threshold if self.mapping.outcome == AT_LEAST else number <= threshold

    def _summed(self, key: _Key, tally: _Tally) -> Observation:
        day, group = key
        if self.mapping.outcome == AVERAGE:
            mean = tally.total / tally.n
            return Observation(day, mean, n=tally.n, sum_of_squares=tally.squares, group=group)
        return Observation(day, None, float(tally.successes), float(tally.n), n=tally.n, group=group)

    def _counted(self, count: int) -> str:
        if self.mapping.cadence == "weekly":
            return _("Cases counted per week, from Monday: %(count)s") % {"count": count}
        return _("Cases counted per day: %(count)s") % {"count": count}


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else None


def _looks_like(cells: Sequence[Cell], header: tuple[str, ...]) -> bool:
    """A heading that comes again in the middle, as when several exports are joined."""
    if text_of(cells[0]).casefold() != header[0]:  # true of nearly every row: the rest is for the few others
        return False
    return tuple(key_of(text_of(cell)) for cell in cells) == header


def _yes_or_no(cell: Cell) -> bool:
    word = text_of(cell).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    if not word:
        raise MisfitError(_("There is no outcome."))
    raise MisfitError(_("“%(text)s” is neither yes nor no.") % {"text": shown(cell)})


def _check_ratio(numerator: float, denominator: float, metric_kind: str) -> None:
    if denominator == 0:
        raise MisfitError(_("The number of cases is 0, so there is no share."))
    if denominator < 0 or numerator < 0:
        raise MisfitError(_("A count cannot be below zero."))
    if metric_kind == "proportion" and numerator > denominator:
        raise MisfitError(_("More succeeded than there were."))


def _require_room(kept: Sized) -> None:
    if len(kept) > MAX_OBSERVATIONS:
        raise SourceError(
            _("There are too many groups or days. Please choose one group or a shorter period.")
        )
