"""One outcome, and one line of it for lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime

from pilots.agreement_page import plan_lines
from pilots.amended_words import amendments
from pilots.outcome_page import agreed, evidence, since
from pilots.outcome_page.picture import picture
from pilots.outcome_page.seen import Seen
from pilots.outcome_page.worth import unstated, worth

if TYPE_CHECKING:
    from pilots.models import Outcome


def outcome_line(outcome: Outcome) -> dict[str, Any]:
    """One outcome in a list: the sentence, the verdict, the decision."""
    seen = Seen(outcome)
    return {
        "outcome": outcome,
        "sentence": seen.line,
        "verdict": outcome.verdict,
        "decision": outcome.decision,
    }


def outcome_page(outcome: Outcome, *, public: bool = False) -> dict[str, Any]:
    """Everything that the page, the shared page and the document say."""
    seen = Seen(outcome, public=public)
    addenda = list(outcome.addenda.all())
    judgements = list(outcome.judgements.select_related("stakeholder"))
    decision = seen.decision
    return {
        "outcome": outcome,
        "pilot": outcome.pilot,
        "title": seen.text(seen.plan["title"]),
        "result": seen.result,
        "grade": evidence.grade(seen),
        "start": seen.start,
        "last_day": seen.plan["last_day"],
        "stopped": _stopped(seen),
        "picture": picture(seen),
        "target_line": agreed.target_line(seen),
        "voices": agreed.voices(seen, judgements),
        "evidence": evidence.rows(seen),
        "worth": worth(seen, outcome.worths.last()),
        "unstated": unstated(),
        "plan_lines": [(term, seen.text(words)) for term, words in plan_lines(seen.plan)],
        "decision": {
            **decision,
            **{name: seen.text(decision.get(name, "")) for name in ("learned", "reason", "next_step")},
        },
        "decided_by": "" if public else decision["by"],
        "decided_at": parse_datetime(decision["at"]),
        "plan": seen.plan,
        "later": since.later(seen, addenda),
        "next_look": outcome.next_look(),
        "changed_since": since.changed_since(addenda),
        "amendments": [
            {**one, "reason": seen.text(one["reason"])} for one in amendments(outcome.pilot, seen.facts)
        ],
    }


def _stopped(seen: Seen) -> dict[str, Any] | None:
    told = seen.facts.get("stopped")
    if not told:
        return None
    return {"at": parse_datetime(told["at"]), "reason": seen.text(told["reason"])}
