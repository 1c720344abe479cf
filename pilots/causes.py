"""Which flags a reading has a cause for, with the figures that say so. What people do, or do not do, is in ``waits``."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from pilots.models.flag_kind import FlagKind

if TYPE_CHECKING:
    from pilots.assessment import Course
    from pilots.models import Pilot

type Figures = dict[str, Any]

FIRST_WEEK: Final = timedelta(days=7)
#: So many points (of a hundred) above where *unlikely* is raised its chance has to be before it is cleared.
CLEARS_AFTER: Final = 10
_EVIDENCE: Final = ((FlagKind.NOT_MOVING, "not_moving_since"), (FlagKind.WRONG_WAY, "wrong_way_since"))


def causes(
    pilot: Pilot,
    facts: dict[str, Any],
    course: Course,
    today: date,
    *,
    conditions: int,
    standing: Container[str] = (),
) -> dict[str, Figures]:
    """Flags by kind. ``conditions``: how many that were asked for at signing are open; ``standing``: which flags are up."""
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
    if today >= pilot.start + FIRST_WEEK and _unlikely(pilot, facts, already=FlagKind.UNLIKELY in standing):
        found[FlagKind.UNLIKELY] = {
            "chance": facts.get("chance_of_target"),
            "forecast": facts.get("forecast"),
            **mark,
        }
    return found | _silence(pilot, course, today)


def _unlikely(pilot: Pilot, facts: dict[str, Any], *, already: bool) -> bool:
    """Whether the chance of the target is low: raised when it was at two points running, and not cleared by a little more."""
    chance, before = facts.get("chance_of_target"), facts.get("chance_before")
    below = pilot.organisation.unlikely_below
    if already:
        return chance is None or 100 * chance < below + CLEARS_AFTER
    return chance is not None and before is not None and 100 * max(chance, before) < below


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
