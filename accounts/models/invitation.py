from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.links import hashed, token_for
from accounts.models.membership import Role
from accounts.models.message import Message
from accounts.models.person import Person

if TYPE_CHECKING:
    from accounts.models.organisation import Organisation

VALID_FOR: Final = timedelta(days=14)


class InvitationGoneError(Exception):
    """It was withdrawn, or ran out, between reading it and accepting it."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, at: datetime) -> InvitationQuerySet:
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=at)


_InvitationManager = models.Manager.from_queryset(InvitationQuerySet)


class InvitationManager(_InvitationManager["Invitation"]):
    @transaction.atomic
    def invite(
        self, organisation: Organisation, *, email: str, role: str, by: Person, at: datetime
    ) -> Invitation:
        """Invite by e-mail; a second invitation to the same address replaces the first."""
        # Two who invite the same person at once: the second replaces what the first sent.
        type(organisation).objects.select_for_update(no_key=True).get(pk=organisation.pk)
        earlier = organisation.invitations.filter(accepted_at=None, withdrawn_at=None)  # expired ones too
        earlier.filter(email__iexact=email).update(withdrawn_at=at)
        key = uuid4().hex
        invitation = self.create(
            organisation=organisation,
            email=email.lower(),
            role=role,
            invited_by=by,
            created_at=at,
            expires_at=at + VALID_FOR,
            token_hash=hashed(token_for("invitation", key)),
        )
        Message.objects.queue(
            "invitation",
            to=email,
            at=at,
            link=f"invitation:{key}",
            organisation=organisation,
            context={"organisation": organisation.name, "inviter": by.name, "role": role},
        )
        organisation.chain.record(
            "member.invited",
            by=by.actor,
            at=at,
            private={"email": email},
            invitation=invitation.pk,
            role=role,
        )
        return invitation

    def by_token(self, token: str, at: datetime) -> Invitation | None:
        return self.open(at).select_related("organisation").filter(token_hash=hashed(token)).first()


class Invitation(models.Model):
    """An offer, by e-mail, to become a member with a role."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(_("e-mail address"), max_length=254)
    role = models.CharField(_("role"), max_length=20, choices=Role)
    invited_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="one_open_invitation_per_email",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"

    @transaction.atomic
    def accept(
        self, *, at: datetime, name: str = "", password: str = "", person: Person | None = None
    ) -> Person:
        """Join: as the person who is signed in, or as a new one with the invited address."""
        locked = Invitation.objects.select_for_update().get(pk=self.pk)
        if locked.withdrawn_at or locked.expires_at <= at:
            raise InvitationGoneError
        if person is None:
            person = Person.objects.create_user(self.email, password, name=name)
        if locked.accepted_at is None:
            Invitation.objects.filter(pk=self.pk).update(accepted_at=at)
            self.organisation.admit(person, self.role, by=person.actor, at=at)
        return person

    @transaction.atomic
    def withdraw(self, *, by: Person, at: datetime) -> None:
        if Invitation.objects.filter(pk=self.pk, accepted_at=None, withdrawn_at=None).update(withdrawn_at=at):
            self.organisation.chain.record(
                "member.invitation_withdrawn", by=by.actor, at=at, invitation=self.pk
            )
