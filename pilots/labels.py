"""What learners are told of how something was made. Derived from the records, never typed.

Two questions, as everybody asks them: did AI have a hand in it, and did a person check what came out before a learner
saw it? No shares and no percentages.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from accounts.links import token_for
from accounts.templatetags.pilotlight import long_date
from pilots.models.review import Review, ReviewDecision, ReviewerRole

if TYPE_CHECKING:
    from pilots.models import ContentItem, ContentVersion, Pilot

# What learners read of a member instead of their name.
MEMBERS: Final = {
    "administrator": _l("an administrator of learning and development"),
    "manager": _l("a manager of learning and development"),
    "reviewer": _l("a content reviewer"),
    "viewer": _l("an executive"),
}
_LABEL: Final = "label"
_DATA: Final = "learner data"


@dataclass(frozen=True, slots=True)
class Label:
    """``code`` is *human*, *reviewed* or *unreviewed*; ``words`` is what a learner reads."""

    code: str
    words: str
    roles: tuple[str, ...] = ()
    reviewed_at: datetime | None = None


def label_of(version: ContentVersion) -> Label:
    """The label of one version, as its reviews stand now."""
    if version.item.ai_use == "none":
        return Label("human", _("human-made"))
    state, _approvals = version.judged()
    if state != ReviewDecision.APPROVE:
        return Label("unreviewed", _("AI-made, not reviewed"))
    approvals = list(_approving(version))
    roles = tuple(dict.fromkeys(str(ReviewerRole(review.role).label) for review in approvals))
    words = _("AI-assisted, reviewed by %(roles)s") % {"roles": _(" and ").join(roles)}
    return Label("reviewed", words, roles, approvals[-1].at)


def _approving(version: ContentVersion) -> list[Review]:
    """The approvals that count, oldest first: each reviewer's newest word of the present round."""
    newest = {
        review.reviewer_id: review for review in version.reviews.filter(round=version.round()).order_by("pk")
    }
    return sorted(newest.values(), key=lambda review: review.pk)


def shown_version(item: ContentItem) -> ContentVersion:
    """The version that learners have: the one that was released last and not taken back, or the newest."""
    release = item.releases().standing().select_related("version").first()  # type: ignore[attr-defined]
    version = release.version if release else item.newest_version()
    version.item = item
    return version


# --- the public page --------------------------------------------------------------------------------


def public_path(item: ContentItem) -> str:
    return reverse("learner_label", args=[f"{item.pk}.{token_for(_LABEL, str(item.pk))}"])


def data_path(pilot: Pilot) -> str:
    """Where learners read which of their data a pilot uses."""
    return reverse("learner_data", args=[f"{pilot.pk}.{token_for(_DATA, str(pilot.pk))}"])


def pilot_of(token: str) -> int | None:
    return opened(_DATA, token)


def item_of(token: str) -> int | None:
    """The id that a token opens, if it is one of ours. Nothing is stored: the token proves itself."""
    return opened(_LABEL, token)


def opened(purpose: str, token: str) -> int | None:
    number, _dot, given = token.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    wanted = token_for(purpose, number)
    return (
        int(number) if hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode()) else None
    )


# --- the snippet ------------------------------------------------------------------------------------


def snippets(version: ContentVersion) -> dict[str, str]:
    """The label to paste into a course: as HTML and as plain text, with the way to the public page."""
    label = label_of(version)
    told, more = _sentence(label), _("How this was made and checked")
    address = settings.BASE_URL + public_path(version.item)
    html = format_html('<p class="ai-label">{} <a href="{}">{}</a></p>', told, address, more)
    return {"html": str(html), "text": f"{told} {more}: {address}"}


def _sentence(label: Label) -> str:
    words = label.words[:1].upper() + label.words[1:]
    if label.reviewed_at:
        return _("%(label)s on %(day)s.") % {"label": words, "day": long_date(label.reviewed_at)}
    return f"{words}."


def what_ai_did(item: ContentItem) -> str:
    match item.ai_use:
        case "none":
            return _("Nothing: a person made it without AI.")
        case "assisted":
            return _("It helped a person to make this.")
    return _("It made this, at a person’s request.")


def public_facts(item: ContentItem) -> dict[str, Any]:
    """What the learner's page says: roles instead of names."""
    version = shown_version(item)
    label = label_of(version)
    return {
        "item": item, "version": version, "label": label, "headline": _sentence(label), "did": what_ai_did(item),
        "roles": _(" and ").join(label.roles), "released": item.releases().filter(version=version).first(),
        "reopened": label.code == "unreviewed" and version.round() > 0,
    }  # fmt: skip


class RolesForNames:
    """For texts that learners read: members and stakeholders are called by what they are. Asks once, for any number."""

    def __init__(self, pilot: Pilot) -> None:
        members = pilot.organisation.memberships.select_related("person")
        names = [(one.person.name, str(MEMBERS[one.role])) for one in members if one.person.name]
        others = [
            (one.name, one.position or _("somebody who judges this")) for one in pilot.stakeholders.all()
        ]
        # The longer name first: Ann Lee before Ann.
        self._called = sorted([*names, *others], key=lambda pair: -len(pair[0]))

    def __call__(self, text: str) -> str:
        for person, role in self._called:
            text = re.sub(rf"(?<!\w){re.escape(person)}(?!\w)", lambda _found, role=role: role, text)  # type: ignore[misc]
        return text
