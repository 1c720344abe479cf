"""One outcome as slides: its sentence with the picture as a native chart, how sure we are and why, then what follows."""

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
    sure = _table(_("How sure we are, and why"), _sure(outcome, page), foot)
    follows = _table(_("What it is worth, and what follows"), _follows(outcome, page), foot)
    return Deck(template, [first, sure, follows]).write()


def _table(sentence: str, rows: list[tuple[str, str]], foot: str) -> Page:
    told = [(term, _short(words)) for term, words in rows if words]
    return Page(sentence, table=[(_("Question"), _("Answer")), *told], foot=foot)


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


def _sure(outcome: Outcome, page: dict[str, Any]) -> list[tuple[str, str]]:
    """All that the page says of it: a reservation that is left out is no reservation."""
    grade = page["grade"]
    return [
        (_("Verdict"), str(VERDICTS.get(outcome.verdict, outcome.verdict))),
        (_("Evidence"), f"{grade.word} · {grade.why}"),
        *page["evidence"],
    ]


def _follows(outcome: Outcome, page: dict[str, Any]) -> list[tuple[str, str]]:
    decision, worth = page["decision"], page["worth"]
    return [
        (_("What it is worth"), worth.sentence if worth else page["unstated"]),
        (_("Decision"), f"{outcome.get_decision_display()}. {decision['learned']}"),
        (_("What comes next"), decision.get("next_step", "")),
        *[(long_date(one.at), f"{one.word} · {one.words}") for one in page["later"]],
    ]


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[:LONGEST].rsplit(' ', 1)[0]}…"
