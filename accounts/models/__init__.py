from accounts.models.answered import Answered
from accounts.models.bucket import Bucket
from accounts.models.channel import Channel
from accounts.models.delivery import Delivery
from accounts.models.invitation import Invitation
from accounts.models.job import Job
from accounts.models.ledger import SYSTEM, Actor, Chain, Event, EventDetail
from accounts.models.membership import Membership, Role
from accounts.models.message import Message
from accounts.models.organisation import Organisation
from accounts.models.person import Person
from accounts.models.preference import MailList, Preference, Rhythm, Topic
from accounts.models.pulse import Pulse
from accounts.models.submission import Submission
from accounts.models.token import ApiToken
from accounts.models.versioned import StaleVersionError, Versioned, fingerprint

__all__ = [
    "SYSTEM",
    "Actor",
    "Answered",
    "ApiToken",
    "Bucket",
    "Chain",
    "Channel",
    "Delivery",
    "Event",
    "EventDetail",
    "Invitation",
    "Job",
    "MailList",
    "Membership",
    "Message",
    "Organisation",
    "Person",
    "Preference",
    "Pulse",
    "Rhythm",
    "Role",
    "StaleVersionError",
    "Submission",
    "Topic",
    "Versioned",
    "fingerprint",
]
