"""What was agreed before the start: who said what success is, when they signed, what they say now that it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import long_date

if TYPE_CHECKING:
    from pilots.models import Judgement
    from pilots.outcome_page.seen import Seen

_SHAPES = {"yes": ("tick", "tag-good"), "partly": ("half", ""), "no": ("cross", "tag-concern")}


@dataclass(frozen=True, slots=True)
class Voice:
    """One person's words, with what came of them. ``judged`` is what they said after the result."""

    words: str
    who: str
    role: str
    note: str
    declined: str
    condition: str
    judged: dict[str, Any] | None


def voices(seen: Seen, judgements: list[Judgement]) -> list[Voice]:
    """Everybody who said what success is, in the order in which they answered; then who signed without a word."""
    signed = _newest(seen.facts["sign_offs"])
    said = seen.plan["success"]
    answered = _answered(seen)
    after = {one.stakeholder.name: one for one in judgements}
    silent = [name for name in signed if name not in {one["who"] for one in said}]
    told = [(one["who"], one["said"], one["declined_because"], one.get("taken_down_by", "")) for one in said]
    told += [(name, "", "", "") for name in silent if name in after]
    return [
        Voice(
            words=seen.text(words),
            who=_who(seen, who, signed),
            role="" if seen.public else signed.get(who, {}).get("position", ""),
            note=_note(signed.get(who), answered.get(who), seen.text(taken_down_by)),
            declined=seen.text(declined),
            condition=seen.text(_condition(signed.get(who))),
            judged=judged(seen, after[who]) if who in after else None,
        )
        for who, words, declined, taken_down_by in told
    ]


def judged(seen: Seen, judgement: Judgement) -> dict[str, Any]:
    shape, tone = _SHAPES[judgement.meant]
    return {
        "shape": shape,
        "tone": tone,
        "meant": judgement.get_meant_display(),
        "words": seen.text(judgement.words),
        "at": judgement.at,
    }


def target_line(seen: Seen) -> str:
    """The target, the weeks, and how many signed, in one sentence."""
    plan = seen.plan
    count = len([one for one in _newest(seen.facts["sign_offs"]).values() if one["decision"] != "decline"])
    start, last = (long_date(date.fromisoformat(plan[name])) for name in ("start", "last_day"))
    target = {
        "metric": plan["metric"]["name"],
        "target": seen.scale.agreed(plan["target"]),
        "start": start,
        "last": last,
    }
    agreed = _("%(metric)s at %(target)s, judged from %(start)s to %(last)s.") % target
    signed = ngettext("%(count)s person signed that.", "%(count)s people signed that.", count) % {
        "count": count
    }
    return f"{agreed} {signed}"


def _newest(sign_offs: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {signature["name"]: signature for signature in sign_offs}


def _answered(seen: Seen) -> dict[str, str]:
    return {one["who"]: one["at"] for one in reversed(seen.facts.get("answers", []))}


def _who(seen: Seen, name: str, signed: dict[str, dict[str, Any]]) -> str:
    if not seen.public:
        return name
    return signed.get(name, {}).get("position") or seen.text(name)


def _note(signature: dict[str, Any] | None, answered: str | None, taken_down_by: str) -> str:
    stances = {"sceptic": _("sceptic"), "champion": _("champion")}
    parts = [stances.get((signature or {}).get("stance", ""), "")]
    if taken_down_by:
        parts.append(_("said in person, written down by %(who)s") % {"who": taken_down_by})
    if answered:
        parts.append(_("said so on %(day)s") % {"day": long_date(parse_datetime(answered))})
    if signature:
        words = {
            "approve": _("signed on %(day)s"),
            "condition": _("signed on a condition on %(day)s"),
            "decline": _("declined on %(day)s"),
        }[signature["decision"]]
        parts.append(words % {"day": long_date(parse_datetime(signature["at"]))})
    return " · ".join(part for part in parts if part)


def _condition(signature: dict[str, Any] | None) -> str:
    return signature["words"] if signature and signature["decision"] == "condition" else ""
