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

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.agreement import PlanVersion
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
        by: Person,
        at: datetime,
        template: str,
        context: Mapping[str, Any],
        plan_version: PlanVersion | None = None,
    ) -> StakeholderLink:
        """A fresh link by e-mail; it replaces an earlier one for the same purpose."""
        stakeholder.links.filter(purpose=purpose, replaced_at=None).update(replaced_at=at)
        key = uuid4()
        link = self.create(
            key=key,
            token_hash=hashed(token_for("stakeholder", key.hex)),
            stakeholder=stakeholder,
            purpose=purpose,
            plan_version=plan_version,
            sent_at=at,
            expires_at=at + VALID_FOR,
        )
        pilot = stakeholder.pilot
        Message.objects.queue(
            template,
            to=stakeholder.email,
            at=at,
            link=f"stakeholder:{key.hex}",
            organisation=pilot.organisation,
            context={"name": stakeholder.name, "pilot": pilot.title, "asker": by.name, **context},
        )
        return link


class StakeholderLink(models.Model):
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
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    tenant_path = "stakeholder__pilot__organisation"
    objects = LinkManager()

    def __str__(self) -> str:
        return f"{self.purpose} for {self.stakeholder}"
