"""From what a driver hands over to a table: cells of few types, kept in a file of our own, for rows are read twice."""

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.utils.translation import gettext as _

from .base import SourceError
from .cells import MAX_COLUMNS, Cell, Row, Table, key_of, shown
from .sql_limits import MAX_CELL, Allowance, too_large_cell

_IN_MEMORY = 2 * 1024 * 1024
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Result:
    """A running query: its columns, and its rows, each of which can be asked for once."""

    columns: tuple[str, ...]
    rows: Iterator[Sequence[Any]]


@dataclass(slots=True)
class _Cells:
    """Values of the columns that are wanted, as cells. What nobody asked for is not kept at all."""

    columns: tuple[str, ...]
    wanted: frozenset[str]
    zone: tzinfo
    has_moments: bool = False
    places: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.places = [i for i, name in enumerate(self.columns) if key_of(name) in self.wanted]

    def of(self, values: Sequence[Any]) -> list[Any]:
        cells: list[Any] = [None] * len(self.columns)
        for place in self.places:
            cells[place] = self._cell(values[place], place)
        return cells

    def _cell(self, value: Any, place: int) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return self._text(value, place)
        if isinstance(value, Decimal):
            return float(value)
        if isinstance(value, datetime):
            return self._moment(value)
        if isinstance(value, date):
            return {"d": value.isoformat()}
        if isinstance(value, uuid.UUID):
            return str(value)
        raise SourceError(self._misfit(value) % {"name": shown(self.columns[place])}, field="query")

    def _text(self, value: str, place: int) -> str:
        if len(value) > MAX_CELL:
            raise too_large_cell()
        if "\0" in value:
            raise SourceError(
                _("The column “%(name)s” holds NUL characters, which are no text.")
                % {"name": shown(self.columns[place])},
                field="query",
            )
        return value

    def _moment(self, value: datetime) -> dict[str, str]:
        if value.tzinfo is None:
            return {"t": value.isoformat()}
        self.has_moments = True
        return {"d": value.astimezone(self.zone).date().isoformat()}

    @staticmethod
    def _misfit(value: Any) -> str:
        if isinstance(value, timedelta | time):
            return _(
                "The column “%(name)s” holds lengths or times of day. "
                "Please turn them into a number in the query, such as hours or days."
            )
        return _(
            "The column “%(name)s” holds something that is neither text nor number nor date. "
            "Please turn it into one of these in the query."
        )


@contextmanager
def spooled(
    result: Result, *, wanted: Sequence[str], zone: tzinfo, allowance: Allowance, group: str
) -> Iterator[Table]:
    """The whole result as a table. Small ones stay in memory, the rest lies in a file that nobody else can open."""
    if len(result.columns) > MAX_COLUMNS:
        raise SourceError(_("The query gives too many columns."), field="query")
    cells = _Cells(result.columns, frozenset(key_of(name) for name in wanted), zone)
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        count = _write(file, result.rows, cells, allowance)
        if not count:
            raise SourceError(_("The query gives no rows yet."), retry=True, field="query")
        understood = [_("Rows that the query gave: %(count)s") % {"count": f"{count:,}"}]
        if cells.has_moments:
            understood.append(_("Moments counted on the day of %(zone)s") % {"zone": zone})
        yield Table(result.columns, _reader(file), tuple(understood), group=group)


def _write(file: IO[bytes], rows: Iterator[Sequence[Any]], cells: _Cells, allowance: Allowance) -> int:
    batch: list[list[Any]] = []
    count = 0
    for row in rows:
        allowance.took_row()
        batch.append(cells.of(row))
        if len(batch) == _AT_ONCE:
            _put(file, batch, allowance)
            count += len(batch)
            batch = []
    _put(file, batch, allowance)
    return count + len(batch)


def _put(file: IO[bytes], batch: list[list[Any]], allowance: Allowance) -> None:
    allowance.seconds()
    file.write(json.dumps(batch, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n")


def _reader(file: IO[bytes]) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        file.seek(0)
        number = 0
        for line in file:
            for cells in json.loads(line, object_hook=_day):
                number += 1
                yield number, cells

    return rows


def _day(tagged: dict[str, str]) -> Cell:
    return date.fromisoformat(tagged["d"]) if "d" in tagged else datetime.fromisoformat(tagged["t"])
