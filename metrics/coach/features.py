"""A name, taken apart: its words, what the lexicon knows of them, and pieces of words for what it does not know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from .lexicon import lexicon

_WORD: Final = re.compile(r"[^\W_]+(?:[-'’/][^\W_]+)*")
LONGEST: Final = 200
# How much each kind of feature counts at first, before the labelled names have their say.
_CONCEPT, _BOTH, _WORD_WEIGHT, _PAIR, _PIECE = 2.5, 1.0, 1.0, 0.7, 0.15
_PIECE_LENGTH: Final = 5


def words_of(name: str) -> list[str]:
    """The words of a name in lower case; composed letters, no marks."""
    return _WORD.findall(unicodedata.normalize("NFKC", name[:LONGEST]).casefold())


def features(name: str) -> dict[str, float]:
    """Feature -> weight of a name, of length one in all, so that a long name does not count for more than a short one."""
    words = words_of(name)
    found = {f"concept:{concept}": _CONCEPT for concept in concepts(words)}
    known = sorted(found)
    found |= {f"both:{one}+{other}": _BOTH for i, one in enumerate(known) for other in known[i + 1 :]}
    found |= {f"word:{_stem(word)}": _WORD_WEIGHT for word in words}
    found |= {f"pair:{_stem(a)} {_stem(b)}": _PAIR for a, b in pairwise(words)}
    found |= {f"piece:{piece}": _PIECE for word in words for piece in _pieces(word)}
    length = sum(weight * weight for weight in found.values()) ** 0.5
    return {feature: weight / length for feature, weight in found.items()} if length else {}


def concepts(words: Sequence[str]) -> list[str]:
    """What the lexicon knows these words to be about."""
    parts = [part for word in words for part in {word, *re.split(r"[-/]", word)} if part]
    text = " ".join(words)
    return [
        concept
        for concept, stems in lexicon().concepts.items()
        if any(_holds(stem, parts, text) for stem in stems)
    ]


def _holds(stem: str, parts: Sequence[str], text: str) -> bool:
    if " " in stem:
        return (
            re.search(r"\b" + r"\w*\s+".join(map(re.escape, stem.removeprefix("~").split())), text)
            is not None
        )
    if stem.startswith("~"):
        return any(stem[1:] in part for part in parts)
    if len(stem) <= 4:  # short words are words, not beginnings: "ai" is not "aisle"
        return any(part in {stem, stem + "s"} for part in parts)
    return any(part.startswith(stem) for part in parts)


def _stem(word: str) -> str:
    return word[:6].rstrip("s") if len(word) > 3 else word


def _pieces(word: str) -> Iterator[str]:
    if len(word) > _PIECE_LENGTH:
        padded = f"^{word}$"
        yield from (padded[i : i + _PIECE_LENGTH] for i in range(len(padded) - _PIECE_LENGTH + 1))
