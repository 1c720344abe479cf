from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.access import VERBS_OF, Verb

if TYPE_CHECKING:
    from accounts.models.person import Person


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("Administrator")
    MANAGER = "manager", _("Manager")
    REVIEWER = "reviewer", _("Reviewer")
    VIEWER = "viewer", _("Executive")


class LastAdministratorError(Exception):
    """An organisation without an administrator could never be put right again."""


class Membership(models.Model):
    """One person's place in one organisation, with one role."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="memberships"
    )
    person = models.ForeignKey("accounts.Person", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "person"], name="one_membership_per_person"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.role})"

    def may(self, verb: Verb) -> bool:
        return verb in VERBS_OF[self.role]

    @transaction.atomic
    def change_role(self, role: str, *, by: Person, at: datetime) -> None:
        """Of one who left meanwhile nothing is changed."""
        self._keep_one_administrator(role)
        if (now := self._now()) is None:
            return
        before, self.role = now.role, role
        self.save(update_fields=["role"])
        if role != before:
            self.organisation.chain.record(
                "member.role_changed", by=by.actor, at=at, member=self.pk, before=before, after=role
            )

    @transaction.atomic
    def end(self, *, by: Person, at: datetime) -> None:
        """The person leaves the organisation, from their next request on. Said twice, it is done once."""
        self._keep_one_administrator("")
        if self._now() is None:
            return
        self.organisation.chain.record(
            "member.left", by=by.actor, at=at, member=self.pk, person=self.person_id
        )
        self.delete()

    def _now(self) -> Membership | None:
        """As it is by now, until the transaction ends; None once they have left.

        Whoever is just telling them something is waited for: the notice goes with them.
        """
        return Membership.objects.select_for_update().filter(pk=self.pk).first()

    def _keep_one_administrator(self, role: str) -> None:
        # All locked, in one order, or two administrators could demote each other at the same moment.
        administrators = self.organisation.memberships.filter(role=Role.ADMINISTRATOR).order_by("pk")
        locked = list(administrators.select_for_update())
        if role != Role.ADMINISTRATOR and [one.pk for one in locked] == [self.pk]:
            raise LastAdministratorError
