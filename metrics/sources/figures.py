"""Numbers as people and programs write them: decimal commas, thousands marks, percent, currencies, brackets.

A mark that could mean two things is never guessed: the whole column is looked at first, and if it does not tell, the
manager is asked.
"""

import math
import re
from dataclasses import dataclass, field

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from .base import SourceError
from .cells import REMEMBERED, Cell, MisfitError, shown, text_of

LONGEST = 60
# Beyond this the squares that the maths needs leave the range of a float.
LARGEST = 1e100

_CURRENCY = r"[€$£¥₹₺₩]|(?:EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK)\b\.?"
_SHAPE = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+−])?\s*(?P<cur1>{_CURRENCY})?\s*(?P<sign2>[-+−])?\s*"
    r"(?P<body>[0-9.,](?:[0-9.,]|[ '’\u00a0\u202f\u2009](?=[0-9]))*)(?P<exp>[eE][-+]?[0-9]{1,4})?\s*"
    rf"(?P<pct>%)?\s*(?P<cur2>{_CURRENCY})?\s*(?P<tail>-)?\s*(?P<close>\))?"
)
# Most cells: digits, and a mark that cannot stand for thousands. No sign, no currency, nothing to take apart.
_PLAIN = re.compile(r"[0-9]{1,15}(?:([.,])(?:[0-9]{1,2}|[0-9]{4,15}))?")
_SPACED = re.compile(r"([0-9]{1,3}(?:[ '’\u00a0\u202f\u2009][0-9]{3})+)((?:[.,][0-9]+)?)")
_SPACES = re.compile(r"[ '’\u00a0\u202f\u2009]")
_ABSENT = frozenset({"", "-", "–", "—", "n/a", "na", "null", "none", "k. a.", "k.a.", "#n/a", "#nv"})


@dataclass(frozen=True, slots=True)
class _Parts:
    body: str
    exponent: str
    negative: bool
    percent: bool
    currency: str
    brackets: bool


def _take_apart(text: str) -> _Parts | None:
    match = _SHAPE.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        return None
    brackets = match["open"] is not None
    minus = [m for m in (match["sign"], match["sign2"], match["tail"]) if m]
    if brackets != (match["close"] is not None) or len(minus) + brackets > 1:
        return None
    if match["cur1"] and match["cur2"]:
        return None
    currency = (match["cur1"] or match["cur2"] or "").rstrip(".")
    negative = brackets or (bool(minus) and minus[0] != "+")
    return _Parts(match["body"], match["exp"] or "", negative, match["pct"] is not None, currency, brackets)


def _mark(body: str) -> str:
    """What the body tells about the decimal mark: '.', ',', '' (nothing), '?' (could be either), '!' (no number)."""
    spaced = _SPACED.fullmatch(body)
    if spaced:
        return spaced[2][:1]
    if _SPACES.search(body):
        return "!"
    dots, commas = body.count("."), body.count(",")
    if not dots and not commas:
        return ""
    if dots and commas:
        return "." if body.rindex(".") > body.rindex(",") else ","
    mark = "." if dots else ","
    if dots + commas > 1:
        return "," if mark == "." else "."
    before, after = body.split(mark)
    could_be_thousands = len(after) == 3 and 1 <= len(before) <= 3 and before[0] != "0"
    return "?" if could_be_thousands else mark


def _to_float(parts: _Parts, decimal: str) -> float:
    thousands = "," if decimal == "." else "."
    spaced = _SPACED.fullmatch(parts.body)
    body = _SPACES.sub("", parts.body) if spaced else parts.body
    whole, mark, fraction = body.partition(decimal)
    if re.fullmatch(rf"[0-9]{{1,3}}(?:{re.escape(thousands)}[0-9]{{3}})+", whole):
        whole = whole.replace(thousands, "")
    # '.5' may lack its whole part; '5.' and '.' are no numbers.
    if not (whole.isdigit() or (mark and not whole)) or not (fraction.isdigit() or not mark):
        raise ValueError(parts.body)
    number = float(f"{whole or 0}.{fraction or 0}{parts.exponent}")
    return -number if parts.negative else number


def _fits(parts: _Parts, decimal: str) -> bool:
    try:
        _to_float(parts, decimal)
    except (ValueError, OverflowError):
        return False
    return True


def is_absent(cell: Cell) -> bool:
    """Nothing, or one of the signs that people write for nothing."""
    return text_of(cell).casefold() in _ABSENT


