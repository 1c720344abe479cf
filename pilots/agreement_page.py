"""The plan and its signatures as people read them: on the agreement, the signing page and the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import figure, long_date
from accounts.templatetags.words import DECISIONS, VERDICTS
from pilots.models.agreement import SignOff
from pilots.models.pilot import ComparisonChoice

if TYPE_CHECKING:
    from pilots.models import Pilot, PlanVersion, Stakeholder


@dataclass(frozen=True, slots=True)
class Signer:
    stakeholder: Stakeholder
    sign_off: SignOff | None
    stale: bool

    @property
    def waited_for(self) -> bool:
        return self.stakeholder.sign_off_required and (self.sign_off is None or self.stale)


def signers(pilot: Pilot, standing: int | None) -> list[Signer]:
    """Everybody named, with their newest signature, and whether it is under the version that is ``standing``."""
    signed = SignOff.objects.filter(stakeholder__pilot=pilot).select_related("plan_version", "condition")
    newest = {sign_off.stakeholder_id: sign_off for sign_off in signed.order_by("plan_version__number")}
    return [
        Signer(
            stakeholder,
            one := newest.get(stakeholder.pk),
            stale=bool(one and one.plan_version_id != standing),
        )
        for stakeholder in pilot.stakeholders.all()
    ]


def signed_under(pilot: Pilot, current: PlanVersion | None = None) -> int | None:
    """The version that says what the plan says: since the launch that which it runs under, before it the ``current``."""
    if pilot.has("launch"):
        return pilot.launch.plan_version_id
    return current.pk if current else None


def plan_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """A plan version in words, line by line."""
    metric = facts["metric"] or {}
    lines = [
        (_("The problem"), facts["problem"]),
        (_("Who sees it"), facts["visible_because"]),
        (_("What the AI does"), facts["ai_use"]),
        (_("Who takes part"), _audience(facts)),
        (
            _("The one metric"),
            " ".join(filter(None, [metric.get("name"), metric.get("meaning") and f"({metric['meaning']})"])),
        ),
        (_("Compared with"), _comparison(facts)),
        (
            _("Target"),
            figure(facts["target"], metric.get("unit", ""), metric.get("decimals", 1))
            if facts["target"] is not None
            else "",
        ),
        (_("How the result will be told"), facts.get("in_words", "")),
        (_("Six weeks"), _period(facts["start"], facts["last_day"])),
        (_("How the effect comes"), _path(facts)),
        (_("What follows"), _rule(facts["decision_rule"])),
    ]
    return [(term, words) for term, words in lines if words]


def _audience(facts: dict[str, Any]) -> str:
    if not facts["planned_reach"]:
        return str(facts["audience"])
    return _("%(audience)s, %(count)s people") % {
        "audience": facts["audience"] or _("everybody"),
        "count": facts["planned_reach"],
    }


def _path(facts: dict[str, Any]) -> str:
    from pilots.models.pilot import RampWeeks

    weeks = facts.get("ramp_weeks")
    return str(RampWeeks(weeks).label) if weeks else ""


def _comparison(facts: dict[str, Any]) -> str:
    comparison = facts["comparison"]
    if not comparison:
        return _("its own past: there is no comparison group")
    return f"{comparison['population']} ({ComparisonChoice(comparison['chosen']).label})"


def _period(start: str | None, last_day: str | None) -> str:
    if not start or not last_day:
        return ""
    days = {"start": long_date(date.fromisoformat(start)), "end": long_date(date.fromisoformat(last_day))}
    return _("%(start)s to %(end)s") % days


def _rule(rule: dict[str, str]) -> str:
    return "; ".join(
        f"{words}: {str(DECISIONS[rule[verdict]]).lower()}"
        for verdict, words in VERDICTS.items()
        if verdict in rule
    )
