"""What changed between two versions of a text, line by line, and within a line word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final, Literal

CONTEXT: Final = 2  # unchanged lines that stand around a change
MOST_LINES: Final = 1_500  # from here on comparing takes longer than reading
_MOST_WORDS: Final = 600
_WORDS: Final = re.compile(r"\s+|\d+(?:[.,]\d+)+|\w+|[^\w\s]")

type Mark = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line, in parts of which each is as it was or is new (or gone). A ``skipped`` line stands for many."""

    mark: Mark
    parts: tuple[tuple[str, bool], ...] = ()
    skipped: int = 0


def changes(before: str, after: str) -> list[Line] | None:
    """The changed lines with a little around them; None where two texts are too different to compare."""
    old, new = before.splitlines(), after.splitlines()
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(middle_old) > MOST_LINES or len(middle_new) > MOST_LINES:
        return None
    lines = [*_same(old[:head]), *_compared(middle_old, middle_new), *_same(old[len(old) - tail :])]
    return _around_changes(lines)


def _shared(old: list[str], new: list[str]) -> int:
    """How many lines both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _same(lines: list[str]) -> list[Line]:
    return [Line("same", ((line, False),)) for line in lines]


def _compared(old: list[str], new: list[str]) -> list[Line]:
    lines: list[Line] = []
    for what, i, j, k, m in SequenceMatcher(None, old, new).get_opcodes():
        if what == "equal":
            lines += _same(old[i:j])
        else:
            lines += _replaced(old[i:j], new[k:m])
    return lines


def _replaced(old: list[str], new: list[str]) -> list[Line]:
    """Lines that took the place of others, each beside the one that it most likely was."""
    lines: list[Line] = []
    for one, other in zip_longest(old, new):
        removed, added = _words(one, other)
        lines += [Line("removed", removed)] if one is not None else []
        lines += [Line("added", added)] if other is not None else []
    return lines


def _words(
    one: str | None, other: str | None
) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    if one is None or other is None:
        return ((one or "", True),), ((other or "", True),)
    old, new = _WORDS.findall(one), _WORDS.findall(other)
    if max(len(old), len(new)) > _MOST_WORDS:
        return ((one, True),), ((other, True),)
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    removed = tuple(("".join(old[i:j]), what != "equal") for what, i, j, _k, _m in codes if j > i)
    added = tuple(("".join(new[k:m]), what != "equal") for what, _i, _j, k, m in codes if m > k)
    return removed, added


def _around_changes(lines: list[Line]) -> list[Line]:
    """Leave out what is far from any change."""
    changed = [number for number, line in enumerate(lines) if line.mark != "same"]
    near = {n for number in changed for n in range(number - CONTEXT, number + CONTEXT + 1)}
    shown: list[Line] = []
    for number, line in enumerate(lines):
        if number in near:
            shown.append(line)
        elif shown and shown[-1].skipped:
            shown[-1] = Line("same", skipped=shown[-1].skipped + 1)
        else:
            shown.append(Line("same", skipped=1))
    return shown
