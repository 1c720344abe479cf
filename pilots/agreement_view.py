"""What the page of the agreement shows: before the launch the plan and who signs it, afterwards what holds and what was amended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.access import Verb
from pilots.agreement_page import rule_lines, signed_under, signers
from pilots.plan_changes import draft, plan_changes

if TYPE_CHECKING:
    from accounts.models import Membership
    from pilots.models import Pilot


def agreement_page(pilot: Pilot, membership: Membership) -> dict[str, Any]:
    versions = list(pilot.plan_versions.select_related("cut_by"))
    version = versions[0] if versions else None
    may_plan = membership.may(Verb.PLAN)
    context = {"pilot": pilot, "step": "agreement", "may_plan": may_plan, "versions": versions,
               "rule": rule_lines({"decision_rule": pilot.decision_rule})}  # fmt: skip
    if pilot.has("launch"):
        return {**context, **_while_it_runs(pilot, may_plan=may_plan)}
    current = version is not None and version.sha256 == pilot.plan_digest()
    named = signers(pilot, signed_under(pilot, version if current else None))
    return {
        **context,
        "version": version,
        "current": current,
        "signers": named,
        "waiting": [one for one in named if one.waited_for],
        "missing": pilot.reason_not_to_request_sign_off(),
        "changes": plan_changes(version.facts, draft(pilot)) if version and not current else None,
        "asked_again": [one for one in named if one.sign_off and one.stale],
    }


def _while_it_runs(pilot: Pilot, *, may_plan: bool) -> dict[str, Any]:
    """The version that holds, and a change of it that waits for signatures."""
    version = pilot.version_in_force()
    amendments = list(pilot.amendments.select_related("plan_version", "by"))
    proposed = next((one for one in amendments if not (one.in_force_at or one.withdrawn_at)), None)
    asked = signers(pilot, proposed.plan_version_id) if proposed else []
    return {
        "version": version,
        "current": True,
        "signers": signers(pilot, version.pk),
        "amendments": [one for one in amendments if one.in_force_at],
        "proposed": proposed,
        "proposed_changes": plan_changes(version.facts, proposed.plan_version.facts) if proposed else [],
        "asked": [one for one in asked if one.stakeholder.sign_off_required],
        "may_amend": may_plan and not proposed and not (pilot.has("outcome") or pilot.has("stop")),
    }
