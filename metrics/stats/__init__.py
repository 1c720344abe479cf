"""The verdict's statistics: arrays in, small dataclasses out. No web framework in here."""

from .assess import assess, assess_many
from .assessment import Assessment, AssessmentMany
from .design import Design
from .errors import StatsError
from .xmr import XmrLimits, xmr_limits

__all__ = [
    "Assessment",
    "AssessmentMany",
    "Design",
    "StatsError",
    "XmrLimits",
    "assess",
    "assess_many",
    "xmr_limits",
]
