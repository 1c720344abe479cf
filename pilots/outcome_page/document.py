"""The outcome as a document (PDF/UA-1, A4 or Letter) and its picture as PNG, both set by Typst."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import typst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import decision_word, long_date, verdict_word

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

type Paper = Literal["a4", "us-letter"]

_HERE: Final = Path(__file__).parent
_FONTS: Final = [_HERE.parent / "fonts"]
_DOTS: Final = 144.0  # per inch


def document(page: dict[str, Any], *, organisation: str, paper: Paper = "a4") -> bytes:
    """The PDF of what ``outcome_page`` gathered. Every text is data to the template: none of it is set as code."""
    told = {
        **_told(page),
        "organisation": organisation,
        "paper": paper,
        "words": _words(),
        "language": (get_language() or "en")[:2],
    }
    inputs = {"data": json.dumps(told, default=str)}
    try:
        return _set("outcome.typ", inputs, pdf_standards=["ua-1"])
    except typst.TypstError:
        # A letter that no font at hand can show: readers can do without, the standard cannot.
        return _set("outcome.typ", inputs)


def png(picture: dict[str, Any]) -> bytes:
    """The wide picture, as an image for a mail or a slide."""
    return _set("picture.typ", {"picture": _own_fonts(picture["wide"])}, format="png", ppi=_DOTS)


def _set(template: str, inputs: dict[str, str], **how: Any) -> bytes:
    made = typst.compile(
        _HERE / template, sys_inputs=inputs, font_paths=_FONTS, ignore_system_fonts=True, **how
    )
    return bytes(made)


def _own_fonts(svg: SafeString | str) -> str:
    """The drawing with the fonts that a document carries instead of those of a browser."""
    return str(svg).replace('font-family="', 'font-family="Pilotlight Sans,')


def _told(page: dict[str, Any]) -> dict[str, Any]:
    decision, grade, worth, picture = page["decision"], page["grade"], page["worth"], page["picture"]
    stopped, changed = page["stopped"], page["changed_since"]
    decided = {
        "day": long_date(page["decided_at"]),
        "number": page["plan"]["number"],
        "name": page["decided_by"],
    }
    frozen = (
        _("Decided by %(name)s on %(day)s, by plan version %(number)s; frozen that day")
        if page["decided_by"]
        else _("Decided on %(day)s, by plan version %(number)s; frozen that day")
    )
    return {
        "title": page["title"],
        "headline": page["result"].headline,
        "lede": page["result"].lede,
        "verdict": verdict_word(page["outcome"].verdict),
        "grade": grade.word,
        "decided": decision_word(decision["decision"]),
        "because": _because(decision),
        "stopped": _("Stopped on %(day)s: %(why)s") % {"day": long_date(stopped["at"]), "why": stopped["reason"]} if stopped else "",
        "newer": _("The source says something else by now about %(days)s of the days.") % changed if changed else "",
        "picture": _own_fonts(picture["wide"]) if picture else "",
        "described": picture["text"] if picture else "",
        "caption": picture["caption"] if picture else "",
        "target": page["target_line"],
        "voices": [_voice(one) for one in page["voices"]],
        "evidence": [[_("Evidence"), f"{grade.word} · {grade.why}"], *page["evidence"]],
        "worth": {"sentence": worth.sentence, "rows": worth.rows, "notes": worth.notes} if worth else {
            "sentence": page["unstated"], "rows": [], "notes": [],
        },
        "learned": [row for row in [(_("Learned"), decision["learned"]), (_("Next"), decision["next_step"])] if row[1]],
        "later": [[long_date(one.at), f"{one.word} · {one.words}"] for one in page["later"]],
        "plan": page["plan_lines"],
        "frozen": frozen % decided,
        "sha256": page["outcome"].sha256,
        "footer": page["result"].headline,
    }  # fmt: skip


def _because(decision: dict[str, Any]) -> str:
    if decision["decision"] == decision["recommended"]:
        return _("That is what was agreed for such a result.")
    return _("What was agreed for such a result was: %(rule)s. The reason to decide otherwise: %(why)s") % {
        "rule": decision_word(decision["recommended"]).lower(),
        "why": decision["reason"],
    }


def _voice(voice: Any) -> dict[str, Any]:
    more = []
    if voice.condition:
        more.append(_("The condition: “%(words)s”") % {"words": voice.condition})
    if voice.declined:
        more.append(_("Openly declined at the time: %(words)s") % {"words": voice.declined})
    if voice.judged:
        quoted = f" “{voice.judged['words']}”" if voice.judged["words"] else ""
        more.append(_("After the result: %(meant)s") % {"meant": voice.judged["meant"]} + quoted)
    return {"words": voice.words, "who": voice.who, "role": voice.role, "note": voice.note, "more": more}


def _words() -> dict[str, str]:
    return {
        "verdict": _("Verdict:"),
        "evidence": _("Evidence:"),
        "decided": _("Decided:"),
        "newer": _("Newer data exist."),
        "agreed": _("What was agreed before the start"),
        "sure": _("How sure we are, and why"),
        "worth": _("What it is worth"),
        "after": _("What was decided, learned, and comes next"),
        "since": _("Since the decision"),
        "plan": _("The plan that it was judged by"),
    }
