from pilots.models.addendum import Addendum
from pilots.models.agreement import Condition, SignOff
from pilots.models.amendment import Amendment
from pilots.models.answer import Answer, Confirmation, Mapping
from pilots.models.approach import Approach
from pilots.models.baseline import FrozenBaseline
from pilots.models.calendar import CalendarFeed
from pilots.models.charter import Acknowledgement, Charter
from pilots.models.check_in import CheckIn, CheckInReminder
from pilots.models.checklist import Checklist
from pilots.models.closing import Cancel, Outcome, Stop
from pilots.models.content import ContentItem
from pilots.models.delegation import Delegation
from pilots.models.digest import Digest
from pilots.models.entry import Entry
from pilots.models.finding import Finding
from pilots.models.flag import Flag
from pilots.models.judgement import Judgement
from pilots.models.launch import Launch
from pilots.models.law import LawCheck, LawDates
from pilots.models.link import StakeholderLink
from pilots.models.notice import Notice
from pilots.models.pilot import Pilot
from pilots.models.plan_version import PlanVersion
from pilots.models.reading import Reading
from pilots.models.reception import Comment, Thanks, Use, Weighing
from pilots.models.release import Incident, Release, Withdrawal
from pilots.models.review import Passage, Review
from pilots.models.safeguards import Consultation, DataSheet, LearnerData, LowChance
from pilots.models.sharing import SharedLink
from pilots.models.signing_code import SigningCode
from pilots.models.slide_template import SlideTemplate
from pilots.models.stakeholder import Stakeholder
from pilots.models.standing import Standing
from pilots.models.supporting import SupportingSignal
from pilots.models.usage import Usage
from pilots.models.version import ContentVersion
from pilots.models.worth import Worth

__all__ = [
    "Acknowledgement",
    "Addendum",
    "Amendment",
    "Answer",
    "Approach",
    "CalendarFeed",
    "Cancel",
    "Charter",
    "CheckIn",
    "CheckInReminder",
    "Checklist",
    "Comment",
    "Condition",
    "Confirmation",
    "Consultation",
    "ContentItem",
    "ContentVersion",
    "DataSheet",
    "Delegation",
    "Digest",
    "Entry",
    "Finding",
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
    "Notice",
    "Outcome",
    "Passage",
    "Pilot",
    "PlanVersion",
    "Reading",
    "Release",
    "Review",
    "SharedLink",
    "SignOff",
    "SigningCode",
    "SlideTemplate",
    "Stakeholder",
    "StakeholderLink",
    "Standing",
    "Stop",
    "SupportingSignal",
    "Thanks",
    "Usage",
    "Use",
    "Weighing",
    "Withdrawal",
    "Worth",
]
