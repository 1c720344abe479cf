"""What every page of a pilot shows of it."""

from __future__ import annotations

from typing import Any

from django import template

from accounts import clock
from pilots.clock import Clock, clock_of

register = template.Library()


@register.simple_tag
def six_weeks(pilot: Any) -> Clock | None:
    """Which week of the pilot it is, and what comes on which day."""
    return clock_of(pilot, clock.today())
