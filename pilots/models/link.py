from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.links import hashed, token_for
from accounts.models import Message
from accounts.tenancy import TenantManager
from pilots.models.reminder import Reminded

if TYPE_CHECKING:
    from accounts.models import Actor
    from pilots.models.agreement import PlanVersion
    from pilots.models.delegation import Delegation
    from pilots.models.stakeholder import Stakeholder

VALID_FOR: Final = timedelta(days=30)


class Purpose(models.TextChoices):
    QUESTION = "question"
    SIGN_OFF = "sign_off"
    JUDGEMENT = "judgement"


class LinkQuerySet(models.QuerySet["StakeholderLink"]):
    def usable(self, at: datetime) -> Self:
        """Not replaced, and not run out: but as long as what its holder asked for is open, they can say that it is met."""
        from pilots.models.agreement import Condition

        waiting = Condition.objects.filter(
            closed_at=None,
            sign_off__stakeholder=OuterRef("stakeholder"),
            sign_off__plan_version=OuterRef("plan_version"),
        )
        return self.filter(Q(expires_at__gt=at) | Exists(waiting), replaced_at=None)


_LinkManager = TenantManager.from_queryset(LinkQuerySet)


class LinkManager(_LinkManager["StakeholderLink"]):
    def send(
        self,
        stakeholder: Stakeholder,
        purpose: Purpose,
        *,
        by: str,
        at: datetime,
        template: str,
        context: Mapping[str, Any],
        plan_version: PlanVersion | None = None,
        deputy: Delegation | None = None,
    ) -> StakeholderLink:
        """A fresh link by e-mail, to the stakeholder or to their deputy; it replaces an earlier one for the same purpose."""
        stakeholder.links.filter(purpose=purpose, replaced_at=None).update(replaced_at=at)
        key = uuid4()
        link = self.create(
            key=key,
            token_hash=hashed(token_for("stakeholder", key.hex)),
            stakeholder=stakeholder,
            purpose=purpose,
            plan_version=plan_version,
            deputy=deputy,
            sent_at=at,
            expires_at=at + VALID_FOR,
        )
        pilot = stakeholder.pilot
        Message.objects.queue(
            template,
            to=link.address,
            at=at,
            link=f"stakeholder:{key.hex}",
            organisation=pilot.organisation,
            context={"name": link.holder, "pilot": pilot.title, "asker": by, **context},
        )
        link.expect_answer()
        return link


class StakeholderLink(Reminded, models.Model):
    """One request to one stakeholder, reached by an unguessable address that is stored hashed.

    ``key`` is what a clean address and a cookie speak of; it opens nothing by itself.
    """

    key = models.UUIDField(unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    stakeholder = models.ForeignKey("pilots.Stakeholder", on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=20, choices=Purpose)
    plan_version = models.ForeignKey(
        "pilots.PlanVersion", null=True, on_delete=models.CASCADE, related_name="links"
    )
    # Whoever holds it in the stakeholder's place.
    deputy = models.ForeignKey("pilots.Delegation", null=True, on_delete=models.PROTECT, related_name="links")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    tenant_path = "stakeholder__pilot__organisation"
    objects = LinkManager()

    def __str__(self) -> str:
        return f"{self.purpose} for {self.stakeholder}"

    @property
    def holder(self) -> str:
        """The name of whoever it was sent to."""
        return self.deputy.name if self.deputy else self.stakeholder.name

    @property
    def address(self) -> str:
        """The mailbox that it was sent to."""
        return self.deputy.email if self.deputy else self.stakeholder.email

    @property
    def actor(self) -> Actor:
        return self.deputy.actor if self.deputy else self.stakeholder.actor
