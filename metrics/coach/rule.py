"""Business or learning: a rule built from labelled names, and how it is scored on names that it has not seen.

Logistic regression with a ridge penalty over the features of a name (Hastie, Tibshirani, Friedman: The Elements of Statistical
Learning, 2nd edition, 4.4 and 18.4), fitted by Newton's method in the space of the names, which are fewer than the features. Every weight can be
read, so a person can be told which word decided.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import scipy

from .features import features

LEARNING, BUSINESS, TWO, UNCLEAR = "learning", "business", "two measures", "unclear"
FOLDS: Final = 5
_RIDGE: Final = 0.005
_STEPS: Final = 12
_SETTLED: Final = 1e-4
# Below this distance from one half nobody should be told off, nor waved through without a word.
_DOUBT: Final = 0.05


@dataclass(frozen=True, slots=True)
class Labelled:
    name: str
    kind: str
    language: str


@dataclass(frozen=True, slots=True)
class Rule:
    weights: dict[str, float]
    bias: float

    def chance(self, name: str) -> float:
        """How sure it is that this is a learning metric, 0 to 1; one half when nothing in the name is known."""
        score = self.bias + sum(self.weights.get(f, 0.0) * weight for f, weight in features(name).items())
        return 1 / (1 + math.exp(-score))

    def _knows(self, name: str) -> bool:
        """Whether a word or a concept in the name is one that was taught: pieces of words alone say nothing."""
        return any(f in self.weights for f in features(name) if f.startswith(("concept:", "word:")))

    def kind(self, name: str) -> str:
        chance = self.chance(name)
        if abs(chance - 0.5) < _DOUBT or not self._knows(name):
            return UNCLEAR
        return LEARNING if chance > 0.5 else BUSINESS


def build(labelled: Sequence[Labelled]) -> Rule:
    """The rule that these names teach. Names of other kinds than business and learning are passed over."""
    taught = [one for one in labelled if one.kind in {LEARNING, BUSINESS}]
    rows = [features(one.name) for one in taught]
    places = {feature: i for i, feature in enumerate(sorted({f for row in rows for f in row}))}
    filled = [(i, places[feature], weight) for i, row in enumerate(rows) for feature, weight in row.items()]
    line, column, weight = zip(*filled, strict=True)
    matrix = scipy.sparse.csr_array((weight, (line, column)), shape=(len(rows), len(places)))
    said = np.array([1.0 if one.kind == LEARNING else 0.0 for one in taught])
    dual, bias = _fitted((matrix @ matrix.T).toarray(), said)
    weights = matrix.T @ dual
    return Rule({feature: float(weights[i]) for feature, i in places.items()}, bias)


def _fitted(gram: np.ndarray, said: np.ndarray) -> tuple[np.ndarray, float]:
    """Newton's method (iteratively reweighted least squares) on ``gram @ a + b``; both kinds count alike."""
    count = len(said)
    shares = np.where(said == 1, count / (2 * said.sum()), count / (2 * (count - said.sum())))
    dual, bias = np.zeros(count), 0.0
    system = np.ones((count + 1, count + 1))
    system[:-1, :-1], system[-1, -1] = gram, 0.0
    diagonal = np.arange(count)
    for _step in range(_STEPS):
        score = np.clip(gram @ dual + bias, -30, 30)
        chance = 1 / (1 + np.exp(-score))
        curve = np.maximum(shares * chance * (1 - chance), 1e-9)
        wanted = score + shares * (said - chance) / curve
        system[diagonal, diagonal] = np.diagonal(gram) + count * _RIDGE / 10 / curve
        solved = np.linalg.solve(system, np.append(wanted, 0.0))
        moved = float(np.abs(solved[:-1] - dual).max())
        dual, bias = solved[:-1], float(solved[-1])
        if moved < _SETTLED * float(np.abs(dual).max()):
            break
    return dual, bias


@cache
def labelled() -> tuple[Labelled, ...]:
    """The list in the repository: name, kind, language."""
    with Path(__file__).with_name("names.tsv").open(encoding="utf-8", newline="") as file:
        return tuple(Labelled(*row) for row in csv.reader(file, delimiter="\t") if row)


@cache
def rule() -> Rule:
    return build(labelled())


@dataclass(frozen=True, slots=True)
class Score:
    """How the rule did on names it was not built from; a name left unclear counts as missed and as not found."""

    right: int
    false_alarms: int
    missed: int
    unclear: int
    wrong: tuple[tuple[Labelled, str], ...]

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.false_alarms)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)


@cache
def scored(names: tuple[Labelled, ...], kind: str = LEARNING) -> Score:
    """Each fifth of the names, judged by a rule built from the other four."""
    parts: list[list[Labelled]] = [[] for _fold in range(FOLDS)]
    for one in sorted((n for n in names if n.kind in {LEARNING, BUSINESS}), key=_shuffled):
        parts[min(range(FOLDS), key=lambda i: len(parts[i]))].append(one)
    judged: list[tuple[Labelled, str]] = []
    for part in parts:
        built = build([one for other in parts if other is not part for one in other])
        judged += [(one, built.kind(one.name)) for one in part]
    return Score(
        right=sum(one.kind == said == kind for one, said in judged),
        false_alarms=sum(said == kind != one.kind for one, said in judged),
        missed=sum(one.kind == kind != said for one, said in judged),
        unclear=sum(said == UNCLEAR for _one, said in judged),
        wrong=tuple((one, said) for one, said in judged if said != one.kind),
    )


def _shuffled(one: Labelled) -> str:
    """An order that has nothing to do with the list's, and is the same each time."""
    return hashlib.sha256(one.name.casefold().encode()).hexdigest()
