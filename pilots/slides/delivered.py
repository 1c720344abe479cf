"""The executive portfolio as slides: the page's sentence and figures, every effect or how many of each kind, what came of each."""

from __future__ import annotations

from datetime import date
from itertools import batched
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import long_date
from metrics.charts.effects import percent
from pilots.delivered.page import GROUPS, delivered_words, effects_of, lines_of, tiles_of
from pilots.slides.charts import Bar, Bars
from pilots.slides.deck import Deck, Page

if TYPE_CHECKING:
    from metrics.charts import Effects
    from pilots.delivered import Chosen, Delivered
    from pilots.delivered.figures import Placed

MOST_BARS: Final = 14
ROWS: Final = 8
"""Pilots on one slide."""
MOST_ROWS: Final = 80
"""Pilots on all slides together, unless more than that went the wrong way: none of those is left out."""


def delivered_deck(
    found: Delivered, chosen: Chosen, *, organisation: str, today: date, template: bytes | None
) -> bytes:
    words = delivered_words(found)
    foot = " · ".join(filter(None, [organisation, chosen.words(), long_date(today), _counted()]))
    effects = effects_of(found)
    figures = [
        (f"{tile['count']}{' ' + str(tile['unit']) if tile.get('unit') else ''}", str(tile["label"]))
        for tile in tiles_of(found, chosen)
    ]
    pages = [
        Page(
            words["sentence"],
            words["lede"],
            figures,
            _chart(found, effects),
            foot=foot,
            said=effects.said if effects.effects else "",
        )
    ]
    return Deck(template, [*pages, *_each(found, foot)]).write()


def _chart(found: Delivered, effects: Effects) -> Bars | None:
    """A bar for each pilot with its range while there is room; else how many there are of each kind of result."""
    if 0 < len(effects.effects) <= MOST_BARS:
        return Bars(
            [
                Bar(
                    f"{one.name}  {percent(one.share)}",
                    round(100 * one.share),
                    one.tone,
                    100 * one.low,
                    100 * one.high,
                )
                for one in effects.effects
            ],
            '0" %"',
            _("Change as a share of the one that was agreed: 100 % is the target, 0 % no change"),
        )
    counts = [(kind, found.counts[kind]) for kind in GROUPS if found.counts[kind]]
    tones = {"win": "good", "harm": "concern"}
    return Bars(
        [Bar(str(GROUPS[kind]), count, tones.get(kind, "ordinary")) for kind, count in counts],  # type: ignore[arg-type]
        "#,##0",
        _("Pilots by what came of them"),
    )


def _each(found: Delivered, foot: str) -> list[Page]:
    """What came of each in their order on the page, on as many slides as it takes."""
    told = _told(found)
    if more := len(found.placed) - len(told):
        foot = f"{_('And %(count)s more on the page.') % {'count': f'{more:,}'}} {foot}"
    rows = [
        (line["outcome"].pilot.title, line["sentence"], line["outcome"].get_decision_display())
        for group in lines_of(told, found)
        for line in group["lines"]
    ]
    slides = list(batched(rows, ROWS))
    head = (_("Pilot"), _("What came of it"), _("Decision"))
    return [
        Page(_heading(number, len(slides)), table=[head, *some], foot=foot)
        for number, some in enumerate(slides, 1)
    ]


def _told(found: Delivered) -> list[Placed]:
    """All of them; of very many the first, and each that went the wrong way."""
    harms = [one for one in found.placed if one.kind == "harm"]
    others = [one for one in found.placed if one.kind != "harm"]
    return [*others[: max(0, MOST_ROWS - len(harms))], *harms]


def _heading(number: int, of: int) -> str:
    if of == 1:
        return _("What came of each pilot")
    return _("What came of each pilot, %(number)s of %(of)s") % {"number": number, "of": of}


def _counted() -> str:
    return _("counted among all pilots shown; money by conservative rules")
