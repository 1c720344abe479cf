"""Who may do what: role x verb. ``docs/access.md`` says the same per address, and the tests hold both to it."""

from enum import StrEnum
from typing import Final


class Verb(StrEnum):
    SEE = "see"  # pilots, metrics, outcomes
    MAKE = "make"  # content items
    REVIEW = "review"  # decide on somebody else's item
    PLAN = "plan"  # create, plan, launch, stop, close pilots
    MEASURE = "measure"  # metrics and their sources
    ADMINISTER = "administer"  # people and settings


_VIEWER = frozenset({Verb.SEE})
_REVIEWER = _VIEWER | {Verb.MAKE, Verb.REVIEW}
_MANAGER = _REVIEWER | {Verb.PLAN, Verb.MEASURE}

VERBS_OF: Final[dict[str, frozenset[Verb]]] = {
    "viewer": _VIEWER,
    "reviewer": _REVIEWER,
    "manager": _MANAGER,
    "administrator": _MANAGER | {Verb.ADMINISTER},
}
