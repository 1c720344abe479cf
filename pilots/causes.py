"""Which flags a reading has a cause for, with the figures that say so. What people do, or do not do, is in ``waits``."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from pilots.models.flag_kind import FlagKind

if TYPE_CHECKING:
    from pilots.assessment import Course
    from pilots.models import Pilot

type Figures = dict[str, Any]

FIRST_WEEK: Final = timedelta(days=7)
_EVIDENCE: Final = ((FlagKind.NOT_MOVING, "not_moving_since"), (FlagKind.WRONG_WAY, "wrong_way_since"))


def causes(
    pilot: Pilot, facts: dict[str, Any], course: Course, today: date, *, conditions: int
) -> dict[str, Figures]:
    """Flags by kind. ``conditions``: how many that were asked for at signing are open."""
    found: dict[str, Figures] = {}
    # From an amendment on, what asks somebody to act goes by the plan that everybody signed last.
    second = facts.get("amended")
    facts, mark = (second, {"amended": True}) if second else (facts, {})
    if conditions:
        found[FlagKind.CONDITION_OPEN] = {"count": conditions}
    for kind, since in _EVIDENCE:
        if facts.get(since):
            found[kind] = {"since": facts[since], "latest": facts["latest"], **mark}
    assert pilot.start and pilot.end
    if today >= pilot.end or pilot.has("stop"):
        return found
    chance = facts.get("chance_of_target")
    low = chance is not None and 100 * chance < pilot.organisation.unlikely_below
    if low and today >= pilot.start + FIRST_WEEK:
        found[FlagKind.UNLIKELY] = {"chance": chance, "forecast": facts.get("forecast"), **mark}
    return found | _silence(pilot, course, today)


def _silence(pilot: Pilot, course: Course, today: date) -> dict[str, Figures]:
    """Values that are missing, and a source that does not answer: before values are missed, if it is paused."""
    source = getattr(pilot.metric, "source", None)
    missing_since = _missing_since(pilot, course, today)
    figures = {"since": missing_since.isoformat()} if missing_since else {}
    if source and (source.paused_at or (missing_since and source.failing_since)):
        failing_since = pilot.organisation.day_of(source.failing_since or source.paused_at)
        return {FlagKind.SOURCE_FAILING: {"failing_since": failing_since.isoformat(), **figures}}
    return {FlagKind.NO_DATA: figures} if figures else {}


def _missing_since(pilot: Pilot, course: Course, today: date) -> date | None:
    """The first day without a value, once a few rhythms and the usual delay have passed; never on day one."""
    assert pilot.metric and pilot.start
    step = pilot.metric.rhythm.step
    newest = course.newest
    first_missing: date = max(newest + step if newest else pilot.start, pilot.start)
    patience = pilot.organisation.silent_after * step + timedelta(days=pilot.metric.delay_days)
    return first_missing if today >= first_missing + patience else None
