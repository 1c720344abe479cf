"""Trying a source: what it holds, what is guessed of it, what is understood, and what is odd. Nothing is kept."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext as _

from . import guess, observations
from .base import Ask, Fetched, SourceError
from .cells import Row, Table, shown, text_of
from .source_kind import SourceKind

# A person waits for the answer. What takes longer is read as far as it goes, and the page says so.
SECONDS: Final = 15.0
_SHOWN_ROWS = 5
_SHOWN_COLUMNS = 30
_LOOKED_AT = 200
_MOST_GROUPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of one try. ``fetched`` is None when ``error`` says why nothing was understood."""

    settings: dict[str, Any]  # what was typed, and what was guessed
    guessed: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    first_rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    groups: tuple[str, ...] = ()  # what stands in the group column
    fetched: Fetched | None = None
    error: SourceError | None = None
    cut_after: int | None = None


def try_out(kind: SourceKind, ask: Ask, seconds: float = SECONDS) -> Trial:
    """Open the source once and read it as a pull would, but for the agreement to leave rows out."""
    settings = {name: value for name, value in ask.settings.items() if name != "leave_out"}
    trial = Trial(settings=settings)
    # It is read twice: the first time has half of it.
    deadline = time.monotonic() + seconds / 2
    try:
        with kind.tables(replace(ask, settings=settings)) as opened:
            tables = [_Hasty(table, deadline) for table in opened]
            first = opened[0]
            top = list(islice(first.rows(), _LOOKED_AT))
            found = guess.columns(first.header, [cells for _line, cells in top], settings, ask.metric_kind)
            settings |= found
            trial = replace(
                trial, guessed=tuple(found), header=first.header, first_rows=tuple(_as_texts(first.header, top)),
                groups=_groups(first.header, top, settings),
            )  # fmt: skip
            fetched = observations.read([one.table for one in tables], replace(ask, settings=settings))
            cut = [one.cut_after for one in tables if one.cut_after is not None]
            return replace(trial, fetched=fetched, cut_after=min(cut, default=None))
    except SourceError as error:
        return replace(trial, error=error)


class _Hasty:
    """A table that is read no longer than until the deadline; what was not reached at first is not there later."""

    def __init__(self, table: Table, deadline: float) -> None:
        self.deadline = deadline
        self.cut_after: int | None = None
        self._rows = table.rows
        self.table = replace(table, rows=self.rows)

    def rows(self) -> Iterator[Row]:
        if self.cut_after is not None:
            yield from islice(self._rows(), self.cut_after)
            return
        for number, row in enumerate(self._rows()):
            if number and not number % 1000 and time.monotonic() > self.deadline:
                self.cut_after = number
                return
            yield row


def _as_texts(header: Sequence[str], rows: Sequence[Row]) -> Iterator[tuple[int, tuple[str, ...]]]:
    width = min(len(header), _SHOWN_COLUMNS)
    for line, cells in rows[:_SHOWN_ROWS]:
        yield line, tuple(shown(cell) for cell in cells[:width])


def _groups(header: Sequence[str], rows: Sequence[Row], settings: dict[str, Any]) -> tuple[str, ...]:
    """The names in the group column, the most frequent first; none where they are too many to be groups."""
    name = settings.get("group_column")
    if not name or name not in header:
        return ()
    place = header.index(name)
    counts = Counter(text_of(cells[place]) for _line, cells in rows if place < len(cells))
    counts.pop("", None)
    return tuple(group for group, _count in counts.most_common()) if len(counts) <= _MOST_GROUPS else ()


def understood_of(trial: Trial) -> list[str]:
    """What was understood, in sentences, and where reading stopped."""
    said = list(trial.fetched.understood) if trial.fetched else []
    if trial.cut_after is not None:
        said.append(
            _("Only the first %(count)s rows were looked at here; all of them are read when it is pulled")
            % {"count": trial.cut_after}
        )
    return said
