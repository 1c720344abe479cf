from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from django.contrib.auth.hashers import check_password, make_password
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.links import hashed, token_for
from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.closing import Outcome


class Lasts(models.IntegerChoices):
    WEEK = 7, _("for a week")
    MONTH = 30, _("for thirty days")
    QUARTER = 90, _("for three months")
    YEAR = 365, _("for a year")


class SharedLinkQuerySet(models.QuerySet["SharedLink"]):
    def usable(self, at: datetime) -> Self:
        return self.filter(expires_at__gt=at, revoked_at=None)

    def seen(self, *, at: datetime) -> None:
        """Count one look at the page."""
        self.update(views=F("views") + 1, last_viewed_at=at)


_Manager = TenantManager.from_queryset(SharedLinkQuerySet)


class SharedLinkManager(_Manager["SharedLink"]):
    @transaction.atomic
    def share(
        self, outcome: Outcome, *, label: str, days: int, by: Person, at: datetime, password: str = ""
    ) -> SharedLink:
        """A link to the outcome's page for people without an account."""
        key = uuid4()
        link = self.create(
            outcome=outcome, key=key, token_hash=hashed(token_for("outcome", key.hex)), label=label, made_by=by, made_at=at,
            expires_at=at + timedelta(days=days), password=make_password(password) if password else "",
        )  # fmt: skip
        outcome.pilot.chain.record(
            "outcome.shared", by=by.actor, at=at, link=link.pk, days=days, password=bool(password)
        )
        return link


class SharedLink(models.Model):
    """An unguessable address of one outcome: until when, ended by whom, how often it was looked at."""

    key = models.UUIDField(unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    outcome = models.ForeignKey("pilots.Outcome", on_delete=models.CASCADE, related_name="shared_links")
    label = models.CharField(_("for whom"), max_length=120)
    made_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    password = models.CharField(max_length=200, blank=True)
    views = models.PositiveIntegerField(default=0)
    last_viewed_at = models.DateTimeField(null=True)

    tenant_path = "outcome__pilot__organisation"
    objects = SharedLinkManager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.label

    @property
    def token(self) -> str:
        """What its address ends in; it stands nowhere, and follows from the key."""
        return token_for("outcome", self.key.hex)

    def opens_with(self, password: str) -> bool:
        return check_password(password, self.password)

    def state(self, at: datetime) -> str:
        return "revoked" if self.revoked_at else "expired" if self.expires_at <= at else "open"

    @transaction.atomic
    def revoke(self, *, by: Person, at: datetime) -> None:
        """End it; whoever has it finds nothing there any more."""
        if SharedLink.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at):
            self.outcome.pilot.chain.record("outcome.share_revoked", by=by.actor, at=at, link=self.pk)

    def seen(self, *, at: datetime) -> None:
        SharedLink.objects.filter(pk=self.pk).seen(at=at)
