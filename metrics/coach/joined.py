"""Two measures in one name ("win rate and deal size"), told from one measure of two things ("errors and incidents per month")."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from .features import LONGEST, words_of
from .lexicon import lexicon

_JOINT: Final = re.compile(
    r"\s+(?:and|plus|und|sowie|as well as|along with|together with|&|\+|versus|vs\.?)\s+|\s*[&+;]\s*|,\s+|\s+/\s+",
    re.IGNORECASE,
)
# Two words that are one thing.
_PHRASES: Final = re.compile(
    r"\b(profit|health|research|mergers|supply|terms|learning|food|search|wear) (?:and|&) "
    r"(loss|safety|development|acquisitions|demand|conditions|beverage|rescue|tear)\b",
    re.IGNORECASE,
)
# What both sides share stands behind the second one: "accidents and near misses per month".
_SHARED: Final = re.compile(r"\b(?:per|pro|in|by|within|of|at|je|im|am|bei|for|from|an)\b")
_MONEY: Final = re.compile(r"\b(?:costs?|spend|expenses?|budget|headcount)\b")


def is_two_measures(name: str) -> bool:
    """Whether two things are measured here, so that one could rise while the other falls."""
    sides = _sides(_plain(name).casefold())
    if len(sides) < 2 or sides[0].endswith("-"):  # "Fehler- und Unfallquote"
        return False
    one, other = sides[:2]
    return _is_measure(one) and _is_measure(other) and not _share_a_head(one, other)


def measures(name: str) -> tuple[str, ...]:
    """The measures that a name of two joins, as they were written: one of them can be chosen."""
    found = [side.strip(" -–,;") for side in _sides(_plain(name))]
    return tuple(dict.fromkeys(side[:1].upper() + side[1:] for side in found if side))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name[:LONGEST])


def _sides(text: str) -> list[str]:
    return [side for side in _JOINT.split(_PHRASES.sub(r"\1-\2", text)) if words_of(side)]


def _is_measure(side: str) -> bool:
    return _has_head(side) or words_of(_own(side))[-1] in lexicon().alone


def _has_head(side: str) -> bool:
    heads, endings = lexicon().heads, lexicon().endings
    return any(
        word in heads or word.removesuffix("s") in heads or (len(word) > 6 and word.endswith(endings))
        for word in words_of(side)
    )


def _share_a_head(one: str, other: str) -> bool:
    """Whether what is counted is said once for both, at the end: "error and incident rate"."""
    if _has_head(one):
        return False
    if not _has_head(other):
        return _SHARED.search(other) is not None
    # English puts what a measure is of in the singular, so "complaints and refund rate" are two. Sales is always plural.
    last = words_of(_own(one))[-1]
    stands_alone = last in lexicon().alone and (last != "sales" or not _MONEY.search(other))
    return not (stands_alone and last.endswith("s")) and len(words_of(_own(other))) > 1


def _own(side: str) -> str:
    """The side without what it is counted per."""
    own = _SHARED.split(side, maxsplit=1)[0]
    return own if words_of(own) else side
