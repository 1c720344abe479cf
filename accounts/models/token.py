"""Tokens for programs: shown once, stored hashed, for one organisation and one kind of use."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.access import VERBS_OF
from accounts.models.membership import Membership, Role

if TYPE_CHECKING:
    from accounts.models.organisation import Organisation
    from accounts.models.person import Person

#: Whoever finds one in a log or in a repository knows what it is; ``config.logs`` blacks it out by it.
PREFIX: Final = "plt_"
#: How exactly it is known when a token was last used: not a write a request.
COARSE: Final = timedelta(minutes=10)


class Scope(models.TextChoices):
    READ = "read", _("read metrics, sources, pulls and values")
    PUSH = "push", _("push values, and nothing else")
    ACT = "act", _("act for a member, with no more rights than they have")


def digest_of(raw: str) -> str:
    """What is stored of a token. It is random through and through, so one round of SHA-256 is enough."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def standing(self, at: datetime) -> ApiTokenQuerySet:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)


_ApiTokenManager = models.Manager.from_queryset(ApiTokenQuerySet)


class ApiTokenManager(_ApiTokenManager["ApiToken"]):
    @transaction.atomic
    def make(
        self,
        organisation: Organisation,
        *,
        name: str,
        scope: str,
        by: Person,
        at: datetime,
        member: Membership | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[ApiToken, str]:
        """A new token, and its text, which is nowhere else and never seen again."""
        raw = PREFIX + secrets.token_urlsafe(32)
        token = self.create(
            organisation=organisation,
            name=name,
            scope=scope,
            member=member,
            role=member.role if member else "",
            digest=digest_of(raw),
            hint=raw[: len(PREFIX) + 4],
            created_by=by,
            created_at=at,
            expires_at=expires_at,
        )
        organisation.chain.record(
            "token.made",
            by=by.actor,
            at=at,
            private={"name": name},
            token=token.pk,
            scope=scope,
            member=member.pk if member else None,
            expires=expires_at.isoformat() if expires_at else None,
        )
        return token, raw


class ApiToken(models.Model):
    """A program's key to one organisation."""

    Scope = Scope

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("what it is for"), max_length=80)
    scope = models.CharField(_("what it may do"), max_length=10, choices=Scope)
    # Whom it acts for, and the role they had then: it ends when they leave or hold a lesser one.
    member = models.ForeignKey(
        "accounts.Membership", on_delete=models.SET_NULL, null=True, related_name="tokens"
    )
    role = models.CharField(max_length=20, blank=True, choices=Role)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    created_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="token_scope_known"),
            models.CheckConstraint(
                condition=Q(scope=Scope.ACT) | Q(member=None, role=""), name="token_member_only_to_act"
            ),
            models.CheckConstraint(
                condition=~Q(scope=Scope.ACT) | Q(role__in=Role.values), name="token_acts_with_a_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.scope})"

    @property
    def has_ended(self) -> bool:
        """Whether whom it acts for has left, or may do less than when it was made."""
        return self.scope == Scope.ACT and (
            self.member is None or not still_holds(self.member.role, self.role)
        )

    @transaction.atomic
    def revoke(self, *, by: Person, at: datetime) -> None:
        """It opens nothing any more, from the next request on."""
        if ApiToken.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at):
            self.organisation.chain.record("token.revoked", by=by.actor, at=at, token=self.pk)


def still_holds(role: str, before: str) -> bool:
    """Whether a member with ``role`` may do all that they could with the role ``before``."""
    return VERBS_OF[role] >= VERBS_OF[before]
