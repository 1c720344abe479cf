"""The verdict's statistics: arrays in, small dataclasses out. No web framework in here."""

from .assess import assess, assess_many
from .assessment import Assessment, AssessmentMany
from .design import Design
from .errors import StatsError
from .planner import Help, Plan, plan
from .portfolio import Shrunken, Wins, in_flight, shrink, sign_off
from .stopped import at_stop
from .xmr import XmrLimits, xmr_limits

__all__ = [
    "Assessment",
    "AssessmentMany",
    "Design",
    "Help",
    "Plan",
    "Shrunken",
    "StatsError",
    "Wins",
    "XmrLimits",
    "assess",
    "assess_many",
    "at_stop",
    "in_flight",
    "plan",
    "shrink",
    "sign_off",
    "xmr_limits",
]
