"""Which column is probably the date and which the result: guesses that a person sees before anything is kept."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .cases import is_yes_or_no
from .cells import Cell, key_of, text_of
from .days import looks_like_a_day
from .figures import is_absent, looks_like_a_number
from .mapping import AVERAGE, COUNT, EVENTS, YES_NO

_ENOUGH = 0.8
_DAY_WORDS = ("date", "day", "datum", "tag", "week", "woche", "month")
_VALUE_WORDS = ("value", "wert", "result", "ergebnis", "rate", "average", "mean")

type Rows = Sequence[Sequence[Cell]]


def columns(
    header: Sequence[str], rows: Rows, settings: Mapping[str, Any], metric_kind: str
) -> dict[str, str]:
    """Names for the columns that the settings leave open, where the first rows tell; what they say stays."""
    open_columns = _Open(header, rows, {value for value in settings.values() if isinstance(value, str)})
    found: dict[str, str] = {}
    if not settings.get("date_column"):
        day = open_columns.best(looks_like_a_day, _DAY_WORDS) or open_columns.best(
            looks_like_a_number, _DAY_WORDS, only=True
        )
        found = {"date_column": day} if day else {}
        open_columns.taken |= {day}
    if settings.get("rows") == EVENTS:
        return found | _outcome(open_columns, settings)
    if not any(settings.get(name) for name in ("value_column", "numerator_column", "denominator_column")):
        found |= _result(open_columns, metric_kind)
    return found


def _outcome(among: "_Open", settings: Mapping[str, Any]) -> dict[str, str]:
    outcome = settings.get("outcome") or YES_NO
    if settings.get("outcome_column") or outcome == COUNT:
        return {}
    fits = is_yes_or_no if outcome == YES_NO else looks_like_a_number
    name = among.best(fits, ())
    if not name and outcome == YES_NO and (name := among.best(looks_like_a_number, ())):
        return {"outcome_column": name, "outcome": AVERAGE}
    return {"outcome_column": name} if name else {}


def _result(among: "_Open", metric_kind: str) -> dict[str, str]:
    numbers = among.fitting(looks_like_a_number)
    if metric_kind in ("proportion", "rate") and len(numbers) == 2:
        one, other = numbers
        small, large = (one, other) if among.is_below(one, other) else (other, one)
        if among.is_below(small, large):
            return {"numerator_column": small, "denominator_column": large}
    name = among.best(looks_like_a_number, _VALUE_WORDS)
    return {"value_column": name} if name else {}


class _Open:
    """The columns that nothing is said of yet."""

    def __init__(self, header: Sequence[str], rows: Rows, taken: set[str]) -> None:
        self.header, self.rows = header, rows
        self.taken = {"", *taken}

    def fitting(self, fits: Callable[[Cell], bool]) -> list[str]:
        return [
            name for place, name in enumerate(self.header)
            if name not in self.taken and self.header.count(name) == 1 and self._share(place, fits) >= _ENOUGH
        ]  # fmt: skip

    def best(self, fits: Callable[[Cell], bool], words: Sequence[str], *, only: bool = False) -> str:
        """The first that fits, one whose heading holds one of the words before the others."""
        found = self.fitting(fits)
        named = [name for name in found if any(word in key_of(name) for word in words)]
        return next(iter(named or ([] if only else found)), "")

    def is_below(self, one: str, other: str) -> bool:
        """Whether one column never exceeds the other, as successes never exceed the cases."""
        a, b = self.header.index(one), self.header.index(other)
        pairs = [(_plain(row[a]), _plain(row[b])) for row in self.rows if len(row) > max(a, b)]
        return all(x is None or y is None or x <= y for x, y in pairs)

    def _share(self, place: int, fits: Callable[[Cell], bool]) -> float:
        filled = [row[place] for row in self.rows if place < len(row) and not is_absent(row[place])]
        return sum(map(fits, filled)) / len(filled) if filled else 0.0


def _plain(cell: Cell) -> float | None:
    try:
        return float(text_of(cell))
    except ValueError:
        return None
