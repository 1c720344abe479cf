"""Texts in a table file that a spreadsheet opens: none of them is taken for a formula."""

from typing import Final

# What a spreadsheet begins a formula with; the wide forms too, which some of them read alike.
_BEGINS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\N{MINUS SIGN}")


def inert(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would calculate it."""
    return f"'{text}" if text.lstrip(" ").startswith(_BEGINS) else text
