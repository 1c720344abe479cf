"""What the plan as amended would say of the figures. It stands second, below the verdict, and is marked as such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime

from accounts.templatetags.pilotlight import long_date
from metrics.groups import withheld
from metrics.verdict_words import Scale, Told
from pilots.plan_changes import plan_changes
from pilots.words import result_of, scale_of, shown_of, told_of

if TYPE_CHECKING:
    from pilots.models import Pilot
    from pilots.words import Look


def second(look: Look) -> dict[str, str] | None:
    """Verdict and sentence by the amended plan; None where nothing that is judged was amended."""
    facts = look.facts.get("amended")
    plan = look.pilot.as_amended()
    if facts is None or plan is look.pilot:
        return None
    if plan.series_id != look.pilot.series_id and shown_of(plan, look.today).is_small(plan.series_id):
        facts = withheld(facts)
    return _told(facts, scale_of(plan), told_of(plan))


def amendments(pilot: Pilot, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """For an outcome, from its frozen facts: what was amended, when and why, and what the last of it would say."""
    before, told, read = facts["plan"], [], facts["reading"].get("amended")
    for one in facts.get("amendments", []):
        entry: dict[str, Any] = {
            "day": long_date(parse_datetime(one["in_force_at"])),
            "reason": one["reason"],
            "changes": plan_changes(before, one["plan"]),
        }
        if read and read["number"] == one["number"]:
            entry |= _second_of(pilot, one["plan"], read, stopped=not facts["reading"]["final"])
        told.append(entry)
        before = one["plan"]
    return told


def _second_of(pilot: Pilot, plan: dict[str, Any], read: dict[str, Any], *, stopped: bool) -> dict[str, str]:
    metric = plan["metric"]
    scale = Scale(
        metric["name"], metric["unit"], metric["decimals"], metric["kind"], plan.get("in_words", "")
    )
    told = Told(
        plan["target"], ramp=bool(plan.get("ramp_weeks")), compared=bool(plan["comparison"]), stopped=stopped
    )
    # Of people whom the launched plan did not measure nobody checked how many they are.
    found = _told(read if read["series"] == pilot.series_id else withheld(read), scale, told)
    return {"verdict": found["verdict"], "second": found["sentence"]}


def _told(facts: dict[str, Any], scale: Scale, told: Told) -> dict[str, str]:
    result = result_of(scale, facts, told)
    return {"verdict": facts["verdict"], "sentence": f"{result.headline} {result.lede}".strip()}
