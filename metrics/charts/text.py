"""Words and figures inside the picture: how they are written, and how wide they are."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

MINUS = "\N{MINUS SIGN}"
THIN = "\N{THIN SPACE}"  # before a sign; both families have it, unlike the narrow no-break space
BROAD = "\N{NO-BREAK SPACE}"  # before a word
BEFORE = ("€", "$", "£", "¥")

# Inter's advance widths in hundredths of the type size, from the space (32) to the tilde (126).
_REGULAR = bytes.fromhex(
    "1c1d2f3f4062401e242432421d2e1d243f293d3e413b3e393e3e1d1e42424233"
    "61454149483c3b4b4a1b3943395a4b4c404c4040414a456344443f2424242f2e"
    "20383d393d3a253d3b18183718583b3c3d3d2635213b38523738372b212b42"
)
_NARROW = {THIN: 18, "·": 29, "’": 27, "–": 50, "\xa0": 28}
_OTHER = 68
_BOLD = 1.04
_SAFETY = 1.03  # Where the family is not at hand, the reader's own sans may be a little wider.

_CONTROL = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]|[\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]"
)
LONGEST = 200


@lru_cache(maxsize=512)
def width(text: str, size: float, *, bold: bool = False) -> float:
    hundredths = sum(_REGULAR[ord(c) - 32] if " " <= c <= "~" else _NARROW.get(c, _OTHER) for c in text)
    return hundredths * size / 100 * _SAFETY * (_BOLD if bold else 1)


def clean(text: str) -> str:
    """What somebody typed, on one line, without what XML forbids or what turns the direction of writing."""
    return " ".join(_CONTROL.sub("", text[:LONGEST]).split())


def fit(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """The text, or as much of it as there is room for, with an ellipsis."""
    text = clean(text)
    if width(text, size, bold=bold) <= room:
        return text
    while text and width(f"{text}…", size, bold=bold) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def safe(text: str) -> str:
    return escape(text, quote=True)


def number(value: float, decimals: int) -> str:
    """1,234.5 with a true minus sign; very large or very small values in powers of ten."""
    size = abs(value)
    if size >= 1e15 or (0 < size < 1e-4 and decimals > 4):
        digits, _, exponent = f"{size:.1e}".partition("e")
        written = f"{digits} × 10^{int(exponent)}".replace("-", MINUS)
    else:
        written = f"{size:,.{max(decimals, 0)}f}"
    return f"{MINUS}{written}" if value < 0 and written.strip("0.,") else written


def figure(value: float, unit: str, decimals: int) -> str:
    """27 %, −€1,200, 6.5 days; millions and more are shortened."""
    for size, letter in ((1e9, "bn"), (1e6, "m")):
        if size <= abs(value) < 1e15:
            return _with_unit(f"{number(value / size, 2)}{THIN}{letter}", unit)
    return _with_unit(number(value, decimals), unit)


def trimmed(value: float, unit: str, decimals: int) -> str:
    """The same without noughts at the end: what was agreed as 27 % is not 27.0 %."""
    for size, letter in ((1e9, "bn"), (1e6, "m")):
        if size <= abs(value) < 1e15:
            return _with_unit(f"{_trim(number(value / size, 2))}{THIN}{letter}", unit)
    written, short = number(value, decimals), _trim(number(value, decimals))
    return _with_unit(written if unit in BEFORE and "." in short else short, unit)  # €25.70, not €25.7


def _trim(written: str) -> str:
    return written.rstrip("0").rstrip(".") if "." in written and "^" not in written else written


def _with_unit(written: str, unit: str) -> str:
    if unit not in BEFORE:
        return f"{written}{BROAD if unit[0].isalpha() else THIN}{unit}" if unit else written
    return f"{MINUS}{unit}{written[1:]}" if written.startswith(MINUS) else f"{unit}{written}"


def short(day: date, months: tuple[str, ...], *, year: bool = False) -> str:
    return f"{day.day} {months[day.month - 1]}{f' {day.year}' if year else ''}"
