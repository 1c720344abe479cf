"""The words at the ends of the lines: who, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metrics.charts.labels import LINE, Box, Label, Room, along, stack
from metrics.charts.svg import EDGE, line, plate, text
from metrics.charts.text import figure, fit, trimmed, width

if TYPE_CHECKING:
    from datetime import date

    from metrics.charts.frame import Format, Frame
    from metrics.charts.picture import Picture

BESIDE = 44.0  # a line that ends this near the edge is named in the margin
NEAR = 40.0
LED = 12.0  # further away, a line leads from words to theirs
FAR = 60.0  # further away, words no longer seem to belong to their line


@dataclass(frozen=True, slots=True)
class End:
    label: Label
    value: float
    day: date | None  # None: a level line through the whole picture
    needed: bool = True


def ends(picture: Picture, form: Format) -> list[End]:
    """What has to be named, the most important first."""
    found: list[End] = []
    if picture.last:
        day, value = picture.last
        lines = _lines(picture.pilot_label, _figure(picture, form, value, bold=True), form, bold=True)
        under = picture.words.mean if picture.means else ""
        found.append(End(Label(lines, picture.tone(value), form.size, bold=True, under=under), value, day))
    if picture.target is not None:
        target = trimmed(picture.target, picture.unit, picture.decimals)
        if width(target, form.size) > form.longest:
            target = trimmed(picture.target, "", picture.decimals)
        lines = _lines(picture.words.target, target, form)
        found.append(End(Label(lines, "ordinary", form.size), picture.target, None))
    if picture.comparison_runs:
        day, value = picture.comparison_runs[-1][-1]
        lines = _lines(picture.comparison_label, _figure(picture, form, value), form)
        found.append(End(Label(lines, "muted", form.size), value, day))
    if picture.forecast and picture.last:
        day, low, middle, high = picture.forecast
        low, high = sorted((low, high))
        lowest = f"{figure(low, '', picture.decimals)} – "
        words = lowest + _figure(picture, form, high, beside=lowest)
        found.append(
            End(
                Label(_lines(picture.words.forecast, words, form), "muted", form.size),
                middle,
                day,
                needed=form.gutter,
            )
        )
    return found


def _figure(picture: Picture, form: Format, value: float, *, bold: bool = False, beside: str = "") -> str:
    """With its unit, where there is room for it: the page says it beside the picture too."""
    whole = figure(value, picture.unit, picture.decimals)
    if width(beside + whole, form.size, bold=bold) <= form.longest:
        return whole
    return figure(value, "", picture.decimals)


def _lines(name: str, words: str, form: Format, *, bold: bool = False) -> tuple[str, ...]:
    """Name and figure on one line if that is short, else one below the other."""
    name = fit(name, form.size, form.longest, bold=bold)
    words = fit(words, form.size, form.longest, bold=bold)
    if not name:
        return (words,)
    one = f"{name} {words}"
    return (one,) if width(one, form.size, bold=bold) <= form.longest else (name, words)


def outside(labels: list[End], at: Frame, room: Room) -> tuple[list[str], float]:
    """In the margin, level with their lines; the pilot's line, if it ends early, is named beside its end."""
    parts: list[str] = []
    margin: list[End] = []
    for end in labels:
        x, y = _x(end, at), at.y(end.value)
        early = end.label.bold and x < at.right - BESIDE
        found = room.nearest(end.label, x, y, NEAR) if early else None
        if found:
            parts += _words(end.label, found[0])
        else:
            margin.append(end)
    tops = stack([(at.y(end.value), end.label) for end in margin], at.top - 10, at.bottom + 8)
    for end, top in zip(margin, tops, strict=True):
        x, y, middle = _x(end, at), at.y(end.value), top + end.label.height / 2
        if x < at.right - BESIDE:
            parts.append(line((x + 8, y), (at.right, y), "edge", EDGE, ' stroke-dasharray="1 3"'))
        if abs(y - middle) > 4:
            parts.append(line((at.right + 1, y), (at.right + 8, middle), "edge", EDGE))
        left = at.right + 11
        parts += _words(end.label, Box(left, top, left + end.label.width, top + end.label.height))
    return parts, 0.0


def inside(labels: list[End], at: Frame, room: Room) -> tuple[list[str], float]:
    """Among the lines, where there is no margin; and how badly that went: 0 is well."""
    parts: list[str] = []
    regret = 0.0
    for end in labels:
        x, y = _x(end, at), at.y(end.value)
        spot: Box | None = None
        if end.day is None:
            places = along(end.label, room.bounds.left, room.bounds.right, y)
            spot = room.first(end.label, places)
            if not spot and (
                spot := room.on_lines(end.label, places)
            ):  # further away, it would name another line
                parts.append(plate((spot.left - 2, spot.top), (spot.right + 2, spot.bottom)))
        if not spot:
            found = room.nearest(end.label, x, y, 200 if end.needed else NEAR)
            spot = found[0] if found else None
            regret += max(found[1] - FAR, 0) if found else 0
            if found and found[1] > LED:
                parts.append(_lead(found[0], x, y))
        if spot:
            parts += _words(end.label, spot)
        elif end.needed:
            regret += 1000
    return parts, regret


def _lead(spot: Box, x: float, y: float) -> str:
    """From words to the end of their line: another may lie nearer to them."""
    edge = spot.top - 2 if y < spot.top else spot.bottom + 2
    return line((min(max(x, spot.left), spot.right), edge), (x, y), "edge", EDGE, ' stroke-dasharray="2 2"')


def _x(end: End, at: Frame) -> float:
    return at.right if end.day is None else min(at.x(end.day, at.half), at.right)


def _words(label: Label, spot: Box) -> list[str]:
    """Set from the left: a reader's own, wider sans then runs on to where there is room."""
    step = label.size * LINE
    first = spot.top + label.size * 0.96
    parts = [
        text(spot.left, first + step * n, words, label.tone, bold=label.bold)
        for n, words in enumerate(label.lines)
    ]
    if label.under:
        parts.append(text(spot.left, first + step * len(label.lines), label.under))
    return parts
