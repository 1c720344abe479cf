"""What stands around each step of planning: the five steps, and the plan so far as one sentence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pilots.hypothesis import hypothesis
from pilots.steps import steps
from pilots.words import Look

if TYPE_CHECKING:
    from pilots.models import Pilot, Stakeholder


def plan_so_far(
    pilot: Pilot, step: str, at: datetime, people: list[Stakeholder] | None = None
) -> dict[str, Any]:
    """For ``pilots/plan/step.html`` and what it includes; nothing for a plan that is fixed already."""
    look = Look(pilot, at)
    if look.stage != "planning":
        return {"step": step}
    all_steps = steps(pilot, step, people)
    now = next(one for one in all_steps if one.now)
    place = all_steps.index(now)
    return {
        "step": step,
        "steps": all_steps,
        "sentence": hypothesis(look),
        "missing": now.missing,
        "after": all_steps[place + 1] if place + 1 < len(all_steps) else None,
    }
