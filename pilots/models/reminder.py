"""Reminders of what a stakeholder was asked: at most three, in the morning of a working day, and none once they answered."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import models, transaction

from accounts.models import SYSTEM, Job, Message
from accounts.templatetags.pilotlight import long_date

if TYPE_CHECKING:
    from accounts.models import Organisation

#: Days after the letter.
AFTER: Final = (3, 7, 14)
_AT: Final = time(9)


class Reminded(models.Model):
    """What a link can do about not being answered."""

    reminders = models.PositiveSmallIntegerField(default=0, db_default=0)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def expect_answer(self: Any) -> None:
        """Look in some days whether there is an answer."""
        Job.objects.want(Job.Kind.REMIND, self.pk, at=self.next_reminder())

    def next_reminder(self: Any) -> datetime | None:
        """When the next reminder is due; None after the last one."""
        if self.reminders >= len(AFTER):
            return None
        planned = self.sent_at + timedelta(days=AFTER[self.reminders])
        # A worker that was away for weeks sends one, and the next some days later.
        earliest = self.reminded_at + timedelta(days=AFTER[0]) if self.reminded_at else planned
        return _morning(self.stakeholder.pilot.organisation, max(planned, earliest))

    @transaction.atomic
    def remind(self: Any, *, at: datetime) -> datetime | None:
        """Send the same link once more, unless that is settled; when to look again."""
        link = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        link.stakeholder, link.deputy = self.stakeholder, self.deputy
        due: datetime | None = link.next_reminder()
        if due is None or link.is_settled(at):
            return None
        if due > at:
            return due
        link.reminders, link.reminded_at = link.reminders + 1, at
        link.save(update_fields=["reminders", "reminded_at"])
        pilot = link.stakeholder.pilot
        Message.objects.queue(
            f"reminder_{link.purpose}",
            to=link.address,
            at=at,
            link=f"stakeholder:{link.key.hex}",
            organisation=pilot.organisation,
            reply_to=pilot.owner.email,
            context={
                "name": link.holder, "pilot": pilot.title, "asker": pilot.owner.name,
                "asked": long_date(pilot.organisation.day_of(link.sent_at)), "last": link.reminders == len(AFTER),
                "until": long_date(pilot.organisation.day_of(link.expires_at)),
            },
        )  # fmt: skip
        pilot.chain.record(
            "stakeholder.reminded", by=SYSTEM, at=at, stakeholder=link.stakeholder_id, link=link.pk, times=link.reminders
        )  # fmt: skip
        following: datetime | None = link.next_reminder()
        return following

    def is_settled(self: Any, at: datetime) -> bool:
        """Whether there is nothing to remind of: answered, signed, replaced, run out, or the pilot is past that."""
        pilot, stakeholder = self.stakeholder.pilot, self.stakeholder
        if self.replaced_at or self.expires_at <= at or pilot.has("cancel"):
            return True
        if self.plan_version is None:
            return pilot.has("launch") or bool(stakeholder.answers.exists())
        if not pilot.is_out_for_signature(self.plan_version):
            return True
        return bool(stakeholder.sign_offs.filter(plan_version=self.plan_version_id).exists())


def _morning(organisation: Organisation, moment: datetime) -> datetime:
    day = organisation.day_of(moment)
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)
    return datetime.combine(day, _AT, tzinfo=organisation.zone)
