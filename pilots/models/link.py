from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from django.db import connection, models
from django.db.models import Exists, OuterRef

from accounts.links import hashed, token_for
from accounts.lookup import Lookup
from accounts.models import Message
from accounts.tenancy import TenantManager
from pilots.models.reminder import Reminded

if TYPE_CHECKING:
    from accounts.models import Actor
    from pilots.models.delegation import Delegation
    from pilots.models.plan_version import PlanVersion
    from pilots.models.stakeholder import Stakeholder

VALID_FOR: Final = timedelta(days=30)


class Purpose(models.TextChoices):
    QUESTION = "question"
    SIGN_OFF = "sign_off"
    JUDGEMENT = "judgement"


class LinkManager(TenantManager["StakeholderLink"]):
    def held(self, key: UUID, token_hash: str, *, at: datetime) -> StakeholderLink | None:
        """The link that somebody came by, of whatever organisation, with what its pages tell from.

        None where it was replaced or ran out: but as long as what its holder asked for is open, they can say that it is met.
        """
        link = _HELD.get(key, token_hash)
        return link if link and (link.expires_at > at or link.waited_for) else None  # type: ignore[attr-defined]

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
        with connection.cursor() as cursor:
            cursor.execute(_REPLACE, [at, stakeholder.pk, str(purpose)])
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


def _held() -> models.QuerySet[StakeholderLink]:
    from pilots.models.agreement import Condition

    waiting = Condition._base_manager.filter(
        closed_at=None,
        sign_off__stakeholder=OuterRef("stakeholder"),
        sign_off__plan_version=OuterRef("plan_version"),
    )
    with_pilot = [f"stakeholder__pilot__{one}" for one in ("organisation", "chain", "owner", "metric")]
    links = StakeholderLink._base_manager.select_related(*with_pilot, "plan_version", "deputy__stakeholder")
    return links.annotate(waited_for=Exists(waiting)).filter(replaced_at=None)


_REPLACE: Final = """
    UPDATE pilots_stakeholderlink SET replaced_at = %s WHERE stakeholder_id = %s AND purpose = %s AND replaced_at IS NULL
"""
_HELD: Final = Lookup(_held, key=UUID(int=0), token_hash="")
