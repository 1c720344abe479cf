"""What an outcome rests on, in plain facts: frozen at the decision, and all that the outcome page shows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pilots.models.baseline import known

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models import Pilot, Reading
    from pilots.models.baseline import Frozen


def frozen(
    pilot: Pilot, reading: Reading, *, decision: str, recommended: str, by: Person, at: datetime, **words: str
) -> dict[str, Any]:
    """Plan, agreement, reading, series and decision, as they are at the moment of the decision."""
    kept = pilot.frozen_points()
    stop = pilot.stop if pilot.has("stop") else None
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
        "series": _points(pilot, pilot.series, kept),
        "comparison_series": _points(pilot, pilot.comparison, kept),
        "reach": pilot.check_ins.filter(reach__isnull=False).values_list("reach", flat=True).last(),
        "answers": [{"who": one.stakeholder.name, "at": one.at} for one in _answers(pilot)],
        "amendments": _amendments(pilot),
        "sign_offs": _sign_offs(pilot),
        "launched_at": pilot.launch.at,
        **({"stopped": {"by": stop.by.name, "at": stop.at, "reason": stop.reason}} if stop else {}),
        "review": _review(pilot),
        "decision": {"decision": decision, "recommended": recommended, "by": by.name, "at": at, **words},
    }


def _points(pilot: Pilot, series: Any, frozen: Frozen) -> list[list[Any]]:
    """What was judged: the baseline as it was frozen, the window as it is known now."""
    if series is None or pilot.start is None or pilot.end is None:
        return []
    begin, start = pilot.baseline_days()
    before = frozen.get(series.pk) or known(series.pk, begin, start).by_day
    until = min(pilot.end, pilot.organisation.day_of(pilot.stop.at)) if pilot.has("stop") else pilot.end
    points = dict(before) | known(series.pk, start, until).by_day
    return [[day, *points[day]] for day in sorted(points)]


def _answers(pilot: Pilot) -> Any:
    from pilots.models import Answer

    return Answer.objects.filter(stakeholder__pilot=pilot).select_related("stakeholder").order_by("pk")


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


def _amendments(pilot: Pilot) -> list[dict[str, Any]]:
    """What was changed on the way, each with the plan that it led to."""
    return [
        {
            "number": one.number,
            "sha256": one.plan_version.sha256,
            "in_force_at": one.in_force_at,
            "reason": one.reason,
            "judged": one.is_judged,
            "plan": one.plan_version.facts,
        }
        for one in pilot.amendments.in_force().select_related("plan_version").order_by("number")
    ]


def _review(pilot: Pilot) -> dict[str, int]:
    """How many items there are, in how many AI had a hand, and how many of these are approved, and reached learners.

    What people made alone needs no review; what is released was approved then, which the database sees to.
    """
    from pilots.models import Release

    items = list(pilot.content.all())
    with_ai = [item for item in items if item.ai_use != "none"]
    released = Release.objects.filter(version__item__in=with_ai)
    return {
        "items": len(items),
        "with_ai": len(with_ai),
        "approved": sum(item.state == "approve" for item in with_ai),
        "released": released.values("version__item").distinct().count(),
    }
