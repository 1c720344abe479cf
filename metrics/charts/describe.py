"""The picture in words, for those who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metrics.charts.text import THIN, clean, figure, trimmed

if TYPE_CHECKING:
    from datetime import date

    from metrics.charts.picture import Picture


def describe(picture: Picture) -> str:
    """A few sentences: what is normal, what was agreed, where it stands, what is likely."""
    return " ".join(
        part
        for part in (
            _before(picture),
            _agreed(picture),
            _now(picture),
            _others(picture),
            _likely(picture),
            _beyond(picture),
        )
        if part
    )


def _before(picture: Picture) -> str:
    words = picture.words
    if not picture.runs:
        return f"{words.nothing}."
    if picture.normal is None:
        return ""
    low, high = (_figure(picture, value) for value in picture.normal)
    return words.said_before.format(since=_day(picture, picture.baseline_start), low=low, high=high)


def _agreed(picture: Picture) -> str:
    words = picture.words
    start, last = _day(picture, picture.start), _day(picture, date_before(picture.end))
    if picture.target is None:
        return words.said_window.format(start=start, last=last) if picture.windowed else ""
    target = _unbroken(trimmed(picture.target, clean(picture.unit), picture.decimals))
    if not picture.windowed:
        return words.said_aim.format(target=target)
    return words.said_target.format(start=start, last=last, target=target)


def _now(picture: Picture) -> str:
    if picture.last is None:
        return ""
    day, value = picture.last
    words = picture.words
    where = ""
    if picture.normal is not None:
        where = {"ordinary": words.said_ordinary, "good": words.said_good, "concern": words.said_concern}[
            picture.tone(value)
        ]
    said = words.said_now if picture.windowed else words.said_it
    return said.format(
        who=clean(picture.pilot_label), value=_figure(picture, value), day=_day(picture, day), where=where
    )


def _others(picture: Picture) -> str:
    if not picture.comparison_runs:
        return ""
    _, value = picture.comparison_runs[-1][-1]
    return picture.words.said_others.format(
        who=clean(picture.comparison_label), value=_figure(picture, value)
    )


def _likely(picture: Picture) -> str:
    if picture.forecast is None or picture.last is None:
        return ""
    _, low, _middle, high = picture.forecast
    low, high = sorted((low, high))
    return picture.words.said_likely.format(low=_figure(picture, low), high=_figure(picture, high))


def _beyond(picture: Picture) -> str:
    said = picture.words.said_beyond
    return " ".join(
        said.format(value=_figure(picture, value), day=_day(picture, day)) for day, value in picture.beyond
    )


def date_before(day: date) -> date:
    return day.fromordinal(day.toordinal() - 1)


def _figure(picture: Picture, value: float) -> str:
    return _unbroken(figure(value, clean(picture.unit), picture.decimals))


def _unbroken(words: str) -> str:
    """In a sentence a figure must not part from its unit."""
    return words.replace(THIN, "\N{NARROW NO-BREAK SPACE}")


def _day(picture: Picture, day: date) -> str:
    return f"{day.day} {picture.words.long_months[day.month - 1]} {day.year}"
