"""A picture as small as a word, for a row of a table."""

from __future__ import annotations

from datetime import timedelta
from math import isfinite
from typing import TYPE_CHECKING

from metrics.charts.picture import LARGEST
from metrics.charts.svg import BAND, EDGE, INK, WASH, box, line, mark, path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from metrics.charts.labels import Corner
    from metrics.charts.picture import Point

WIDTH, HEIGHT, AIR = 120.0, 28.0, 3.0


def spark(points: Sequence[Point], *, start: date, band: tuple[float, float] | None = None) -> str:
    """The line, the band before ``start`` and the last point.

    Beside it stand the same facts in words, so it is hidden from screen readers.
    """
    known = [
        (day, value)
        for day, value in points
        if value is not None and isfinite(value) and abs(value) <= LARGEST
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture spark" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'width="{WIDTH:g}" height="{HEIGHT:g}" aria-hidden="true" focusable="false">'
    )
    if not known:
        middle = HEIGHT / 2
        dots = line((0, middle), (WIDTH, middle), "daily", EDGE, ' stroke-dasharray="2 3"')
        return f"{head}{dots}</svg>"
    first = known[0][0]
    last = max(known[-1][0], start + timedelta(weeks=6))
    span = max((last - first).days, 1)
    values = [value for _, value in known] + list(band or ())
    low, high = min(values), max(values)
    reach = high - low or 1.0

    def x(day: date) -> float:
        return AIR + (day - first).days / span * (WIDTH - 2 * AIR)

    def y(value: float) -> float:
        return HEIGHT - AIR - ((value - low) / reach if high > low else 0.5) * (HEIGHT - 2 * AIR)

    edge = min(max(x(start), 0.0), WIDTH)
    parts = [box((edge, 0), (WIDTH, HEIGHT), "window", WASH)]
    if band and edge > AIR:
        parts.append(box((0, y(band[1])), (edge, y(band[0])), "band", BAND))
    corners: list[Corner] = [(x(day), y(value)) for day, value in known]
    parts.append(path([corners], "pilot", INK, 1.25))
    parts.append(mark(*corners[-1], 2.4, "ordinary", up=True))
    return head + "".join(parts) + "</svg>"
