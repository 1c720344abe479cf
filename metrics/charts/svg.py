"""The few marks the picture is made of.

Attributes carry the light colours, for mail and print; classes let ``static/css/picture.css`` restyle them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metrics.charts.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metrics.charts.labels import Corner

INK = "#1c1b19"
MUTED = "#625e56"
GOOD = "#0a6088"
CONCERN = "#a8480a"
WASH = "#f2efe8"
LATER = "#f8f6f1"
BAND = "#e4dfd4"
RULE = "#dad5cb"
EDGE = "#8a857b"
PAPER = "#fbfaf7"

COLOURS = {"ordinary": INK, "good": GOOD, "concern": CONCERN, "muted": MUTED}


def text(
    x: float, y: float, words: str, name: str = "muted", *, anchor: str = "start", bold: bool = False
) -> str:
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text class="picture-{name}" x="{x:.1f}" y="{y:.1f}" fill="{COLOURS[name]}"{at}{weight}>'
        f"{safe(words)}</text>"
    )


def box(start: Corner, end: Corner, name: str, colour: str) -> str:
    (left, top), (right, bottom) = start, end
    return (
        f'<rect class="picture-{name}" x="{left:.1f}" y="{top:.1f}" width="{max(right - left, 0):.1f}" '
        f'height="{max(bottom - top, 0):.1f}" fill="{colour}"/>'
    )


def plate(start: Corner, end: Corner) -> str:
    """Below words that stand on lines, so that they can be read."""
    return box(start, end, "plate", PAPER).replace("/>", ' fill-opacity=".85"/>')


def line(start: Corner, end: Corner, name: str, colour: str, extra: str = "") -> str:
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line class="picture-{name}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}"{extra}/>'
    )


def path(runs: Iterable[list[Corner]], name: str, colour: str, thickness: float) -> str:
    """Lines through the points; a stretch of one point is a dot as wide as the line is bold."""
    steps = "".join(
        "M" + "L".join([f"{x:.1f} {y:.1f}" for x, y in run]) + ("" if len(run) > 1 else "h.01")
        for run in runs
    )
    if not steps:
        return ""
    return (
        f'<path class="picture-{name}" d="{steps}" fill="none" stroke="{colour}" '
        f'stroke-width="{thickness:g}" stroke-linejoin="round" stroke-linecap="round"/>'
    )


def mark(x: float, y: float, size: float, tone: str, *, up: bool) -> str:
    """A point: a dot; a triangle where it is better than usual; a diamond where it is worse."""
    if tone == "ordinary":
        return f'<circle class="picture-ordinary" cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" fill="{INK}"/>'
    s = size * 1.35
    if tone == "concern":
        shape = f"M{x:.1f} {y - s:.1f}l{s:.1f} {s:.1f}-{s:.1f} {s:.1f}-{s:.1f}-{s:.1f}z"
    else:
        tip = -s if up else s
        shape = f"M{x:.1f} {y + tip:.1f}l{s:.1f} {-1.75 * tip:.1f}h-{2 * s:.1f}z"
    return f'<path class="picture-{tone}" d="{shape}" fill="{COLOURS[tone]}"/>'