def looks_like_a_number(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return isinstance(cell, int | float) and not isinstance(cell, bool)
    parts = _take_apart(cell.strip())
    return parts is not None and (_fits(parts, ".") or _fits(parts, ","))


def _readings(example: str) -> dict[str, str]:
    """What a number means when the comma, or the point, is its decimal mark."""
    parts = _take_apart(example.strip())
    found = {}
    for mark, label in ((",", _("The comma")), (".", _("The point"))):
        found[mark] = label
        if parts is not None and _fits(parts, mark):
            value = _to_float(parts, mark)
            number = number_format(
                int(value) if value.is_integer() else value, use_l10n=True, force_grouping=True
            )
            words = {"label": label, "text": example, "number": number}
            found[mark] = _("%(label)s: %(text)s is %(number)s") % words
    return found


@dataclass(slots=True)
class FigureSense:
    """Looks at every cell of the number columns first, then reads them by the one convention that they show."""

    decimal_mark: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    currencies: set[str] = field(default_factory=set)
    percents: int = 0
    plain: int = 0
    brackets: bool = False
    looked_at: set[str] = field(default_factory=set)
    numbers: dict[str, float] = field(default_factory=dict)

    def look(self, cell: Cell) -> None:
        if isinstance(cell, str):
            if cell in self.looked_at:
                return
            if len(self.looked_at) < REMEMBERED:
                self.looked_at.add(cell)
            if match := _PLAIN.fullmatch(cell):
                self.marks.setdefault(match[1] or "", cell)
                self.plain += cell.strip("0.,") != ""
                return
        parts = _take_apart(text_of(cell)) if isinstance(cell, str) else None
        if parts is None:
            self.plain += isinstance(cell, int | float) and not isinstance(cell, bool) and cell != 0
            return
        mark = _mark(parts.body)
        if mark == "!" or (mark in (".", ",") and not _fits(parts, mark)):
            return
        self.marks.setdefault(mark, shown(cell))
        self.brackets |= parts.brackets
        self.percents += parts.percent
        self.plain += not parts.percent and parts.body.strip("0.,") != ""
        if parts.currency:
            self.currencies.add(parts.currency)

    def settle(self) -> list[str]:
        """Fixes the decimal mark, returns what was understood. Asks by SourceError where the column does not tell."""
        if self.percents and self.plain:
            raise SourceError(
                _("Some values carry a percent sign and others do not. Please write all of them alike.")
            )
        if len(self.currencies) > 1:
            names = ", ".join(sorted(self.currencies))
            raise SourceError(
                _("The values are in several currencies (%(names)s). Please use one.") % {"names": names}
            )
        self._settle_mark()
        return self._sentences()

    def _settle_mark(self) -> None:
        if self.decimal_mark:
            return
        if "." in self.marks and "," in self.marks:
            examples = {"one": self.marks["."], "other": self.marks[","]}
            message = _(
                "Numbers are written in two ways (%(one)s and %(other)s). Please say which mark is the decimal one."
            )
            raise SourceError(message % examples, field="decimal_mark", readings=_readings(examples["one"]))
        if "?" in self.marks and "." not in self.marks and "," not in self.marks:
            message = _("%(example)s can be read in two ways. Please say which mark is the decimal one.")
            example = self.marks["?"]
            raise SourceError(
                message % {"example": example}, field="decimal_mark", readings=_readings(example)
            )
        self.decimal_mark = "," if "," in self.marks else "."

    def _sentences(self) -> list[str]:
        sentences = []
        if {".", ",", "?"} & self.marks.keys():
            sentences.append(_("Decimal comma") if self.decimal_mark == "," else _("Decimal point"))
        if self.percents:
            sentences.append(_("Percent signs left out: 22 % is kept as 22"))
        if self.currencies:
            sentences.append(_("Currency left out: %(name)s") % {"name": min(self.currencies)})
        if self.brackets:
            sentences.append(_("Numbers in brackets read as below zero"))
        return sentences

    def read(self, cell: Cell) -> float:
        if not isinstance(cell, str):
            return self._read(cell)
        number = self.numbers.get(cell)
        if number is None:
            number = self._read(cell)
            if len(self.numbers) < REMEMBERED:
                self.numbers[cell] = number
        return number

    def _read(self, cell: Cell) -> float:
        if cell is None or (isinstance(cell, str) and cell.strip().casefold() in _ABSENT):
            raise MisfitError(_("There is no value."))
        if isinstance(cell, bool) or not isinstance(cell, int | float | str):
            raise MisfitError(_("“%(text)s” is not a number.") % {"text": shown(cell)})
        number = self._number(cell)
        if math.isnan(number):
            raise MisfitError(_("“%(text)s” is not a number.") % {"text": shown(cell)})
        if abs(number) > LARGEST:
            raise MisfitError(_("“%(text)s” is too large to be a real value.") % {"text": shown(cell)})
        return number + 0.0  # -0 becomes 0

    def _number(self, cell: int | float | str) -> float:
        try:
            if not isinstance(cell, str):
                return float(cell)
            if (plain := _PLAIN.fullmatch(cell)) and plain[1] in (None, self.decimal_mark or "."):
                return float(cell.replace(",", "."))
            parts = _take_apart(cell.strip())
            if parts is not None:
                return _to_float(parts, self.decimal_mark or ".")
        except OverflowError:
            return math.inf
        except ValueError:
            pass
        raise MisfitError(_("“%(text)s” is not a number.") % {"text": shown(cell)})
