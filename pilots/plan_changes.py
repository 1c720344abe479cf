"""What changed between two plans, line by line, in the words that people signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.canonical import canonical_json
from accounts.models import Person
from accounts.templatetags.pilotlight import long_date
from pilots.agreement_page import plan_lines, rule_lines
from pilots.changes import Line, changes
from pilots.models import SignOff
from pilots.models.answer import PlanLine
from pilots.plan import plan_facts

if TYPE_CHECKING:
    from pilots.models import Pilot, PlanVersion, Stakeholder

type Facts = dict[str, Any]

#: So many lines are named in a letter; the page shows all of them.
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the plan that says something else: its term, and what went and what came."""

    term: str
    lines: list[Line]


def plan_changes(before: Facts, after: Facts) -> list[Change]:
    """Every line of the plan that differs, in the plan's own order; empty when the same is agreed."""
    old, new = dict(_told(before)), dict(_told(after))
    if before["owner"] != after["owner"]:
        names = Person.objects.in_bulk([before["owner"], after["owner"]])
        old[_("Owner")], new[_("Owner")] = (str(names.get(facts["owner"], "")) for facts in (before, after))
    terms = dict.fromkeys([*new, *old])
    return [
        Change(term, changes(old.get(term, ""), new.get(term, "")) or [])
        for term in terms
        if old.get(term, "") != new.get(term, "")
    ]


def draft(pilot: Pilot) -> Facts:
    """The plan as it stands, as a version would hold it."""
    facts: Facts = json.loads(canonical_json(plan_facts(pilot)))
    return facts


def since_signed(stakeholder: Stakeholder, version: PlanVersion) -> tuple[SignOff, list[Change]] | None:
    """What changed for somebody who decided on an earlier version: that decision, and the lines that differ."""
    earlier = (
        SignOff.objects.filter(stakeholder=stakeholder, plan_version__number__lt=version.number)
        .select_related("plan_version")
        .order_by("-plan_version__number")
        .first()
    )
    return (earlier, plan_changes(earlier.plan_version.facts, version.facts)) if earlier else None


def asked_again(stakeholder: Stakeholder, version: PlanVersion) -> str:
    """For the letter with a newer version: what became of the one before it, and which lines say something else since.

    Empty for whoever was asked to sign none before.
    """
    if found := since_signed(stakeholder, version):
        signed, changed = found
        shown = _("The page shows what is different.") if changed else ""
        return " ".join(filter(None, [_decided(signed), _which(changed), shown]))
    sent = stakeholder.links.filter(plan_version__number__lt=version.number).select_related(
        "plan_version", "deputy"
    )
    earlier = sent.order_by("-pk").first()
    if earlier is None or earlier.plan_version is None:
        return ""
    told = {"number": earlier.plan_version.number, "name": earlier.holder}
    before = _("It takes the place of version %(number)s, which you were asked to sign before.") % told
    if earlier.deputy:
        before = _("You had asked %(name)s to decide on version %(number)s; this one comes to you.") % told
    return f"{before} {_which(plan_changes(earlier.plan_version.facts, version.facts))}".strip()


def _decided(signed: SignOff) -> str:
    told = {
        "number": signed.plan_version.number,
        "day": long_date(signed.stakeholder.pilot.organisation.day_of(signed.at)),
        "name": signed.deputy.name if signed.deputy else "",
    }
    match signed.decision == "decline", signed.deputy is not None:
        case True, True:
            return _("%(name)s declined version %(number)s in your place on %(day)s.") % told
        case True, False:
            return _("You declined version %(number)s on %(day)s.") % told
        case False, True:
            return _("%(name)s signed version %(number)s in your place on %(day)s.") % told
    return _("You signed version %(number)s on %(day)s.") % told


def _which(changed: list[Change]) -> str:
    """The first of the lines that changed, by name."""
    if not changed:
        return ""
    named, more = "; ".join(one.term for one in changed[:_NAMED]), len(changed) - _NAMED
    if more <= 0:
        return _("Since then this changed: %(lines)s.") % {"lines": named}
    return ngettext(
        "Since then this changed: %(lines)s; and %(count)s line more.",
        "Since then this changed: %(lines)s; and %(count)s lines more.",
        more,
    ) % {"lines": named, "count": more}


def _told(facts: Facts) -> Iterator[tuple[str, str]]:
    yield _("Title"), facts["title"]
    yield from plan_lines(facts, rule=False)
    for verdict, decision in rule_lines(facts):
        yield _("If: %(verdict)s") % {"verdict": verdict.lower()}, decision
    for number, said in enumerate(facts["success"], 1):
        term = _("%(who)s’s answer") % {"who": said["who"]}
        if "taken_down_by" in said:
            term = _("%(term)s, taken down by %(name)s") % {"term": term, "name": said["taken_down_by"]}
        if said["said"]:
            term = f"{term} ({number}): “{Truncator(said['said']).chars(80)}”"
        where = f"{PlanLine(said['line']).label}: " if "line" in said else ""
        words = said["delivered_by"] or _("Not delivered: %(why)s") % {"why": said["declined_because"]}
        yield term, where + words
