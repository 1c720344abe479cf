"""A flag that nobody answers for a week is told to the sponsor, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import models, transaction

from accounts.models import SYSTEM, Job, Message
from accounts.templatetags.pilotlight import long_date

if TYPE_CHECKING:
    from pilots.models.flag import Flag
    from pilots.models.pilot import Pilot

UNANSWERED_FOR: Final = timedelta(days=7)


class Escalated(models.Model):
    """What a flag can do about being overlooked."""

    escalated_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def watch(self: Any) -> None:
        """Look a week from when it was raised whether somebody answered it."""
        Job.objects.want(Job.Kind.ESCALATE, self.pk, at=self.raised_at + UNANSWERED_FOR)

    @transaction.atomic
    def escalate(self: Any, *, at: datetime) -> bool:
        """Tell the sponsor of this and of what else of the pilot stood as long, in one letter. Whether it was told."""
        pilot = self.pilot
        standing = pilot.flags.standing().filter(acknowledged_at=None, escalated_at=None)
        overdue = standing.filter(raised_at__lte=at - UNANSWERED_FOR).order_by("raised_at", "pk")
        overlooked = list(overdue.select_for_update())
        reader = _who_hears(pilot, overlooked)
        if self not in overlooked or reader is None:
            return False
        type(self).objects.filter(pk__in=[flag.pk for flag in overlooked]).update(escalated_at=at)
        for flag in overlooked:
            pilot.chain.record("flag.escalated", by=SYSTEM, at=at, flag=flag.pk, kind=flag.kind)
        _write(pilot, overlooked, *reader, at=at)
        return True


def _who_hears(pilot: Pilot, flags: list[Flag]) -> tuple[str, str] | None:
    """Name and address of the sponsor; without one, of the governance owner. Never the owner, who did not answer."""
    sponsor = pilot.stakeholders.filter(is_sponsor=True).first()
    if sponsor and all(flag.figures.get("stakeholder") == sponsor.pk for flag in flags):
        return None  # it is they who have not answered: reminders tell them that
    found = sponsor or pilot.governance_owner
    if found is None or found.email.lower() == pilot.owner.email.lower():
        return None
    return found.name, found.email


def _write(pilot: Pilot, flags: list[Flag], name: str, email: str, *, at: datetime) -> None:
    from accounts.templatetags.pilotlight import flag_word
    from pilots.flag_words import said
    from pilots.words import Look, headline

    look = Look(pilot, at)
    how = headline(pilot, at, look)
    Message.objects.queue(
        "escalation",
        to=email,
        at=at,
        organisation=pilot.organisation,
        reply_to=pilot.owner.email,
        context={
            "name": name, "pilot": pilot.title, "owner": pilot.owner.name, "owner_email": pilot.owner.email,
            "sentence": how.sentence, "lede": how.lede,
            "flags": [
                {
                    "kicker": flag_word(flag.kind), "words": said(flag, look).words,
                    "since": long_date(pilot.organisation.day_of(flag.raised_at)),
                }
                for flag in flags
            ],
        },
    )  # fmt: skip
