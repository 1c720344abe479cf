"""The picture itself, written as text: fast enough to draw for every request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from metrics.charts import ground
from metrics.charts.describe import describe
from metrics.charts.ends import ends, inside, outside
from metrics.charts.frame import NARROW, WIDE, Format, Frame, frame, reach, tick_words, ticks
from metrics.charts.labels import Box, Label, Room, along
from metrics.charts.notes import notes
from metrics.charts.svg import EDGE, INK, MUTED, line, mark, path, text
from metrics.charts.text import number, safe
from metrics.charts.text import width as measure

if TYPE_CHECKING:
    from metrics.charts.picture import Picture

GAP = 10.0  # between the end of a line and its words
ROOMS = ((0, 0), (48, 24))


def draw(picture: Picture, *, width: Literal["wide", "narrow"] = "wide") -> str:
    """The picture as one ``<svg>``, without ids, styles or scripts. Draw it again for a narrow screen."""
    form = WIDE if width == "wide" else NARROW
    # Where words find no place near their line, the picture grows to make room above and below the lines.
    tries: list[tuple[float, float, list[str]]] = []
    for above, below in ROOMS:
        tries.append(_drawn(picture, form, above, below))
        if not tries[-1][0]:
            break
    _, height, parts = min(tries, key=lambda drawn: drawn[0])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture picture-{width}" '
        f'viewBox="0 0 {form.width:.0f} {height:.0f}" width="{form.width:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{safe(describe(picture))}" '
        f'font-family="Inter, system-ui, sans-serif" font-size="{form.size:g}">{"".join(parts)}</svg>'
    )


def _drawn(picture: Picture, form: Format, above: float, below: float) -> tuple[float, float, list[str]]:
    labels = ends(picture, form)
    values, words = _ticks(picture, form)
    left = max((measure(word, form.size) for word in words), default=0.0) + 16
    gutter = max((end.label.width for end in labels), default=0.0) + GAP + 4 if form.gutter else 8.0
    at = frame(picture, form, left=left, right=form.width - gutter, above=above, below=below)
    room = Room(Box(at.left + 4, at.top + 3, at.right - 3, at.bottom - 4))
    if picture.windowed:
        room.line([(at.middle, at.top), (at.middle, at.bottom)])
    parts = [
        *ground.window(picture, at),
        *ground.band(picture, at),
        *ground.scale(at, form, values, words),
        *_target(picture, at, room),
        *ground.heads(picture, at, form),
        *ground.dates(picture, at, form),
        *_lines(picture, at, room, form),
    ]
    placed, regret = (outside if form.gutter else inside)(labels, at, room)
    parts += placed
    parts += _beyond(picture, at, form)
    parts += _variation(picture, at, room, form)
    if not picture.runs and not picture.comparison_runs:
        parts += _nothing(picture, at, room, form)
    lane, height = notes(picture, at, form)
    return regret, height, parts + lane


def _ticks(picture: Picture, form: Format) -> tuple[list[float], list[str]]:
    if not (picture.runs or picture.comparison_runs or picture.band or picture.target is not None):
        return [], []
    values, decimals = ticks(*reach(picture), form.height)
    return values, tick_words(values, decimals, picture.unit)


def _target(picture: Picture, at: Frame, room: Room) -> list[str]:
    if picture.target is None:
        return []
    y = at.y(picture.target)
    room.line([(at.left, y), (at.right, y)])
    return [
        line(
            (at.left, y),
            (at.right, y),
            "target",
            INK,
            ' stroke-width="1.5" stroke-dasharray="1.5 4" stroke-linecap="round"',
        )
    ]


def _lines(picture: Picture, at: Frame, room: Room, form: Format) -> list[str]:
    weekly = picture.cadence == "weekly"
    others = [at.place(run) for run in picture.comparison_runs]
    pilot = [at.place(run) for run in picture.runs]
    means = [at.place(run) for run in picture.means]
    if picture.normal:
        for limit in picture.normal:
            room.line([(at.left, at.y(limit)), (at.right, at.y(limit))])
    for corners in others:
        room.line(corners)
    for corners in means:
        room.line(corners, bold=True)
    for corners in pilot:
        room.line(corners, thick=3, bold=weekly)
    parts = [*_fan(picture, at, room), path(others, "others", EDGE, 1.5 if weekly else 1)]
    if weekly:
        parts.append(path(pilot, "pilot", INK, 2 if form.gutter else 1.75))
    else:
        parts += [path(pilot, "daily", EDGE, 1), path(means, "pilot", INK, 2.25 if form.gutter else 2)]
    return parts + _dots(picture, at, form)


def _dots(picture: Picture, at: Frame, form: Format) -> list[str]:
    """Small before the pilot, larger within it; daily figures show dots only within it.

    Without a pilot larger are the last one, where no mean ends there, and those outside normal variation.
    """
    weekly = picture.cadence == "weekly"
    large = (4.2 if form.gutter else 3.6) if weekly else (2.6 if form.gutter else 1.9)
    small = 2.4 if form.gutter else 1.6
    up = picture.direction == "higher"
    parts = []
    newest = picture.runs[-1][-1][0] if picture.runs and not picture.means else None
    for run in picture.runs:
        for day, value in run:
            tone = picture.tone(value)
            if day >= picture.start or (not picture.windowed and (day == newest or tone != "ordinary")):
                parts.append(mark(at.x(day, at.half), at.y(value), large, tone, up=up))
            elif weekly or len(run) == 1:
                parts.append(mark(at.x(day, at.half), at.y(value), small, "ordinary", up=up))
    return parts


def _fan(picture: Picture, at: Frame, room: Room) -> list[str]:
    """Where the end is likely to lie, from the last point on."""
    if picture.forecast is None or picture.last is None:
        return []
    day, low, middle, high = picture.forecast
    x, y = at.x(picture.last[0], at.half), at.y(picture.last[1])
    end = min(at.x(day), at.right)
    if end <= x:
        return []
    top, bottom = sorted((at.y(low), at.y(high)))
    room.fans.append(((x, y), (end, top), bottom))
    shape = f"M{x:.1f} {y:.1f}L{end:.1f} {top:.1f}V{bottom:.1f}z"
    fan = f'<path class="picture-fan" d="{shape}" fill="{MUTED}" fill-opacity=".16"/>'
    return [
        fan,
        line((x, y), (end, at.y(middle)), "course", MUTED, ' stroke-width="1.5" stroke-dasharray="4 4"'),
    ]


def _variation(picture: Picture, at: Frame, room: Room, form: Format) -> list[str]:
    """The name of the band: just outside it or within it, before the pilot, where nothing else is."""
    if picture.normal is None:
        return []
    label = Label((picture.words.variation,), "muted", form.size)
    low, high = (at.y(value) for value in picture.normal)
    left, right = at.left + 6, at.middle - 6
    spot = room.first(label, along(label, left, right, high) + along(label, left, right, low))
    return [text(spot.left, spot.top + form.size * 0.96, label.lines[0])] if spot else []


def _beyond(picture: Picture, at: Frame, form: Format) -> list[str]:
    """The value of each point that is cut off, where its line leaves the picture: beside the heads, or at the foot."""
    taken = [(at.left, at.left + measure(picture.words.before, form.size) + 8)]
    if picture.windowed:
        taken.append((at.middle - 4, at.right))
    parts = []
    for day, value in picture.beyond:
        over = value > at.high
        words = f"{'↑' if over else '↓'} {number(value, picture.decimals)}"
        half, x = measure(words, form.size) / 2, at.x(day, at.half)
        free = all(x + half < left or x - half > right for left, right in taken)
        if not over or not free:  # beside the line itself
            y = at.top + form.size if over else at.bottom - 4
            parts.append(text(x + 5, y, words, "ordinary"))
            continue
        parts.append(text(x, at.top - form.size * 0.6, words, "ordinary", anchor="middle"))
        taken.append((x - half - 8, x + half + 8))
    return parts


def _nothing(picture: Picture, at: Frame, room: Room, form: Format) -> list[str]:
    label = Label((picture.words.nothing,), "ordinary", form.size, bold=True)
    found = room.nearest(label, (at.left + at.middle) / 2, (at.top + at.bottom) / 2, 400)
    return (
        [text(found[0].left, found[0].top + form.size * 0.96, label.lines[0], "ordinary", bold=True)]
        if found
        else []
    )
