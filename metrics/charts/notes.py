"""The notes of check-ins: a small mark on the axis, and the words in rows below the dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metrics.charts.svg import INK, text
from metrics.charts.text import fit, short, width

if TYPE_CHECKING:
    from metrics.charts.frame import Format, Frame
    from metrics.charts.picture import Picture

ROWS = 4


def notes(picture: Picture, frame: Frame, form: Format) -> tuple[list[str], float]:
    """The parts, and where they end."""
    top = frame.bottom + form.size * 1.35
    step = form.size * 1.45
    rows: list[list[tuple[float, float]]] = []
    parts: list[str] = []
    left_out = 0
    for day, note in sorted(picture.marks, key=lambda mark: mark[0]):
        if not picture.baseline_start <= day < picture.end:
            continue
        x = frame.x(day, 0.5)
        parts.append(
            f'<path class="picture-ordinary" d="M{x:.1f} {frame.bottom - 5:.1f}l4 7h-8z" fill="{INK}"/>'
        )
        words = fit(f"{short(day, picture.words.months)} · {note}", form.size, form.width - 12)
        wide = width(words, form.size)
        start = max(min(x - 4, form.width - 4 - wide), 4.0)
        row = next(
            (
                n
                for n, taken in enumerate(rows)
                if all(start > right + 14 or start + wide < left - 14 for left, right in taken)
            ),
            len(rows),
        )
        if row >= ROWS:
            left_out += 1
            continue
        if row == len(rows):
            rows.append([])
        rows[row].append((start, start + wide))
        parts.append(text(start, top + (row + 1) * step, words))
    if left_out:
        said = picture.words
        more = said.one_more_note if left_out == 1 else said.more_notes.format(number=left_out)
        rows.append([])
        parts.append(text(form.width - 4, top + len(rows) * step, more, anchor="end"))
    return parts, top + len(rows) * step + form.size * 0.5
