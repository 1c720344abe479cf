"""One outcome as slides: its sentence with the picture as a native chart, then how sure, what it is worth, what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import long_date
from accounts.templatetags.words import VERDICTS
from metrics.charts import Picture, describe
from pilots.outcome_page import Seen, outcome_page
from pilots.outcome_page.picture import drawn
from pilots.slides.charts import Line, Lines
from pilots.slides.deck import Deck, Page

if TYPE_CHECKING:
    from pilots.models import Outcome

LONGEST: Final = 320


def outcome_deck(outcome: Outcome, *, template: bytes | None) -> bytes:
    page, seen = outcome_page(outcome), Seen(outcome)
    picture = drawn(seen)
    result = page["result"]
    foot = " · ".join(
        [
            outcome.pilot.title,
            _("decided on %(day)s") % {"day": long_date(page["decided_at"])},
            f"SHA-256 {outcome.sha256[:8]}…{outcome.sha256[-4:]}",
        ]
    )
    first = Page(
        result.headline, result.lede, chart=_chart(picture) if picture else None, foot=foot,
        said=describe(picture) if picture else "",
    )  # fmt: skip
    second = Page(
        _("How sure we are, and what follows"),
        table=[(_("Question"), _("Answer")), *_rows(outcome, page)],
        foot=foot,
    )
    return Deck(template, [first, second]).write()


def _chart(picture: Picture) -> Lines:
    """The same points as in the picture: the pilot's, the others', the target; withheld ones stay gaps."""
    points = dict(picture.points)
    others = dict(picture.comparison)
    days = sorted(points.keys() | others.keys())
    means = {day: value for run in picture.means for day, value in run}
    lines = [
        Line(
            picture.pilot_label,
            [points.get(day) for day in days],
            *(("edge", False, 0.75) if means else ("good", False, 2.5)),
        )
    ]
    if means:
        name = f"{picture.pilot_label}, {picture.words.mean}"
        lines.append(Line(name, [means.get(day) for day in days], "good", points=2.5))
    if others:
        lines.append(Line(picture.comparison_label, [others.get(day) for day in days], "muted", points=0.75))
    if picture.target is not None:
        lines.append(Line(picture.words.target, [picture.target] * len(days), "ordinary", dashed=True))
    unit = f'" {picture.unit}"' if picture.unit else ""
    places = "." + "0" * picture.decimals if picture.decimals else ""
    begins = _("The six weeks begin on %(day)s") % {"day": long_date(picture.start)}
    return Lines(days, lines, f"#,##0{places}{unit}", begins)


def _rows(outcome: Outcome, page: dict[str, Any]) -> list[tuple[str, str]]:
    decision, worth = page["decision"], page.get("worth")
    rows = [
        (_("Verdict"), str(VERDICTS.get(outcome.verdict, outcome.verdict))),
        *[(str(row[0]), str(row[1])) for row in page["evidence"][:4]],
        (_("What it is worth"), worth.sentence if worth else _("Nobody has said what it is worth in money.")),
        (_("Decision"), f"{outcome.get_decision_display()}. {decision['learned']}"),
        (_("What comes next"), decision.get("next_step", "")),
    ]
    return [(term, _short(words)) for term, words in rows if words]


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[:LONGEST].rsplit(' ', 1)[0]}…"
