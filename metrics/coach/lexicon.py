"""The words that the coach knows, as ``lexicon.toml`` has them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``concepts``: what stems speak of. ``heads``, ``endings``, ``alone``: what makes a few words a measure."""

    concepts: dict[str, tuple[str, ...]]
    heads: frozenset[str]
    endings: tuple[str, ...]
    alone: frozenset[str]


@cache
def lexicon() -> Lexicon:
    with Path(__file__).with_name("lexicon.toml").open("rb") as file:
        read = tomllib.load(file)
    measures = read["measures"]
    return Lexicon(
        concepts={concept: tuple(stems) for concept, stems in read["concepts"].items()},
        heads=frozenset(measures["heads"]),
        endings=tuple(measures["endings"]),
        alone=frozenset(measures["alone"]),
    )
