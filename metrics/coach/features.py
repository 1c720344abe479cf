"""A name, taken apart: its words, what the lexicon knows of them, and pieces of words for what it does not know."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
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


@lru_cache(maxsize=2048)
def features(name: str) -> Mapping[str, float]:
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
    parts = " ".join(part for word in words for part in {word, *re.split(r"[-/]", word)} if part)
    text = " ".join(words)
    return [
        concept
        for concept, (one, several) in _patterns().items()
        if (one and one.search(parts)) or (several and several.search(text))
    ]


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str] | None, re.Pattern[str] | None]]:
    """For each concept what finds its stems: those of one word among the parts, those of several in the text."""
    return {
        concept: (
            _any(_of_one(stem) for stem in stems if " " not in stem),
            _any(_of_several(stem) for stem in stems if " " in stem),
        )
        for concept, stems in lexicon().concepts.items()
    }


def _any(patterns: Iterator[str]) -> re.Pattern[str] | None:
    joined = "|".join(patterns)
    return re.compile(joined) if joined else None


def _of_one(stem: str) -> str:
    if stem.startswith("~"):
        return re.escape(stem[1:])
    if len(stem) <= 4:  # short words are words, not beginnings: "ai" is not "aisle"
        return rf"(?<!\S){re.escape(stem)}s?(?!\S)"
    return rf"(?<!\S){re.escape(stem)}"


def _of_several(stem: str) -> str:
    return r"\b" + r"\w*\s+".join(map(re.escape, stem.removeprefix("~").split()))


def _stem(word: str) -> str:
    return word[:6].rstrip("s") if len(word) > 3 else word


def _pieces(word: str) -> Iterator[str]:
    if len(word) > _PIECE_LENGTH:
        padded = f"^{word}$"
        yield from (padded[i : i + _PIECE_LENGTH] for i in range(len(padded) - _PIECE_LENGTH + 1))
