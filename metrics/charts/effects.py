"""The picture of many results at once: each pilot's effect with its interval, on one scale of shares of its target.

A few are drawn as rows with their names, many as fine upright lines side by side, some pilots to a line where there is
no room for each. Nothing is left out: what lies beyond the scale ends in an arrow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from statistics import median
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from metrics.charts.svg import CONCERN, EDGE, GOOD, INK, RULE, WASH, box, line, mark, text
from metrics.charts.text import MINUS, THIN, fit, safe
from metrics.charts.text import width as measure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

type Tone = Literal["good", "concern", "ordinary"]
type Place = Callable[[float], float]
type Width = Literal["wide", "narrow"]

MOST_ROWS: Final = 30
LEAST, MOST = -1.0, 2.0  # of the scale, in shares of the target
TARGET: Final = ' stroke-width="1.5" stroke-dasharray="1.5 4" stroke-linecap="round"'
_COLOURS: Final = {"good": GOOD, "concern": CONCERN, "ordinary": INK}


class Effect(NamedTuple):
    """One result: 0 is no change, 1 the target. ``group`` says what kind of result it is, in words."""

    name: str
    share: float
    low: float
    high: float
    tone: Tone = "ordinary"
    group: str = ""


@dataclass(frozen=True, slots=True)
class EffectWords:
    """Every word of the picture. A page in another language passes its own."""

    nothing: str = "no change"
    target: str = "target"
    said: str = "Each pilot’s change as a share of its target: 0 is no change, 100 % is the target."
    said_one: str = "{name}: {share}, likely between {low} and {high}."
    said_group: str = "{group}: {count} pilots, in the middle {share}."


ENGLISH: Final = EffectWords()


@dataclass(frozen=True)
class Effects:
    """What is drawn, in the order in which it is drawn; results of one group stand together."""

    effects: Sequence[Effect]
    words: EffectWords = field(default=ENGLISH)

    @property
    def many(self) -> bool:
        return len(self.effects) > MOST_ROWS

    @cached_property
    def groups(self) -> list[tuple[str, list[Effect]]]:
        return [(group, list(found)) for group, found in groupby(self.effects, key=attrgetter("group"))]

    @cached_property
    def said(self) -> str:
        """The same in sentences: each result where they are few, what each group did where they are many."""
        words = self.words
        if not self.many:
            each = [
                words.said_one.format(
                    name=one.name, share=percent(one.share), low=percent(one.low), high=percent(one.high)
                )
                for one in self.effects
            ]
            return " ".join([words.said, *each])
        groups = [
            words.said_group.format(
                group=group, count=len(found), share=percent(median(one.share for one in found))
            )
            for group, found in self.groups
        ]
        return " ".join([words.said, *groups])


def draw_effects(effects: Effects, *, width: Width = "wide") -> str:
    """The picture as one ``<svg>``, without ids, styles or scripts."""
    across, height, parts = (_upright if effects.many else _rows)(effects, width == "wide")
    size = 14 if width == "wide" else 12.5
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture picture-{width}" viewBox="0 0 {across:.0f} {height:.0f}" '
        f'width="{across:.0f}" height="{height:.0f}" role="img" aria-label="{safe(effects.said)}" '
        f'font-family="Inter, system-ui, sans-serif" font-size="{size:g}">{"".join(parts)}</svg>'
    )


def percent(share: float) -> str:
    """A share of the target, in whole per cent."""
    whole = round(100 * share)
    return f"{MINUS if whole < 0 else ''}{abs(whole):,}{THIN}%"


def _reach(effects: Sequence[Effect]) -> tuple[float, float]:
    """From somewhat below no change to somewhat above the target, or as far as results reach within the scale."""
    low = min([-0.25, *(one.low for one in effects)])
    high = max([1.25, *(one.high for one in effects)])
    return max(low, LEAST), min(high, MOST)


# --- a few: a row each ------------------------------------------------------------------------------


def _rows(effects: Effects, wide: bool) -> tuple[float, float, list[str]]:
    across, step, size = (960.0, 34.0, 14.0) if wide else (340.0, 50.0, 12.5)
    names = max((measure(one.name, size) for one in effects.effects), default=0.0)
    left = min(names + 24, 330.0) if wide else 8.0
    right = across - (64.0 if wide else 14.0)
    low, high = _reach(effects.effects)

    def x(share: float) -> float:
        return left + (min(max(share, low), high) - low) / (high - low) * (right - left)

    top = 30.0
    bottom = top + step * max(len(effects.effects), 1)
    bands = (
        [(top, bottom)]
        if wide
        else [(top + step * n + 22, top + step * n + 48) for n in range(len(effects.effects))]
    )
    parts = _ground(effects.words, x, bands, size)
    for number, one in enumerate(effects.effects):
        y = top + step * number + (step / 2 if wide else 36.0)
        name_y = y + size * 0.35 if wide else y - 15.0
        room = left - 20 if wide else right - left - 70
        parts.append(text(0.0 if wide else left, name_y, fit(one.name, size, room), "ordinary"))
        said = percent(one.share)
        parts.append(
            text(across if wide else right, name_y, said, one.tone, anchor="end", bold=one.tone != "ordinary")
        )
        parts += _span(one, x, y, low, high, wide)
    return across, bottom + 8, parts


def _ground(words: EffectWords, x: Place, bands: list[tuple[float, float]], size: float) -> list[str]:
    """No change and the target, as two lines with their names; on a phone in pieces, between the names of pilots."""
    nothing, target = x(0.0), x(1.0)
    parts = [
        text(nothing, 20, words.nothing, anchor="middle"),
        text(target, 20, words.target, "ordinary", anchor="middle", bold=True),
    ]
    for top, bottom in bands:
        parts += [
            box((nothing, top), (target, bottom), "window", WASH),
            line((nothing, top), (nothing, bottom), "edge", EDGE, ' stroke-width="1.25"'),
            line((target, top), (target, bottom), "target", INK, TARGET),
        ]
    return parts


def _span(one: Effect, x: Place, y: float, low: float, high: float, wide: bool) -> list[str]:
    """The interval as a line, an arrow where it goes beyond the scale, and the estimate as a mark."""
    name = f"span-{one.tone}"
    colour = _COLOURS[one.tone]
    begin, end = x(one.low), x(one.high)
    parts = [line((begin, y), (end, y), name, colour, ' stroke-width="2"')]
    for beyond, tip, back in ((one.low < low, begin, 6.0), (one.high > high, end, -6.0)):
        if beyond:
            arrow = f"M{tip + back:.1f} {y - 4:.1f}L{tip:.1f} {y:.1f}L{tip + back:.1f} {y + 4:.1f}"
            parts.append(
                f'<path class="picture-{name}" d="{arrow}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
    if low <= one.share <= high:
        parts.append(mark(x(one.share), y, 4.6 if wide else 4.0, one.tone, up=True))
    return parts


# --- many: a fine line each, or for some together ---------------------------------------------------


def _upright(effects: Effects, wide: bool) -> tuple[float, float, list[str]]:
    across, tall, size = (960.0, 300.0, 14.0) if wide else (340.0, 240.0, 12.5)
    left, top = (104.0, 14.0) if wide else (72.0, 14.0)
    bottom, right = top + tall, across - 6.0
    groups = effects.groups
    columns = _columns(groups, int((right - left - 12 * len(groups)) / 3.2))
    spans = [one for _group, lines in columns for one in lines]
    low, high = _reach(spans)

    def y(share: float) -> float:
        return bottom - (min(max(share, low), high) - low) / (high - low) * tall

    parts = [
        line((left, y(0)), (right, y(0)), "edge", EDGE, ' stroke-width="1.25"'),
        line((left, y(1)), (right, y(1)), "target", INK, TARGET),
        text(left - 10, y(0) + 5, effects.words.nothing, anchor="end"),
        text(left - 10, y(1) + 5, effects.words.target, "ordinary", anchor="end", bold=True),
    ]  # fmt: skip
    room = (right - left - 12 * (len(groups) - 1)) / max(len(spans), 1)
    x = left
    for number, (group, lines) in enumerate(columns):
        begin = x
        paths: dict[Tone, str] = {}
        for one in lines:
            middle = x + room / 2
            said = f"M{middle:.1f} {y(one.low):.1f}V{y(one.high):.1f}M{x + 0.3:.1f} {y(one.share):.1f}h{max(room - 0.6, 1):.1f}"
            paths[one.tone] = paths.get(one.tone, "") + said
            x += room
        parts += [
            f'<path class="picture-span-{tone}" d="{steps}" fill="none" stroke="{_COLOURS[tone]}" stroke-width="{min(1.6, room * 0.6):.2f}"/>'
            for tone, steps in paths.items()
        ]
        parts.append(line((begin, bottom + 6), (max(x - 1, begin + 1), bottom + 6), "rule", RULE))
        count = len(groups[number][1])
        label = fit(f"{group} {count:,}", size, max(x - begin, measure(f"{count:,}", size)))
        if "…" in label:
            label = f"{count:,}"
        parts.append(text(begin, bottom + 8 + size, label, "muted"))
        x += 12
    return across, bottom + size + 16, parts


def _columns(groups: list[tuple[str, list[Effect]]], room: int) -> list[tuple[str, list[Effect]]]:
    """Where there are more results than lines, neighbours share one: the middle of their estimates and of their ends."""
    total = sum(len(found) for _group, found in groups)
    per = max(1, -(-total // max(room, 1)))
    return [(group, _together(found, per)) for group, found in groups]


def _together(found: list[Effect], per: int) -> list[Effect]:
    """Of each ``per`` neighbours one: the middle of their estimates and of their ends, in the tone of most."""
    if per == 1:
        return found
    ends = np.array([one[1:4] for one in found])
    whole = len(found) // per
    middles = np.median(ends[: whole * per].reshape(whole, per, 3), axis=1).tolist()
    if rest := ends[whole * per :].tolist():
        middles.append(np.median(rest, axis=0).tolist())
    tones = [one.tone for one in found]
    return [
        Effect("", share, low, high, _most(tones[place * per : (place + 1) * per]), found[0].group)
        for place, (share, low, high) in enumerate(middles)
    ]


def _most(tones: list[Tone]) -> Tone:
    return max(set(tones), key=tones.count)


def per_line(effects: Effects, *, wide: bool = True) -> int:
    """How many pilots share one line of the picture."""
    groups = len(effects.groups)
    room = ((960 - 104 - 6) if wide else (340 - 72 - 6)) - 12 * groups
    return max(1, -(-len(effects.effects) // max(int(room / 3.2), 1))) if effects.many else 1
