from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from django.db import models, transaction

from accounts.links import hashed, token_for
from accounts.models import Membership
from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from accounts.models import Organisation, Person

_PURPOSE = "calendar"


class CalendarFeedManager(TenantManager["CalendarFeed"]):
    def opened_by(self, token: str) -> CalendarFeed | None:
        """The feed that this address belongs to, if it is still the one."""
        found = self.select_related("membership__organisation", "membership__person")
        return found.filter(token_hash=hashed(token)).first()

    @transaction.atomic
    def renew(self, membership: Membership, *, by: Person, at: datetime) -> CalendarFeed:
        """A new secret address for a member's dates; an earlier one answers no more."""
        key = uuid4()
        feed, _new = self.update_or_create(
            membership=membership,
            defaults={"key": key, "token_hash": hashed(token_for(_PURPOSE, key.hex)), "made_at": at},
        )
        organisation: Organisation = membership.organisation
        organisation.chain.record("calendar.renewed", by=by.actor, at=at, member=membership.pk)
        return feed


class CalendarFeed(models.Model):
    """The secret address at which a calendar program finds the dates of somebody's pilots.

    It belongs to a membership and ends with it. The address is derived, and stands nowhere but as a hash.
    """

    membership = models.OneToOneField(
        "accounts.Membership", on_delete=models.CASCADE, related_name="calendar_feed"
    )
    key = models.UUIDField(unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    tenant_path = "membership__organisation"
    objects = CalendarFeedManager()

    def __str__(self) -> str:
        return f"dates of member {self.membership_id}"

    @property
    def path(self) -> str:
        return f"/calendar/{token_for(_PURPOSE, self.key.hex)}.ics"
