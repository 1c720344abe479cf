"""The plan in facts: what is agreed, hashed and signed. No presentation, no ids of rows that may go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from accounts.lookup import Lookup

if TYPE_CHECKING:
    from django.db import models

    from pilots.models import Answer, Pilot


_HYPOTHESIS: Final = ("uses", "gap", "because")


def decision_rule() -> dict[str, str]:
    """The signed table from verdict to decision, as it begins."""
    return {
        "reached": "scale",
        "short": "change_course",
        "not_moved": "stop",
        "wrong_way": "stop",
        "unclear": "run_again",
    }


def plan_facts(pilot: Pilot) -> dict[str, Any]:
    """Everything that a stakeholder signs, in plain values.

    Changing any of it makes a new version. Who reviews, or how learner data is handled, has its own records.
    """
    metric = pilot.metric
    return {
        "title": pilot.title,
        "problem": pilot.problem,
        "visible_because": pilot.visible_because,
        # Only what was filled in: a plan that was signed before there were these fields keeps its hash.
        **{name: words for name in _HYPOTHESIS if (words := getattr(pilot, name))},
        "ai_use": pilot.ai_use,
        "audience": pilot.audience,
        "planned_reach": pilot.planned_reach,
        "owner": pilot.owner_id,
        "metric": metric
        and {
            "name": metric.name,
            "meaning": metric.meaning,
            "unit": metric.unit,
            "kind": metric.kind,
            "direction": metric.direction,
            "cadence": metric.cadence,
            "decimals": metric.decimals,
            **({"looks_back_days": metric.looks_back_days} if metric.looks_back_days else {}),
        },
        "population": pilot.series and pilot.series.group,
        "comparison": pilot.comparison
        and {"population": pilot.comparison.group, "chosen": pilot.comparison_choice},
        "target": pilot.target,
        "baseline_start": pilot.baseline_start,
        "start": pilot.start,
        "last_day": pilot.end and pilot.end - timedelta(days=1),
        # Only where it was chosen: a plan that was signed before there was a choice keeps its hash.
        **({"ramp_weeks": pilot.ramp_weeks} if pilot.ramp_weeks else {}),
        **({"in_words": pilot.in_words} if pilot.in_words else {}),
        "decision_rule": pilot.decision_rule,
        "success": _what_success_is(pilot),
    }


def _what_success_is(pilot: Pilot) -> list[dict[str, Any]]:
    return [
        {
            "who": answer.stakeholder.name,
            "said": answer.text,
            **({"taken_down_by": answer.taken_down_by.name} if answer.taken_down_by else {}),
            **({"line": answer.mapping.line} if answer.mapping.line else {}),
            "delivered_by": answer.mapping.delivered_by,
            "declined_because": answer.mapping.declined_because,
        }
        for answer in _ANSWERS.all(pilot.pk)
        if hasattr(answer, "mapping")
    ]


def _standing_answers() -> models.QuerySet[Answer]:
    from pilots.models import Answer
    from pilots.models.answer import AnswerQuerySet

    with_more = AnswerQuerySet(Answer).select_related("stakeholder", "mapping", "taken_down_by")
    return with_more.standing().order_by("pk")


_ANSWERS: Final = Lookup(_standing_answers, stakeholder__pilot=0)
