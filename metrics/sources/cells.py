"""A table as every format hands it over, and how single cells are shown and compared."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

# datetime is a date, bool is an int: both are meant.
type Cell = str | int | float | date | None
type Row = tuple[int, Sequence[Cell]]

MAX_COLUMNS = 1000
# Excel counts days since these, depending on a switch inside the workbook.
EPOCH_1900 = date(1899, 12, 30)
EPOCH_1904 = date(1904, 1, 1)
# Dates and numbers come again and again: this many different texts are remembered, the rest is worked out each time.
REMEMBERED = 50_000


class MisfitError(ValueError):
    """A cell that cannot be what its column says. Its message becomes a Problem."""


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` starts anew at each call: conventions are read off the whole column before any value is believed.

    `epoch` is the day from which serial dates count. `group` names the population of all its rows, where the source
    knows it, as one of two queries does.
    """

    header: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    understood: tuple[str, ...] = ()
    epoch: date = EPOCH_1900
    group: str = ""


def text_of(cell: Cell) -> str:
    """The cell as a person would type it; whole numbers without their '.0'."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()


def key_of(text: str) -> str:
    """Two spellings of one word are one word: case, composed and decomposed letters, spaces around."""
    return unicodedata.normalize("NFC", text).strip().casefold()


def shown(cell: Cell, longest: int = 40) -> str:
    """A cell quoted inside a message: short, and without characters that could rearrange the sentence."""
    text = text_of(cell)[: longest + 1]
    clean = "".join("�" if unicodedata.category(c)[0] == "C" else c for c in text)
    return clean if len(clean) <= longest else clean[:longest] + "…"


def is_blank(cells: Sequence[Cell]) -> bool:
    for cell in cells:  # a loop, not all(): this runs for every row, and most rows end it at once
        if cell is not None and not (isinstance(cell, str) and (not cell or cell.isspace())):
            return False
    return True
