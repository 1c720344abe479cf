"""Deciding what follows: what was found, what was agreed for it, and what is missing before anybody can decide."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from accounts.templatetags.words import DECISIONS, VERDICTS
from pilots.words import Look, headline

if TYPE_CHECKING:
    from pilots.models import Pilot


def decision_page(pilot: Pilot, at: datetime) -> dict[str, Any]:
    look = Look(pilot, at)
    verdict = pilot.verdict_of(look.reading)
    recommended = pilot.decision_rule[verdict]
    return {
        "pilot": pilot,
        "headline": headline(pilot, at, look),
        "verdict": verdict,
        "recommended": recommended,
        "rule": [
            (VERDICTS[found], DECISIONS[pilot.decision_rule[found]], found == verdict)
            for found in VERDICTS
            if found in pilot.decision_rule
        ],
        "waits_until": waits_until(look),
    }


def waits_until(look: Look) -> date | None:
    """The day on which the last figures have come at the latest; None when there is nothing to wait for."""
    pilot = look.pilot
    if look.stage != "deciding" or pilot.has("stop") or not pilot.metric or not pilot.end:
        return None
    last = pilot.end + timedelta(days=pilot.metric.delay_days)
    final = look.reading is not None and look.reading.final
    return None if final or look.today >= last else last
