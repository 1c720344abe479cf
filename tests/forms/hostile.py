"""Texts that a form must survive (``decisions.md`` 52, as bytes of a posted body), and what a page must not say."""

from __future__ import annotations

from typing import Final

MEGABYTE: Final = b"m" * 1_000_000
# As much as a body may be: it reaches the form, which then has to refuse it.
JUST_BELOW: Final = b"m" * 950_000

TEXTS: Final[dict[str, bytes]] = {
    "empty": b"",
    "one space": b" ",
    "NUL": b"a\0b",
    "lone surrogate": b"a\xed\xa0\x80b",
    "not UTF-8": b"caf\xe9 \xff\xfe",
    "right-to-left override": "a\u202egnp.exe".encode(),
    "joiner alone": "\u200d".encode(),
    "combining marks": ("Z" + "\u0301" * 1000).encode(),
    "Arabic with digits": "نجاح ٪٤٢ 42".encode(),
    # What is taken as it is goes together: one way through a form, whatever it is.
    "letters": "Zoë, Zoe\u0308 A\u030angstro\u0308m 👨\u200d👩\u200d👧\u200d👦".encode(),
    "script": b'"><img src=x onerror=alert(1)><script>alert(1)</script>',
    "template": b"{{7*7}}{% load x %}%s%n%(name)s",
    "SQL and path": b"'; drop table x;-- ../../etc/passwd",
    "second header": b"Ada\r\nBcc: everybody@elsewhere.example",
    "formula": "=cmd|' /C calc'!A0 @SUM(A1) ＝1+1".encode(),
    "plus": b"+1",
    "not a number": b"NaN",
    "too large a number": b"1e400",
    "minus nothing": b"-0",
    "25 digits": b"1234567890123456789012345",
    "wrong type": b"[object Object]",
}

# What a page would say if one of the texts were let through as it is.
LIVE: Final = (b"<script>alert(1)", b"<img src=x")
BLANK: Final = {"empty", "one space"}
# Strange as numbers, ordinary as words.
FIGURES: Final = {"not a number", "too large a number", "minus nothing", "25 digits", "plus", "wrong type"}


# What a choice, a day or a number could stumble over; words are for fields that take words.
ELSEWHERE: Final = FIGURES | {
    "empty", "one space", "NUL", "lone surrogate", "not UTF-8", "Arabic with digits", "script", "joiner alone",
}  # fmt: skip


def as_text(raw: bytes) -> str:
    """What the server makes of the bytes."""
    return raw.decode(errors="replace")


# What could do something on the page that comes after the form.
SHOWN_NEXT: Final = {
    "script", "template", "right-to-left override", "combining marks", "second header",
}  # fmt: skip
