"""The plan and its signatures as people read them: on the agreement, the signing page and the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import figure, long_date, long_time
from accounts.templatetags.words import DECISIONS, VERDICTS
from metrics.models.metric import Cadence, Direction, MetricKind
from pilots.models.agreement import SignOff
from pilots.models.answer import PlanLine
from pilots.models.delegation import Delegation
from pilots.models.pilot import ComparisonChoice

if TYPE_CHECKING:
    from pilots.models import Pilot, PlanVersion, Stakeholder


@dataclass(frozen=True, slots=True)
class Signer:
    stakeholder: Stakeholder
    sign_off: SignOff | None
    stale: bool
    # Whom they asked to decide instead: ``pk`` and ``name``.
    deputy: dict[str, Any] | None = None

    @property
    def undecided(self) -> bool:
        return self.sign_off is None or self.stale

    @property
    def waited_for(self) -> bool:
        return self.stakeholder.sign_off_required and self.undecided


def signers(pilot: Pilot, standing: int | None) -> list[Signer]:
    """Everybody named, with their newest signature, and whether it is under the version that is ``standing``."""
    signed = SignOff.objects.filter(stakeholder__pilot=pilot).select_related(
        "plan_version", "condition", "deputy__stakeholder"
    )
    newest = {sign_off.stakeholder_id: sign_off for sign_off in signed.order_by("plan_version__number")}
    asked = Delegation.objects.standing().filter(stakeholder=OuterRef("pk"), plan_version=standing)
    people = pilot.stakeholders.annotate(
        deputy=Subquery(asked.values(told=JSONObject(pk="pk", name="name"))[:1])
    )
    return [
        Signer(
            stakeholder,
            one := newest.get(stakeholder.pk),
            stale=bool(one and one.plan_version_id != standing),
            deputy=stakeholder.deputy,  # type: ignore[attr-defined]
        )
        for stakeholder in people
    ]


def signed_at_launch(pilot: Pilot) -> list[Signer]:
    """Who signed the version that a pilot runs under; whoever did not have to and did not stands on the agreement's page."""
    if not pilot.has("launch"):
        return []
    signed = SignOff.objects.filter(plan_version=signed_under(pilot))
    joined = signed.select_related("stakeholder", "plan_version", "condition").order_by("pk")
    return [Signer(sign_off.stakeholder, sign_off, stale=False) for sign_off in joined]


def signed_under(pilot: Pilot, current: PlanVersion | None = None) -> int | None:
    """The version that says what the plan says: since the launch that which is in force, before it the ``current``."""
    if pilot.has("launch"):
        return pilot.amended.plan_version_id if pilot.amended else pilot.launch.plan_version_id
    return current.pk if current else None


def _parts(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The parts of the hypothesis, one by one."""
    return [
        (_("What is used"), facts.get("uses", "")),
        (_("The gap that it closes"), facts.get("gap", "")),
        (_("Why it should work"), facts.get("because", "")),
    ]


def signature_lines(signed: SignOff) -> list[tuple[str, str]]:
    """A signature as it has to be read wherever it is shown: who, when and where, what it means, under what."""
    rows = [
        (_("Name"), signed.printed_name),
        (_("Typed as"), signed.typed_name if signed.typed_name != signed.printed_name else ""),
        (_("Decision"), str(signed.get_decision_display())),
        (_("In their words"), signed.words),
        (_("What it means"), signed.meaning),
        (_("When"), signed_at(signed)),
        (_("Version"), str(signed.plan_version.number)),
        (_("Confirmed by"), _("a six-digit code, sent to their address at that moment") if signed.code_id else ""),
    ]  # fmt: skip
    return [(term, words) for term, words in rows if words]


def signed_at(signed: SignOff) -> str:
    """1 June 2026, 12:00, Europe/Berlin (UTC+02:00)"""
    zone = signed.time_zone or "UTC"
    moment = signed.at.astimezone(ZoneInfo(zone))
    offset = f"{moment:%z}"
    return f"{long_time(moment)}, {zone} (UTC{offset[:3]}:{offset[3:]})"


def rule_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The decision rule as the table that it is: what follows from which result."""
    rule = facts["decision_rule"]
    return [
        (str(words), str(DECISIONS[rule[verdict]])) for verdict, words in VERDICTS.items() if verdict in rule
    ]


def said_in(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """What success looks like to whom, with the line of the plan where one reads that it is delivered."""
    return [
        {**said, "where": PlanLine(said["line"]).label if said.get("line") else ""}
        for said in facts["success"]
    ]


def plan_lines(facts: dict[str, Any], *, rule: bool = True, parts: bool = True) -> list[tuple[str, str]]:
    """A plan version in words, line by line.

    Without ``rule`` the decision rule is left for a table of its own, without ``parts`` what the plan's sentence says.
    """
    metric = facts["metric"] or {}
    lines = [
        (_("The problem"), facts["problem"]),
        (_("Who sees it"), facts["visible_because"]),
        (_("What the AI does"), facts["ai_use"]),
        *(_parts(facts) if parts else ()),
        (_("Who takes part"), _audience(facts)),
        (
            _("The one metric"),
            " ".join(filter(None, [metric.get("name"), metric.get("meaning") and f"({metric['meaning']})"])),
        ),
        (_("How it is read"), _reading(metric)),
        (_("Who is measured"), facts["population"] or ""),
        (_("Baseline"), _baseline(facts)),
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
        (_("What follows"), _rule(facts["decision_rule"]) if rule else ""),
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


def _reading(metric: dict[str, Any]) -> str:
    """How often the metric comes, which way is better, and how it is written."""
    if not metric:
        return ""
    kind = str(MetricKind(metric["kind"]).label).partition(" (")[0]
    decimals = ngettext("%(count)s decimal", "%(count)s decimals", metric["decimals"]) % {
        "count": metric["decimals"]
    }
    told = {
        "cadence": Cadence(metric["cadence"]).label,
        "kind": kind,
        "direction": Direction(metric["direction"]).label,
    }
    return _("%(cadence)s, %(kind)s; %(direction)s; told with %(decimals)s") % {**told, "decimals": decimals}


def essence(facts: dict[str, Any]) -> str:
    """The plan in a breath, for whoever reads it on a phone: the one number, how far, by when."""
    metric = facts["metric"]
    if not metric or facts["target"] is None or not facts["last_day"]:
        return ""
    return _("One number decides: %(metric)s, %(target)s by %(day)s.") % {
        "metric": metric["name"],
        "target": figure(facts["target"], metric["unit"], metric["decimals"]),
        "day": long_date(date.fromisoformat(facts["last_day"])),
    }


def _baseline(facts: dict[str, Any]) -> str:
    """The days before the start that it is measured against."""
    metric = facts["metric"]
    if not metric or not facts["start"]:
        return ""
    start, rhythm = date.fromisoformat(facts["start"]), Cadence(metric["cadence"])
    first = (
        date.fromisoformat(facts["baseline_start"])
        if facts["baseline_start"]
        else start - rhythm.most_baseline * rhythm.step
    )
    return _("%(start)s to %(end)s") % {
        "start": long_date(first),
        "end": long_date(start - timedelta(days=1)),
    }


def _rule(rule: dict[str, str]) -> str:
    return "; ".join(
        f"{words}: {str(DECISIONS[rule[verdict]]).lower()}"
        for verdict, words in VERDICTS.items()
        if verdict in rule
    )
