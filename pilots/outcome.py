"""What an outcome rests on, in plain facts: frozen at the decision, and all that the outcome page shows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models import Pilot, Reading


def frozen(
    pilot: Pilot, reading: Reading, *, decision: str, recommended: str, by: Person, at: datetime, **words: str
) -> dict[str, Any]:
    """Plan, agreement, reading, series and decision, as they are at the moment of the decision."""
    return {
        "plan": {
            "number": reading.plan_version.number,
            "sha256": reading.plan_version.sha256,
            **reading.plan_version.facts,
        },
        "reading": {
            "day": reading.day,
            "final": reading.final,
            "series_sha256": reading.series_sha256,
            **reading.facts,
        },
        "series": _points(pilot, pilot.series),
        "comparison_series": _points(pilot, pilot.comparison),
        "sign_offs": _sign_offs(pilot),
        "review": _review(pilot),
        "decision": {"decision": decision, "recommended": recommended, "by": by.name, "at": at, **words},
    }


def _points(pilot: Pilot, series: Any) -> list[list[Any]]:
    if series is None or pilot.metric is None or pilot.start is None or pilot.end is None:
        return []
    begin = pilot.baseline_start or pilot.start - pilot.metric.rhythm.most_baseline * pilot.metric.rhythm.step
    points = series.points(begin, pilot.end)
    return [[point.day, point.value, point.numerator, point.denominator, point.n] for point in points]


def _sign_offs(pilot: Pilot) -> list[dict[str, Any]]:
    from pilots.models import SignOff

    signed = (
        SignOff.objects.filter(stakeholder__pilot=pilot)
        .select_related("stakeholder", "plan_version")
        .order_by("pk")
    )
    return [
        {
            "name": sign_off.stakeholder.name,
            "position": sign_off.stakeholder.position,
            "stance": sign_off.stakeholder.stance,
            "decision": sign_off.decision,
            "words": sign_off.words,
            "at": sign_off.at,
            "version": sign_off.plan_version.number,
        }
        for sign_off in signed
    ]


def _review(pilot: Pilot) -> dict[str, int]:
    states = [item.state for item in pilot.content.all()]
    return {"items": len(states), "approved": states.count("approve")}
