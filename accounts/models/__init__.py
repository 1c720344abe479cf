from accounts.models.answered import Answered
from accounts.models.bucket import Bucket
from accounts.models.invitation import Invitation
from accounts.models.job import Job
from accounts.models.ledger import SYSTEM, Actor, Chain, Event, EventDetail
from accounts.models.membership import Membership, Role
from accounts.models.message import Message
from accounts.models.organisation import Organisation
from accounts.models.person import Person
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
    "Event",
    "EventDetail",
    "Invitation",
    "Job",
    "Membership",
    "Message",
    "Organisation",
    "Person",
    "Pulse",
    "Role",
    "StaleVersionError",
    "Submission",
    "Versioned",
    "fingerprint",
]
