from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import Actor, Invitation, Role
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.link import Purpose, StakeholderLink
from pilots.models.mailbox import is_owner, is_person

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot


class Resistance(models.TextChoices):
    """Where resistance comes from, and what it really is: find that first."""

    NO_BUSINESS_CASE = "no_business_case", _("a leader who has seen no business case (credibility)")
    QUALITY = "quality", _("a manager who doubts that AI content is good enough (quality)")
    JOBS = "jobs", _("somebody uneasy about their job (change)")
    CO_OWNERSHIP = "co_ownership", _("an expert whose content AI now writes (co-ownership)")
    PROCESS = "process", _("IT or legal, who would slow it down (a gap in the process)")


class Stance(models.TextChoices):
    CHAMPION = "champion", _("champion")
    NEUTRAL = "neutral", _("neutral")
    SCEPTIC = "sceptic", _("sceptic")


class StakeholderQuerySet(models.QuerySet["Stakeholder"]):
    def sceptics(self) -> Self:
        return self.filter(stance=Stance.SCEPTIC)

    def must_sign(self) -> Self:
        return self.filter(sign_off_required=True)

    def who_is(self, person: Person) -> Stakeholder | None:
        """The stakeholder who is this person, by name or by any of their addresses."""
        return next((one for one in self if is_person(one.name, one.email, person)), None)


_StakeholderManager = TenantManager.from_queryset(StakeholderQuerySet)


class StakeholderManager(_StakeholderManager["Stakeholder"]):
    @transaction.atomic
    def name_for(self, pilot: Pilot, *, by: Person, at: datetime, **fields: Any) -> Stakeholder:
        """Name somebody whose view of success counts. The owner judges their own pilot in no other role."""
        if is_owner(pilot, fields["name"], fields["email"]):
            raise RefusedError(_t("This is the pilot's owner. Nobody signs for a pilot they own."))
        if type(pilot).objects.select_for_update(of=("self",)).get(pk=pilot.pk).has("launch"):
            raise RefusedError(_t("The plan is fixed since the launch."))
        if fields.get("is_sponsor"):
            pilot.stakeholders.update(is_sponsor=False)
        stakeholder = self.create(pilot=pilot, **fields)
        pilot.chain.record(
            "stakeholder.named",
            by=by.actor,
            at=at,
            private={"name": stakeholder.name, "email": stakeholder.email},
            stakeholder=stakeholder.pk,
            stance=stakeholder.stance,
            required=stakeholder.sign_off_required,
        )
        return stakeholder


class Stakeholder(models.Model):
    """Somebody who will judge the pilot. They need no account: a link reaches them."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="stakeholders")
    name = models.CharField(_("full name"), max_length=120)
    email = models.EmailField(_("e-mail address"), max_length=254)
    position = models.CharField(_("position"), max_length=120, blank=True)
    stance = models.CharField(_("stance"), max_length=20, choices=Stance)
    resistance = models.CharField(
        _("where the resistance comes from"), max_length=20, choices=Resistance, blank=True
    )
    is_sponsor = models.BooleanField(
        _("the sponsor: the leader who loses sleep over the problem"), default=False
    )
    sign_off_required = models.BooleanField(_("must sign before launch"), default=True)
    is_legal = models.BooleanField(_("speaks for legal or compliance"), default=False, db_default=False)

    tenant_path = "pilot__organisation"
    objects = StakeholderManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["pilot", "email"],
                name="stakeholder_once_per_pilot",
                violation_error_message=_("Somebody with this address is named already."),
            ),
            models.UniqueConstraint(
                fields=["pilot"], condition=models.Q(is_sponsor=True), name="one_sponsor_per_pilot"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        return Actor("stakeholder", self.pk, self.name)

    @transaction.atomic
    def ask_the_question(self, *, by: Person, at: datetime) -> StakeholderLink:
        """Send the one question by e-mail."""
        link = StakeholderLink.objects.send(
            self,
            Purpose.QUESTION,
            by=by.name,
            at=at,
            template="one_question",
            context={"problem": self.pilot.problem},
        )
        self.pilot.chain.record("question.asked", by=by.actor, at=at, stakeholder=self.pk, link=link.pk)
        return link

    @transaction.atomic
    def invite_as_reviewer(self, *, by: Person, at: datetime) -> Invitation:
        """Make the expert whose content AI now writes the one who checks it: an invitation, by mail, as reviewer."""
        organisation = self.pilot.organisation
        if self.resistance != Resistance.CO_OWNERSHIP:
            raise RefusedError(_t("This is for experts whose content AI now writes. Say so of them first."))
        if organisation.memberships.filter(person__email__iexact=self.email).exists():
            raise RefusedError(
                _t("%(name)s is a member already. An administrator changes roles.") % {"name": self}
            )
        invitation = Invitation.objects.invite(
            organisation, email=self.email, role=Role.REVIEWER, by=by, at=at
        )
        self.pilot.chain.record(
            "stakeholder.invited_as_reviewer",
            by=by.actor,
            at=at,
            stakeholder=self.pk,
            invitation=invitation.pk,
        )
        return invitation
