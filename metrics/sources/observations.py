"""From a table to observations: one reading for rows that are days or weeks, one for rows that are single cases.

Nothing is repaired in silence: a row that does not fit becomes a Problem with its line, and no value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .base import Ask, Fetched, Problem, SourceError
from .cases import Cases
from .cells import REMEMBERED, Cell, MisfitError, Row, Table, key_of, text_of
from .days import DaySense
from .figures import FigureSense
from .mapping import EVENTS, ColumnMapping
from .points import Points

MAX_PROBLEMS = 500
# A last line that adds up the others, by what stands in the place of its date.
_TOTALS = frozenset(
    {"total", "totals", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "insgesamt", "total général"}
)


def read(tables: Sequence[Table], ask: Ask) -> Fetched:
    """The observations of all the tables, each of which is understood by itself."""
    mapping = ColumnMapping.from_ask(ask)
    read = [_Reader(table, mapping, ask).fetched() for table in tables]
    people: dict[str, int] = {}
    for one in read:
        people |= one.people  # two tables are two groups
    fetched = Fetched(
        observations=tuple(o for one in read for o in one.observations),
        problems=tuple(p for one in read for p in one.problems),
        understood=tuple(dict.fromkeys(text for one in read for text in one.understood)),
        rows=sum(one.rows for one in read),
        misfits=sum(one.misfits for one in read),
        people=people,
    )
    _require_consent(fetched, ask.settings.get("leave_out"))
    return fetched


def is_agreed(agreed: Mapping[str, Any] | None, misfits: int, rows: int) -> bool:
    """Misfits are left out as far as a person agreed: so many rows, or such a share of all.

    A source that was connected without being tried has no agreement; its misfits are told with each pull.
    """
    if not misfits or agreed is None:
        return True
    most, of = _limit(agreed)
    return misfits <= most or misfits * of <= most * rows


def _limit(agreed: Mapping[str, Any]) -> tuple[int, int]:
    return int(agreed.get("rows", 0)), max(int(agreed.get("of", 0)), 1)


def _require_consent(fetched: Fetched, agreed: Mapping[str, Any] | None) -> None:
    if is_agreed(agreed, fetched.misfits, fetched.rows):
        return
    most, of = _limit(agreed or {})
    message = ngettext(
        "%(count)s of %(rows)s rows does not fit, and it was agreed to leave out at most %(most)s of %(of)s. "
        "Nothing was stored. The first: %(first)s",
        "%(count)s of %(rows)s rows do not fit, and it was agreed to leave out at most %(most)s of %(of)s. "
        "Nothing was stored. The first: %(first)s",
        fetched.misfits,
    )
    first = fetched.problems[0]
    where = _("line %(line)s – %(words)s") % {"line": first.line, "words": first.message}
    raise SourceError(
        message
        % {
            "count": fetched.misfits, "rows": fetched.rows, "most": most, "of": of,
            "first": where if first.line else first.message,
        },
        field="leave_out",
    )  # fmt: skip


@dataclass(slots=True)
class _Reader:
    table: Table
    mapping: ColumnMapping
    ask: Ask
    places: dict[str, int] = field(init=False)
    days: DaySense = field(init=False)
    figures: FigureSense = field(init=False)
    problems: list[Problem] = field(default_factory=list)
    misfits: int = 0
    kept: int = 0
    totals: list[int] = field(default_factory=list)
    groups_of: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = self.mapping.locate(self.table.header)
        self.days = DaySense(self.mapping.day_order, self.table.epoch, self.ask.zone, self.ask.earliest)
        self.figures = FigureSense(self.mapping.decimal_mark)

    def fetched(self) -> Fetched:
        self._look()
        understood = [*self.table.understood, *self.days.settle(), *self.figures.settle()]
        kind = Cases if self.mapping.rows == EVENTS else Points
        kept = kind(self.mapping, self.figures, self._problem)
        take = kept.take
        for line, day, groups, who, cells in self._fitting():
            try:
                take(line, day, groups, who, cells)
            except MisfitError as misfit:
                self._problem(line, str(misfit))
        observations = kept.observations()
        understood += [*kept.understood(), *self._left_out()]
        if self.misfits > len(self.problems):
            more = _("… and %(count)s more rows do not fit.") % {"count": self.misfits - len(self.problems)}
            self.problems.append(Problem(None, more))
        ordered = tuple(sorted(observations, key=lambda o: (o.day, o.group)))
        return Fetched(
            ordered,
            tuple(self.problems),
            tuple(understood),
            self.kept - len(self.totals),
            self.misfits,
            kept.people(),
        )

    def _left_out(self) -> Iterator[str]:
        if self.totals:
            lines = ", ".join(map(str, self.totals[:5]))
            yield _("A line of totals was left out (line %(line)s)") % {"line": lines}

    def _problem(self, line: int | None, message: str) -> None:
        self.misfits += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(line, message))

    # Rows

    def _rows(self) -> Iterator[Row]:
        """The rows that this source is about: no repeated headings, the right groups, the filter."""
        header = tuple(key_of(name) for name in self.table.header)
        first = header[0]
        wanted = self._wanted()
        for line, cells in self.table.rows():
            # The first cell tells nearly every row apart from a heading that comes again in the middle.
            head = cells[0]
            if (head if head.__class__ is str else text_of(head)).strip().casefold() == first and tuple(
                key_of(text_of(c)) for c in cells
            ) == header:
                continue
            if not wanted or all(key_of(text_of(_at(cells, place))) in values for place, values in wanted):
                yield line, cells

    def _wanted(self) -> list[tuple[int, frozenset[str]]]:
        mapping = self.mapping
        wanted = [
            (mapping.filter_column, [mapping.filter_value]),
            (mapping.group_column, [mapping.group_value, mapping.comparison_value]),
        ]
        return [
            (self.places[name], frozenset(key_of(value) for value in values if value))
            for name, values in wanted
            if name and any(values)
        ]

    def _look(self) -> None:
        day = self.places[self.mapping.date_column]
        numbers = [self.places[name] for name in self.mapping.number_columns()]
        look_at_day, look_at_number = self.days.look, self.figures.look
        for _line, cells in self._rows():
            self.kept += 1
            look_at_day(cells[day] if day < len(cells) else None)
            for place in numbers:
                look_at_number(cells[place] if place < len(cells) else None)
        if not self.kept:
            self._nothing()

    def _nothing(self) -> None:
        if self.mapping.filter_column or self.mapping.group_value:
            raise SourceError(_("No row matches the group or the filter."), retry=True)
        raise SourceError(_("There are headings but no rows yet."), retry=True)

    def _fitting(self) -> Iterator[tuple[int, Any, tuple[str, ...], str, list[Cell]]]:
        """Line, day, groups, person, and the cells that hold the result. Misfits of these become problems here."""
        places = [self.places[name] for name in self.mapping.result_columns()]
        day_place, width = self.places[self.mapping.date_column], len(self.table.header)
        who_place = self.places.get(self.mapping.who_column) if self.mapping.who_column else None
        read_day, today = self.days.read, self.ask.today
        alone = None if self.mapping.group_column or self.mapping.who_column else (self.table.group,)
        for line, cells in self._rows():
            try:
                if len(cells) > width:
                    self._check_width(cells)
                who = "" if who_place is None else _who(_at(cells, who_place))
                day = read_day(_at(cells, day_place), today)
                row = (
                    line,
                    day,
                    alone or self._groups_of(cells, who),
                    who,
                    [_at(cells, place) for place in places],
                )
            except MisfitError as misfit:
                if key_of(text_of(_at(cells, day_place))) in _TOTALS:
                    self.totals.append(line)
                else:
                    self._problem(line, str(misfit))
                continue
            yield row

    def _check_width(self, cells: Sequence[Cell]) -> None:
        # More cells than headings: most often a decimal comma in a file split by commas, so 12,5 would be read as 12.
        if any(text_of(cell) for cell in cells[len(self.table.header) :]):
            raise MisfitError(_("The row has more cells than there are headings."))

    # Groups

    def _groups_of(self, cells: Sequence[Cell], who: str) -> tuple[str, ...]:
        """To which groups a row belongs: its own, and one of each list of people."""
        if who and self.ask.members:
            return self._group(cells), *self._of(who)
        return (self._group(cells),)

    def _of(self, who: str) -> tuple[str, ...]:
        found = self.groups_of.get(who)
        if found is None:
            found = tuple(one.group if one.holds(who) else one.others for one in self.ask.members)
            if len(self.groups_of) < REMEMBERED:
                self.groups_of[who] = found
        return found

    def _group(self, cells: Sequence[Cell]) -> str:
        if self.table.group or not self.mapping.group_column:
            return self.table.group
        group = text_of(_at(cells, self.places[self.mapping.group_column]))
        for value in (self.mapping.group_value, self.mapping.comparison_value):
            if value and key_of(value) == key_of(group):
                return value
        if not group:
            raise MisfitError(_("There is no group."))
        return group[:120]


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else None


def _who(cell: Cell) -> str:
    who = key_of(text_of(cell))
    if not who:
        raise MisfitError(_("It does not say who this was."))
    return who
