"""The AI charter as people read it: what the organisation says, and what its records say of today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.links import token_for
from pilots.labels import RolesForNames, data_path, opened
from pilots.models import Acknowledgement, Charter, Checklist, Pilot

if TYPE_CHECKING:
    from datetime import date

    from accounts.models import Membership, Organisation

_PURPOSE = "charter"


def charter_path(organisation: Organisation) -> str:
    """Where everybody who has the link reads it, without an account."""
    return reverse("charter_public", args=[f"{organisation.pk}.{token_for(_PURPOSE, str(organisation.pk))}"])


def organisation_of(token: str) -> int | None:
    return opened(_PURPOSE, token)


def charter_page(organisation: Organisation, charter: Charter | None, *, roles: bool) -> dict[str, Any]:
    """The page. ``roles``: for readers from outside, roles stand instead of names."""
    questions = Checklist.objects.current(organisation)
    return {
        "charter": charter,
        "said": _said(charter) if charter else [],
        "data": _learner_data(organisation, organisation.day_of(clock.now()), roles=roles),
        "questions": [question for _key, question in questions.lines],
        "two_reviewers": organisation.two_reviewers,
    }


def readers(organisation: Organisation, charter: Charter) -> list[tuple[Membership, Any]]:
    """Every member, and when they acknowledged this version; for whoever looks after it."""
    known = dict(Acknowledgement.objects.filter(charter=charter).values_list("person", "at"))
    members = organisation.memberships.select_related("person").order_by("person__name", "pk")
    return [(member, known.get(member.person_id)) for member in members]


def may_publish(membership: Membership) -> bool:
    return membership.may(Verb.ADMINISTER)


def _said(charter: Charter) -> list[tuple[str, str]]:
    rows = [
        (_("What it may be used for"), charter.uses),
        (_("What it is not used for"), charter.limits),
        (_("Who owns AI in learning"), charter.owner),
        (_("Who governs it"), charter.governance),
        (_("Whom to ask"), charter.questions),
    ]
    return [(term, words) for term, words in rows if words]


def _learner_data(organisation: Organisation, today: date, *, roles: bool) -> list[dict[str, Any]]:
    """What each running pilot uses, from its sheet of learner data."""
    running = Pilot.objects.running(today).filter(organisation=organisation)
    told = []
    for pilot in running.prefetch_related("learner_data").order_by("title"):
        pilot.organisation = organisation
        rows = list(pilot.learner_data.all())
        if roles:
            named = RolesForNames(pilot)
            for row in rows:
                for name in ("data", "purpose", "source", "access"):
                    setattr(row, name, named(getattr(row, name)))
        told.append({"pilot": pilot, "rows": rows, "path": data_path(pilot)})
    return told
