"""Where the headings stand: below a title, or nowhere at all."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .base import SourceError
from .cells import Cell, Row, text_of
from .days import looks_like_a_day
from .figures import looks_like_a_number

# A report has its title, its filters and an empty line above the table, and hardly more.
_MOST_TITLES = 30

type Records = Callable[[], Iterator[Row]]
type Headed = tuple[tuple[str, ...], Records, tuple[str, ...]]


def split(records: Records, empty: SourceError) -> Headed:
    """Headings, the rows below them, and what was understood. ``empty`` is raised where there is nothing."""
    top = _top(records)
    if not top:
        raise empty
    skipped = _titles(top)
    line, first = top[skipped]
    said = []
    if skipped:
        said.append(
            ngettext(
                "Line %(line)s holds the headings; the line above it was left out",
                "Line %(line)s holds the headings; %(count)s lines above it were left out",
                skipped,
            )
            % {"line": line, "count": skipped}
        )
    if _is_data(first):
        said.append(_("There are no headings, so the columns are called by their place"))
        return _numbered(top[skipped:]), _from(records, skipped), tuple(said)
    return tuple(text_of(cell) for cell in first), _from(records, skipped + 1), tuple(said)


def _top(records: Records) -> list[Row]:
    """The first rows; a fault further down is said when its line is reached."""
    rows: list[Row] = []
    try:
        rows.extend(islice(records(), _MOST_TITLES + 20))
    except SourceError:
        if not rows:
            raise
    return rows


def _titles(top: list[Row]) -> int:
    """How many of the first rows are titles: they fill one cell, and the rows below fill several."""
    widths = [_filled(cells) for _line, cells in top]
    usual = sorted(widths)[len(widths) // 2]
    if usual < 2:
        return 0
    for number, width in enumerate(widths[:_MOST_TITLES]):
        if width >= 2 and width * 2 >= usual:
            return number
    return 0


def _filled(cells: Sequence[Cell]) -> int:
    return sum(1 for cell in cells if text_of(cell))


def _is_data(cells: Sequence[Cell]) -> bool:
    """A day beside a number, and no words: that is a row and not a line of headings."""
    filled = [cell for cell in cells if text_of(cell)]
    days = sum(looks_like_a_day(cell) for cell in filled)
    numbers = sum(looks_like_a_number(cell) for cell in filled)
    return days >= 1 and days + numbers >= 2 and days + numbers >= len(filled) / 2


def _numbered(rows: list[Row]) -> tuple[str, ...]:
    width = max(len(cells) for _line, cells in rows)
    return tuple(_("Column %(number)s") % {"number": number} for number in range(1, width + 1))


def _from(records: Records, skipped: int) -> Records:
    return lambda: islice(records(), skipped, None)
