"""Where news go beside e-mail: a Slack or Teams channel, or a program that listens."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import posts, vault
from accounts.canonical import sha256
from accounts.models.job import Job
from accounts.models.ledger import SYSTEM
from accounts.models.message import Message
from accounts.models.preference import Topic

if TYPE_CHECKING:
    from accounts.models.delivery import Door, Posted
    from accounts.models.membership import Membership
    from accounts.models.organisation import Organisation
    from accounts.models.person import Person

SECRET_PREFIX: Final = "plws_"  # noqa: S105 - the beginning of every such secret, not one of them
#: A channel that takes nothing for so long, and at least so often, is switched off, and somebody is told.
PATIENCE: Final = timedelta(days=3)
MOST_FAILURES: Final = 10
#: For so long a secret that was renewed signs beside the new one, and at most so many do.
OVERLAP: Final = timedelta(days=1)
MOST_EARLIER: Final = 3


class NameTakenError(Exception):
    """There is a channel of that name already."""


class RenewedAlreadyError(Exception):
    """The secret is not the one any more that was to be renewed."""


def _new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(32)


class ChannelKind(models.TextChoices):
    SLACK = "slack", _("Slack")
    TEAMS = "teams", _("Microsoft Teams")
    WEBHOOK = "webhook", _("A program of yours (signed webhook)")


class ChannelQuerySet(models.QuerySet["Channel"]):
    def working(self) -> ChannelQuerySet:
        return self.filter(switched_off_at=None)

    def shared(self) -> ChannelQuerySet:
        """Those of the organisation, which nobody has for themselves."""
        return self.filter(membership=None)

    def digested(self) -> ChannelQuerySet:
        """Those of the organisation that get the weekly digest."""
        return self.shared().filter(topics__contains=Topic.DIGEST.value)


_ChannelManager = models.Manager.from_queryset(ChannelQuerySet)


class ChannelManager(_ChannelManager["Channel"]):
    @transaction.atomic
    def add(
        self,
        organisation: Organisation,
        *,
        kind: str,
        name: str,
        url: str,
        by: Person,
        at: datetime,
        membership: Membership | None = None,
        topics: list[str] | None = None,
    ) -> tuple[Channel, str]:
        """A new channel, of a member or (without one) of the organisation, and the secret that its posts are signed with.

        The secret is handed out here and never again; only webhooks have one. Raises ``NameTakenError``, also for a
        form that was sent twice.
        """
        type(organisation).objects.select_for_update().get(pk=organisation.pk)
        if self.filter(organisation=organisation, membership=membership, name=name).exists():
            raise NameTakenError
        secret = _new_secret() if kind == ChannelKind.WEBHOOK else ""
        channel = self.create(
            organisation=organisation,
            membership=membership,
            kind=kind,
            name=name,
            host=(urlsplit(url).hostname or "")[:120],
            sealed=vault.seal({"url": url, "secret": secret}),
            topics=topics or [],
            created_by=by,
            created_at=at,
        )
        if channel.gets_digest:
            Job.objects.want(Job.Kind.DIGEST_CHANNEL, channel.pk, at=at)  # which finds its first morning
        channel._record("channel.added", by=by, at=at, kind=kind)
        return channel, secret


class Channel(models.Model):
    """An address that news are posted to. The address is a secret itself: it is sealed, and only its host is shown."""

    Kind = ChannelKind

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="channels"
    )
    membership = models.ForeignKey(
        "accounts.Membership", null=True, on_delete=models.CASCADE, related_name="channels"
    )
    kind = models.CharField(max_length=10, choices=ChannelKind)
    name = models.CharField(_("name"), max_length=60)
    host = models.CharField(max_length=120)
    sealed = models.TextField()
    # Of the organisation's channels: what is told there. A member's own are chosen topic by topic.
    topics = models.JSONField(default=list)
    created_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    # The newest weekly digest: the next one tells what came after it.
    digest_at = models.DateTimeField(null=True)
    worked_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    switched_off_at = models.DateTimeField(null=True)

    objects = ChannelManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "membership", "name"],
                nulls_distinct=False,
                name="channel_name_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=ChannelKind.values), name="channel_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def opened(self) -> dict[str, str]:
        """``url`` and ``secret``, for the one who posts."""
        return vault.unseal(self.sealed)

    @property
    def gets_digest(self) -> bool:
        """Of the organisation's; a member's own are in the member's choice."""
        return self.membership_id is None and Topic.DIGEST in self.topics

    @property
    def mark(self) -> str:
        """Tells one secret from the next, without telling it."""
        return sha256(self.sealed)[:16]

    @transaction.atomic
    def renew_secret(self, *, was: str, by: Person, at: datetime) -> str:
        """A secret in place of the one that ``was`` marks; those before sign beside it for a day. Handed out here and never again.

        Raises ``RenewedAlreadyError`` for a form that was sent twice.
        """
        channel = Channel.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if channel.mark != was:
            raise RenewedAlreadyError
        opened = channel.opened()
        secret = _new_secret()
        ends = (at + OVERLAP).isoformat()
        earlier = [[opened["secret"], ends], *channel._earlier(at)][:MOST_EARLIER]
        self.sealed = vault.seal({**opened, "secret": secret, "earlier": json.dumps(earlier)})
        self.save(update_fields=["sealed"])
        self._record("channel.secret_renewed", by=by, at=at)
        return secret

    def secrets(self, at: datetime) -> list[str]:
        """What posts are signed with, the newest first; none of a chat."""
        newest = self.opened()["secret"]
        return [newest, *(secret for secret, _until in self._earlier(at))] if newest else []

    def _earlier(self, at: datetime) -> list[list[str]]:
        """Secrets that were renewed less than a day ago, with the moment at which they end."""
        kept: list[list[str]] = json.loads(self.opened().get("earlier", "[]"))
        return [one for one in kept if datetime.fromisoformat(one[1]) > at]

    def worked(self, *, at: datetime) -> None:
        Channel.objects.filter(pk=self.pk).update(worked_at=at, failing_since=None, failures=0, last_error="")

    @transaction.atomic
    def failed(self, words: str, *, gone: bool, at: datetime) -> bool:
        """It took nothing. Whether it is switched off by that: after long, or at once when it says that it is gone."""
        channel = Channel.objects.select_for_update(of=("self",)).get(pk=self.pk)
        channel.failing_since = channel.failing_since or at
        channel.failures += 1
        channel.last_error = words[:300]
        lasted = at - channel.failing_since >= PATIENCE and channel.failures >= MOST_FAILURES
        ends = (gone or lasted) and channel.switched_off_at is None
        if ends:
            channel.switched_off_at = at
        channel.save(update_fields=["failing_since", "failures", "last_error", "switched_off_at"])
        if ends:
            channel._record("channel.switched_off", at=at, failures=channel.failures)
            channel._tell_owner(words, at=at)
        return channel.switched_off_at is not None

    def try_out(self, door: Door, *, at: datetime) -> Posted:
        """Post a word there, now, and say how it was answered; it counts for nothing."""
        uid = str(uuid4())
        body = posts.body(self.kind, posts.test(self.organisation), uid=uid)
        opened = self.opened()
        return door(opened["url"], posts.headers(body, uid=uid, secrets=self.secrets(at), at=at), body)

    @transaction.atomic
    def switch_on(self, *, by: Person, at: datetime) -> None:
        """Try it again; what it did not take of late is posted once more."""
        found = Channel.objects.filter(pk=self.pk).exclude(switched_off_at=None)
        if found.update(switched_off_at=None, failing_since=None, failures=0, last_error=""):
            self._record("channel.switched_on", by=by, at=at)
            self.deliveries.want_again(at=at)
            if self.gets_digest:
                Job.objects.want(Job.Kind.DIGEST_CHANNEL, self.pk, at=at)

    @transaction.atomic
    def end(self, *, by: Person, at: datetime) -> None:
        """Forget it, with its address and what still waits for it."""
        if Channel.objects.filter(pk=self.pk).delete()[0]:
            self._record("channel.ended", by=by, at=at)

    def _record(self, verb: str, *, at: datetime, by: Person | None = None, **facts: Any) -> None:
        actor = by.actor if by else SYSTEM
        shared = self.membership_id is None
        self.organisation.chain.record(verb, by=actor, at=at, channel=self.pk, shared=shared, **facts)

    def _tell_owner(self, words: str, *, at: datetime) -> None:
        """By mail, since the channel itself takes nothing: whose it is, or the organisation's administrators."""
        memberships = self.organisation.memberships.select_related("person").order_by("pk")
        whose = memberships.filter(pk=self.membership_id) if self.membership_id else None
        page = "news" if self.membership_id else "channels"
        for one in whose or memberships.filter(role="administrator"):
            Message.objects.queue(
                "channel_off",
                to=one.person.email,
                at=at,
                organisation=self.organisation,
                link=f"page:/{self.organisation.slug}/{page}/",
                context={"name": one.person.name, "channel": self.name, "words": words},
            )
