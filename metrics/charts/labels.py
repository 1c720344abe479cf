"""Where the words in the picture stand: on no line, on no point, on no other words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from metrics.charts.text import width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

type Corner = tuple[float, float]
type Segment = tuple[float, float, float, float]  # from left to right

LINE = 1.22  # of the type size, from line to line
AIR = 3.5  # between words and anything else


@dataclass(frozen=True, slots=True)
class Label:
    lines: tuple[str, ...]
    tone: str
    size: float
    bold: bool = False
    under: str = ""  # a plain last line

    @property
    def width(self) -> float:
        return max(
            *(width(line, self.size, bold=self.bold) for line in self.lines), width(self.under, self.size)
        )

    @property
    def height(self) -> float:
        return self.size * LINE * (len(self.lines) + bool(self.under))


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float


class Room:
    """What already stands in the picture, and where there is still room."""

    def __init__(self, bounds: Box) -> None:
        self.bounds = bounds
        self.segments: list[Segment] = []
        self.bold: list[Segment] = []  # those of them that are the pilot's line
        self.fans: list[tuple[Corner, Corner, float]] = []  # from one point to (x, top), and the bottom there
        self.boxes: list[Box] = []

    def line(self, corners: Sequence[Corner], thick: float = 0.0, *, bold: bool = False) -> None:
        """A line with points on it; ``thick`` is how far a point reaches up and down. ``bold``: it is the pilot's."""
        before = len(self.segments)
        self._add(corners, thick)
        if bold:
            self.bold += self.segments[before:]

    def _add(self, corners: Sequence[Corner], thick: float) -> None:
        if len(corners) == 1:
            corners = [corners[0], corners[0]]
        segments = pairwise(corners)
        if not thick:
            self.segments += [(x1, y1, x2, y2) for (x1, y1), (x2, y2) in segments]
            return
        for (x1, y1), (x2, y2) in segments:
            up, down = (-thick, thick) if y1 <= y2 else (thick, -thick)
            self.segments.append((x1 - thick, y1 + up, x2 + thick, y2 + down))

    def nearest(self, label: Label, x: float, y: float, furthest: float) -> tuple[Box, float] | None:
        """The free place nearest to a point, and how far away it is."""
        wide, high, bounds = label.width, label.height, self.bounds
        best: tuple[float, float, float] | None = None
        for left in (x + 9, *(x - wide * part for part in (0.5, 1.0, 0.0, 0.75, 0.25)), bounds.right - wide):
            if left < bounds.left or left + wide > bounds.right + 0.01:
                continue
            aside = max(left - x, x - left - wide, 0.0)
            for top, bottom in self._gaps(left - AIR, left + wide + AIR):
                if bottom - top < high:
                    continue
                at = min(max(y - high / 2, top), bottom - high)
                away = max(at - y, y - at - high, 0.0) + aside * 0.5
                if best is None or away < best[0] - 0.5:
                    best = away, left, at
        if best is None or best[0] > furthest:
            return None
        away, left, at = best
        box = Box(left, at, left + wide, at + high)
        self.boxes.append(box)
        return box, away

    def first(self, label: Label, candidates: Iterable[Corner]) -> Box | None:
        """The first free place of several; a candidate is the upper left corner of the words."""
        wide, high, bounds = label.width, label.height, self.bounds
        for left, top in candidates:
            if (
                left < bounds.left
                or left + wide > bounds.right
                or top < bounds.top
                or top + high > bounds.bottom
            ):
                continue
            box = Box(left, top, left + wide, top + high)
            if self._free(box):
                self.boxes.append(box)
                return box
        return None

    def on_lines(self, label: Label, candidates: Iterable[Corner]) -> Box | None:
        """The first place of several on which neither other words nor the pilot's line stand, whatever thin lines run there."""
        segments, fans = self.segments, self.fans
        self.segments, self.fans = self.bold, []
        try:
            return self.first(label, candidates)
        finally:
            self.segments, self.fans = segments, fans

    def _free(self, box: Box) -> bool:
        left, right, top, bottom = box.left - AIR, box.right + AIR, box.top - AIR, box.bottom + AIR
        for segment in self.segments:
            if segment[0] < right and segment[2] > left:
                high, low = _span(segment, left, right)
                if high < bottom and low > top:
                    return False
        for fan in self.fans:
            if fan[0][0] < right and fan[1][0] > left:
                high, low = _opening(fan, right)
                if high < bottom and low > top:
                    return False
        return all(
            b.left >= right or b.right <= left or b.top >= bottom or b.bottom <= top for b in self.boxes
        )

    def _gaps(self, left: float, right: float) -> list[tuple[float, float]]:
        """The heights between two x at which nothing stands."""
        taken = [(b.top, b.bottom) for b in self.boxes if b.left < right and b.right > left]
        taken += [_span(s, left, right) for s in self.segments if s[0] < right and s[2] > left]
        taken += [_opening(fan, right) for fan in self.fans if fan[0][0] < right and fan[1][0] > left]
        taken.sort()
        gaps = []
        free = self.bounds.top
        for top, bottom in taken:
            if top - AIR > free:
                gaps.append((free, min(top - AIR, self.bounds.bottom)))
            free = max(free, bottom + AIR)
        if free < self.bounds.bottom:
            gaps.append((free, self.bounds.bottom))
        return gaps


def _span(segment: Segment, left: float, right: float) -> tuple[float, float]:
    """The heights that a line has between two x."""
    x1, y1, x2, y2 = segment
    if x2 - x1 > 1e-9:
        slope = (y2 - y1) / (x2 - x1)
        if x2 > right:
            y2 = y1 + slope * (right - x1)
        if x1 < left:
            y1 += slope * (left - x1)
    return (y1, y2) if y1 <= y2 else (y2, y1)


def _opening(fan: tuple[Corner, Corner, float], right: float) -> tuple[float, float]:
    (x1, y), (x2, top), bottom = fan
    part = (min(right, x2) - x1) / max(x2 - x1, 1e-9)
    return y + (top - y) * part, y + (bottom - y) * part


def along(label: Label, left: float, right: float, y: float) -> list[Corner]:
    """Places just above and just below a level line, from left to right."""
    wide, high = label.width, label.height
    last = right - wide
    if last < left:
        return []
    count = max(int((last - left) / 24), 1)
    ats = [left + (last - left) * n / count for n in range(count + 1)]
    return [(at, top) for top in (y - high - AIR - 0.5, y + AIR + 0.5) for at in ats]


def stack(labels: list[tuple[float, Label]], top: float, bottom: float) -> list[float]:
    """Heights for labels beside their lines, moved apart as little as it takes; in the order given."""
    order = sorted(range(len(labels)), key=lambda n: labels[n][0])
    tops: dict[int, float] = {}
    floor = top
    for n in order:
        wanted, label = labels[n]
        tops[n] = max(wanted - label.height / 2, floor)
        floor = tops[n] + label.height + 3
    ceiling = bottom
    for n in reversed(order):
        tops[n] = min(tops[n], ceiling - labels[n][1].height)
        ceiling = tops[n] - 3
    return [tops[n] for n in range(len(labels))]
