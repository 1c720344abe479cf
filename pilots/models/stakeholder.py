from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import Actor, Invitation, Role, StaleVersionError, fingerprint
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.approach import USUALLY_WITHIN, Approach
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


class Influence(models.IntegerChoices):
    """How much weight their word has with the others who judge."""

    MUCH = 3, _("much: others follow them")
    SOME = 2, _("some")
    LITTLE = 1, _("little")


#: What is sceptical first.
_DOUBT: Final = {"sceptic": 3, "neutral": 2, "champion": 1}


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
        locked = type(pilot).objects.select_for_update(of=("self",)).get(pk=pilot.pk)
        if is_owner(locked, fields["name"], fields["email"]):
            raise RefusedError(_t("This is the pilot's owner. Nobody signs for a pilot they own."))
        if locked.has("launch"):
            raise RefusedError(_t("The plan is fixed since the launch."))
        if fields.get("is_sponsor"):
            pilot.stakeholders.update(is_sponsor=False)
        stakeholder: Stakeholder = self.create(pilot=pilot, **fields)
        pilot.chain.record(
            "stakeholder.named",
            by=by.actor,
            at=at,
            private={"name": stakeholder.name, "email": stakeholder.email},
            stakeholder=stakeholder.pk,
            stance=stakeholder.stance,
            required=stakeholder.sign_off_required,
        )
        stakeholder.plan_approach(by=by, at=at)
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
    influence = models.PositiveSmallIntegerField(
        _("how much influence they have"),
        choices=Influence,
        default=Influence.SOME,
        db_default=Influence.SOME,
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

    @property
    def weight(self) -> tuple[int, int, bool]:
        """How much their idea of success counts: doubt first, then influence, then being the sponsor."""
        return _DOUBT.get(self.stance, 0), self.influence, self.is_sponsor

    @property
    def approach(self) -> Approach | None:
        """The task that answers where their resistance comes from, as it is known today."""
        return next((one for one in self.approaches.all() if one.resistance == self.resistance), None)

    def plan_approach(self, *, by: Person, at: datetime, due: date | None = None) -> Approach | None:
        """Give the recommended move its day, by default a week from now; None where there is no resistance to answer."""
        if not self.resistance:
            return None
        day = due or self.pilot.organisation.day_of(at) + USUALLY_WITHIN
        return Approach.objects.plan_for(self, by=by, at=at, due=day)

    @transaction.atomic
    def change(
        self, *, by: Person, at: datetime, seen: Mapping[str, str] | None = None, **changes: Any
    ) -> list[str]:
        """Say anew how they see it, and what follows; the names of what differs.

        ``seen`` holds the fingerprint of what each change was typed over; raises ``StaleVersionError`` where somebody
        else changed that meanwhile.
        """
        pilot = type(self.pilot).objects.select_for_update(of=("self",)).get(pk=self.pilot_id)
        if pilot.has("launch") or pilot.has("cancel"):
            raise RefusedError(_t("The plan is fixed since the launch."))
        current = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        changed = [name for name, value in changes.items() if getattr(current, name) != value]
        if seen is not None and any(
            seen.get(name) != fingerprint(getattr(current, name)) for name in changed
        ):
            raise StaleVersionError(current)
        if not changed:
            return []
        if is_owner(pilot, changes.get("name", current.name), changes.get("email", current.email)):
            raise RefusedError(_t("This is the pilot's owner. Nobody signs for a pilot they own."))
        if "email" in changed:
            # What was sent to the old address opens nothing any more.
            self.links.filter(replaced_at=None, deputy=None).update(replaced_at=at)
        if changes.get("is_sponsor"):
            self.pilot.stakeholders.exclude(pk=self.pk).update(is_sponsor=False)
        for name in changed:
            setattr(self, name, changes[name])
        self.save(update_fields=changed)
        told = {name: str(changes[name]) for name in changed if name in {"name", "email", "position"}}
        self.pilot.chain.record(
            "stakeholder.changed",
            by=by.actor,
            at=at,
            private=told,
            stakeholder=self.pk,
            changed=sorted(changed),
            stance=self.stance,
        )
        if "resistance" in changed and self.approach is None:
            self.plan_approach(by=by, at=at)
        return changed

    @transaction.atomic
    def ask_the_question(self, *, by: Person, at: datetime) -> StakeholderLink:
        """Send the one question by e-mail."""
        # Two who ask at once leave one link, and it goes to where they are reached by now.
        mine = type(self).objects.select_for_update(of=("self",))
        self.refresh_from_db(fields=["name", "email"], from_queryset=mine)
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
