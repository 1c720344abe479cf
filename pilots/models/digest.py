from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import models, transaction

from accounts.models import (
    Channel,
    Delivery,
    Job,
    MailList,
    Membership,
    Message,
    Preference,
    Rhythm,
    Role,
    Topic,
)
from accounts.models.preference import MAIL
from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A digest that could not be written on its day is written up to so long afterwards; then the next one tells.
STILL_NEWS: Final = timedelta(days=3)
WEEK: Final = timedelta(days=7)


class DigestManager(TenantManager["Digest"]):
    def want_missing(self, *, at: datetime) -> int:
        """See that each member's next digest is known of; how many were not. New members need nothing else."""
        known = Job.objects.filter(kind=Job.Kind.DIGEST).values("subject")
        missing = Membership.objects.exclude(pk__in=known).select_related("organisation", "preference")
        count = 0
        for membership in missing.iterator(chunk_size=500):
            Job.objects.want(Job.Kind.DIGEST, membership.pk, at=next_after(membership, at))
            count += 1
        return count

    @transaction.atomic
    def write(self, membership: Membership, *, at: datetime) -> Digest | None:
        """This week's digest, once, in everything that they want it by; None where there is nothing to tell.

        In the scope of their organisation.
        """
        from pilots.digest import compose

        Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        choice = Preference.objects.of(membership)
        places = choice.places_of(Topic.DIGEST) if choice.rhythm(Topic.DIGEST) != Rhythm.NEVER else []
        last = self.filter(membership=membership).order_by("-at").values_list("at", flat=True).first()
        slot = choice.next_digest(at) - WEEK
        if not places or not _is_due(last, slot, at):
            return None
        owner = membership.person if membership.role == Role.MANAGER else None
        told = compose(membership.organisation, owner=owner, since=_since(last, slot), at=at)
        if told is None:
            return None
        message = _send(membership, told, places, at=at)
        digest: Digest = self.create(membership=membership, at=at, message=message)
        return digest

    @transaction.atomic
    def post(self, channel: Channel, *, at: datetime) -> Delivery | None:
        """This week's digest of all pilots for one of the organisation's channels, once; None where there is nothing to tell.

        In the scope of its organisation.
        """
        from pilots.digest import as_content, compose

        channel = (
            Channel.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=channel.pk)
        )
        organisation, last = channel.organisation, channel.digest_at
        slot = organisation.next_digest(at) - WEEK
        wanted = channel.gets_digest and not channel.switched_off_at and channel.created_at < slot
        if not wanted or not _is_due(last, slot, at):
            return None
        told = compose(organisation, owner=None, since=_since(last, slot), at=at)
        if told is None:
            return None
        channel.digest_at = at
        channel.save(update_fields=["digest_at"])
        return Delivery.objects.queue(channel, as_content(told, organisation), at=at)


class Digest(models.Model):
    """That a member's weekly digest was written, and when: the next one tells what came after it."""

    membership = models.ForeignKey("accounts.Membership", on_delete=models.CASCADE, related_name="digests")
    at = models.DateTimeField()
    message = models.ForeignKey("accounts.Message", null=True, on_delete=models.SET_NULL, related_name="+")

    tenant_path = "membership__organisation"
    objects = DigestManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "at"], name="one_digest_at_a_time")]

    def __str__(self) -> str:
        return f"digest of {self.at:%Y-%m-%d}"


def _is_due(last: datetime | None, slot: datetime, at: datetime) -> bool:
    """Whether this week's still has to be written. Where the day or the zone was changed, one of just before is this week's."""
    return at - slot <= STILL_NEWS and (last is None or last <= slot - STILL_NEWS)


def _since(last: datetime | None, slot: datetime) -> datetime:
    """From when on a digest tells what was decided: since the one before, and not of what is long known.

    Weeks are counted from the hour at which it is due: a digest that comes late leaves nothing out for that.
    """
    return max(last, slot - 2 * WEEK) if last else slot - WEEK


def next_after(membership: Membership, at: datetime) -> datetime:
    choice = Preference.objects.of(membership)
    return choice.outside_quiet(choice.next_digest(at))


def _send(
    membership: Membership, told: dict[str, Any], places: Iterable[str], *, at: datetime
) -> Message | None:
    from pilots.digest import as_content

    organisation, person = membership.organisation, membership.person
    for channel in membership.channels.working().filter(pk__in=[place for place in places if place != MAIL]):
        Delivery.objects.queue(channel, as_content(told, organisation), at=at)
    if MAIL not in places:
        return None
    return Message.objects.queue(
        "digest",
        to=person.email,
        at=at,
        organisation=organisation,
        mail_list=f"{membership.pk}:{MailList.DIGEST}",
        context={"name": person.name, **told},
    )
