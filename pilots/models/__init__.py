from pilots.models.agreement import Condition, PlanVersion, SignOff
from pilots.models.answer import Answer, Mapping
from pilots.models.baseline import FrozenBaseline
from pilots.models.closing import Cancel, Outcome, Stop
from pilots.models.content import ContentItem, ContentVersion, Review
from pilots.models.flag import Flag
from pilots.models.launch import Launch
from pilots.models.link import StakeholderLink
from pilots.models.pilot import Pilot
from pilots.models.reading import Reading
from pilots.models.safeguards import Consultation, DataSheet, LowChance
from pilots.models.stakeholder import Stakeholder
from pilots.models.standing import Standing

__all__ = [
    "Answer",
    "Cancel",
    "Condition",
    "Consultation",
    "ContentItem",
    "ContentVersion",
    "DataSheet",
    "Flag",
    "FrozenBaseline",
    "Launch",
    "LowChance",
    "Mapping",
    "Outcome",
    "Pilot",
    "PlanVersion",
    "Reading",
    "Review",
    "SignOff",
    "Stakeholder",
    "StakeholderLink",
    "Standing",
    "Stop",
]
