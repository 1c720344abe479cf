from pilots.models.addendum import Addendum
from pilots.models.agreement import Condition, PlanVersion, SignOff
from pilots.models.answer import Answer, Confirmation, Mapping
from pilots.models.approach import Approach
from pilots.models.baseline import FrozenBaseline
from pilots.models.checklist import Checklist
from pilots.models.closing import Cancel, Outcome, Stop
from pilots.models.content import ContentItem
from pilots.models.flag import Flag
from pilots.models.judgement import Judgement
from pilots.models.launch import Launch
from pilots.models.law import LawCheck, LawDates
from pilots.models.link import StakeholderLink
from pilots.models.pilot import Pilot
from pilots.models.reading import Reading
from pilots.models.release import Incident, Release, Withdrawal
from pilots.models.review import Passage, Review
from pilots.models.safeguards import Consultation, DataSheet, LearnerData, LowChance
from pilots.models.sharing import SharedLink
from pilots.models.stakeholder import Stakeholder
from pilots.models.standing import Standing
from pilots.models.supporting import SupportingSignal
from pilots.models.version import ContentVersion
from pilots.models.worth import Worth

__all__ = [
    "Addendum",
    "Answer",
    "Approach",
    "Cancel",
    "Checklist",
    "Condition",
    "Confirmation",
    "Consultation",
    "ContentItem",
    "ContentVersion",
    "DataSheet",
    "Flag",
    "FrozenBaseline",
    "Incident",
    "Judgement",
    "Launch",
    "LawCheck",
    "LawDates",
    "LearnerData",
    "LowChance",
    "Mapping",
    "Outcome",
    "Passage",
    "Pilot",
    "PlanVersion",
    "Reading",
    "Release",
    "Review",
    "SharedLink",
    "SignOff",
    "Stakeholder",
    "StakeholderLink",
    "Standing",
    "Stop",
    "SupportingSignal",
    "Withdrawal",
    "Worth",
]
