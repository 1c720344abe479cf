"""What lies under the lines: the six weeks, normal variation, the scale and the dates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from metrics.charts.frame import days
from metrics.charts.svg import BAND, EDGE, LATER, PAPER, RULE, WASH, box, line, text
from metrics.charts.text import width

if TYPE_CHECKING:
    from metrics.charts.frame import Format, Frame
    from metrics.charts.picture import Picture


def window(picture: Picture, frame: Frame) -> list[str]:
    """Six cells, one a week; what is still to come is lighter."""
    if not picture.windowed:
        return []
    today = min(max(picture.today, picture.start), picture.end)
    now = frame.x(today)
    cells = [
        box((frame.middle, frame.top), (now, frame.bottom), "window", WASH),
        box((now, frame.top), (frame.right, frame.bottom), "later", LATER),
    ]
    day = picture.start
    while day < picture.end:
        x = frame.x(day)
        cells.append(line((x, frame.top), (x, frame.bottom), "week", PAPER, ' stroke-width="1.5"'))
        day += timedelta(weeks=1)
    cells.append(line((frame.middle, frame.top - 4), (frame.middle, frame.bottom), "edge", EDGE))
    return cells


def band(picture: Picture, frame: Frame) -> list[str]:
    """Normal variation as a band before the pilot, and as thin lines on through it."""
    if picture.normal is None:
        return []
    low, high = (frame.y(value) for value in picture.normal)
    parts = (
        [box((frame.left, high), (frame.middle, max(low, high + 1)), "band", BAND)]
        if frame.middle > frame.left
        else []
    )
    if not picture.windowed:
        return parts
    dashes = ' stroke-dasharray="3 4"'
    return parts + [line((frame.middle, y), (frame.right, y), "limit", EDGE, dashes) for y in (high, low)]


def scale(frame: Frame, form: Format, values: list[float], words: list[str]) -> list[str]:
    parts = []
    for value, word in zip(values, words, strict=True):
        y = frame.y(value)
        if y < frame.top - 1:
            continue
        parts.append(text(frame.left - 9, y + form.size * 0.35, word, anchor="end"))
        parts.append(line((frame.left - 5, y), (frame.left, y), "rule", RULE))
    return parts


def dates(picture: Picture, frame: Frame, form: Format) -> list[str]:
    parts = [line((frame.left, frame.bottom), (frame.right, frame.bottom), "edge", EDGE)]
    y = frame.bottom + form.size * 1.35
    parts += [text(x, y, words, anchor=anchor) for x, words, anchor in days(picture, frame, form.size)]
    return parts


def heads(picture: Picture, frame: Frame, form: Format) -> list[str]:
    """The two times, named above the picture."""
    if not picture.windowed:
        return []
    words = picture.words
    y = frame.top - form.size * 0.6
    room = frame.right - frame.middle
    long = width(words.window, form.size) <= room - 6
    title = words.window if long else words.window_short
    wide = width(title, form.size)
    x = frame.middle + 5 if wide <= room - 6 else frame.right - wide
    parts = [text(x, y, title)]
    left = words.before if width(words.before, form.size) < x - frame.left - 12 else words.before_short
    if width(left, form.size) < x - frame.left - 12:
        parts.append(text(frame.left, y, left))
    return parts
