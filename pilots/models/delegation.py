from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import Actor, Message
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.mailbox import is_owner, same_mailbox

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.link import StakeholderLink
    from pilots.models.pilot import Pilot


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def standing(self) -> Self:
        return self.filter(ended_at=None)

    def told_by(self, key: UUID, token_hash: str) -> Self:
        """Of which this link tells: it was given up for it, or sent to the deputy."""
        gave_up = Q(link__key=key, link__token_hash=token_hash)
        deputys = Q(pk__in=self.filter(links__key=key, links__token_hash=token_hash).values("pk"))
        return self.filter(gave_up | deputys)


_DelegationManager = TenantManager.from_queryset(DelegationQuerySet)


class DelegationManager(_DelegationManager["Delegation"]):
    @transaction.atomic
    def hand_on(self, link: StakeholderLink, *, name: str, email: str, at: datetime) -> Delegation:
        """The holder of a link asks their deputy to sign this version instead: their own link ends, the deputy gets one.

        Said twice, it is done once. Raises ``RefusedError`` for a rule, in words for whoever delegates.
        """
        stakeholder, version = link.stakeholder, link.plan_version
        assert version is not None, "a link for signing names its plan version"
        pilot = type(stakeholder.pilot).objects.select_for_update(of=("self",)).get(pk=stakeholder.pilot_id)
        if same := self.filter(link=link).first():
            return same
        if reason := self._reason_against(link, pilot, name, email):
            raise RefusedError(reason)
        made = self.create(
            stakeholder=stakeholder, plan_version=version, link=link, name=name, email=email, at=at
        )
        pilot.chain.record(
            "sign_off.delegated",
            by=stakeholder.actor,
            at=at,
            private={"name": name, "email": email},
            stakeholder=stakeholder.pk,
            delegation=made.pk,
            number=version.number,
            link=link.pk,
        )
        pilot.ask_deputy(made, at=at)
        Message.objects.queue(
            "delegated",
            to=pilot.owner.email,
            at=at,
            link=f"page:/{pilot.organisation.slug}/pilots/{pilot.pk}/agreement/",
            organisation=pilot.organisation,
            context={
                "name": pilot.owner.name, "pilot": pilot.title, "who": stakeholder.name, "deputy": name, "number": version.number,
            },
        )  # fmt: skip
        return made

    def _reason_against(self, link: StakeholderLink, pilot: Pilot, name: str, email: str) -> str:
        stakeholder, version = link.stakeholder, link.plan_version
        assert version is not None
        if not type(link).objects.filter(pk=link.pk, replaced_at=None).exists():
            return _t("This link has ended meanwhile. Please open the newest mail that you got.")
        if link.deputy_id:
            return _t("Who was asked as deputy signs or declines, and does not pass it on.")
        if version.sign_offs.filter(stakeholder=stakeholder).exists():
            return _t("You have decided already.")
        if not pilot.is_out_for_signature(version):
            return _t(
                "The plan changed since you opened this page. Please open the newest mail that you got."
            )
        if stakeholder.answers.unconfirmed().exists():
            return _t("First say whether what was written down for you is what you said.")
        if is_owner(pilot, name, email):
            return _t("This is the pilot's owner. Nobody signs for a pilot they own.")
        others = stakeholder.pilot.stakeholders.all()
        if any(same_mailbox(one.email, email) for one in others):
            return _t("Somebody with this address judges the pilot already, and signs for themselves.")
        return ""


class Delegation(models.Model):
    """That a stakeholder asked somebody to sign one plan version in their place. The trail stands in the ledger."""

    stakeholder = models.ForeignKey(
        "pilots.Stakeholder", on_delete=models.PROTECT, related_name="delegations"
    )
    plan_version = models.ForeignKey("pilots.PlanVersion", on_delete=models.PROTECT, related_name="+")
    #: The link that was given up for it.
    link = models.OneToOneField("pilots.StakeholderLink", on_delete=models.PROTECT, related_name="delegation")
    name = models.CharField(_("full name"), max_length=120)
    email = models.EmailField(_("e-mail address"), max_length=254)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    tenant_path = "stakeholder__pilot__organisation"
    objects = DelegationManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stakeholder", "plan_version"],
                condition=Q(ended_at=None),
                name="one_deputy_per_version",
            ),
        ]

    def __str__(self) -> str:
        return _t("%(deputy)s for %(name)s") % {"deputy": self.name, "name": self.stakeholder.name}

    @property
    def actor(self) -> Actor:
        return Actor("deputy", self.pk, str(self))

    @property
    def was_for_an_earlier_version(self) -> bool:
        """Whether the stakeholder was asked to sign a newer version since: a deputy is asked for one."""
        sent = type(self.link)._base_manager.filter(stakeholder=self.stakeholder_id, replaced_at=None)
        return sent.filter(plan_version__number__gt=self.plan_version.number).exists()

    @transaction.atomic
    def take_back(self, *, by: Person, at: datetime) -> None:
        """The deputy does not answer, or the address was wrong: the stakeholder is asked again, the deputy's link ends."""
        pilot = self.stakeholder.pilot
        type(pilot).objects.select_for_update(of=("self",)).get(pk=pilot.pk)
        if self.plan_version.sign_offs.filter(stakeholder=self.stakeholder_id).exists():
            raise RefusedError(_t("It was signed meanwhile."))
        if not Delegation.objects.standing().filter(pk=self.pk).update(ended_at=at):
            return
        pilot.chain.record(
            "sign_off.delegation_ended",
            by=by.actor,
            at=at,
            stakeholder=self.stakeholder_id,
            delegation=self.pk,
        )
        self.stakeholder.refresh_from_db(
            fields=["name", "email"]
        )  # the mail goes to where they are reached by now
        pilot.ask_to_sign(self.stakeholder, self.plan_version, by=by, at=at)
