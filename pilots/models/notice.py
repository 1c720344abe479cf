"""What people are told of pilots: written down with its cause, gathered and sent when each of them wants it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Max, Q

from accounts.lookup import Lookup
from accounts.models import Channel, Delivery, Job, MailList, Membership, Message, Preference, Rhythm, Topic
from accounts.models.preference import MAIL
from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from pilots.models.content import ContentItem
    from pilots.models.flag import Flag
    from pilots.models.pilot import Pilot

#: What was told is kept for so long, to say why a mail came.
KEPT: Final = timedelta(days=90)
_MEMBER: Final = Lookup(
    lambda: Membership._base_manager.select_related("preference"), organisation=1, person=1
)
# Whoever is a member now remains one until the transaction ends: what they are told of needs their row when it commits.
_STAY: Final = """
    SELECT 1 FROM accounts_membership WHERE organisation_id = %s AND person_id = ANY(%s) ORDER BY id FOR KEY SHARE
"""
_SHARED: Final = Lookup(lambda: Channel.objects.working().shared(), organisation=1)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def untold(self) -> Self:
        return self.filter(told_at=None)

    def ripe(self, at: datetime) -> Self:
        return self.untold().filter(due_at__lte=at)

    def with_causes(self) -> Self:
        return self.select_related("pilot__organisation", "pilot__metric__source", "flag", "item").order_by(
            "at", "pk"
        )

    def next_due(self) -> datetime | None:
        found: datetime | None = self.untold().order_by("due_at").values_list("due_at", flat=True).first()
        return found


_NoticeManager = TenantManager.from_queryset(NoticeQuerySet)


class NoticeManager(_NoticeManager["Notice"]):
    @transaction.atomic(savepoint=False)
    def tell(
        self,
        pilot: Pilot,
        topic: str,
        *,
        people: Iterable[int | None],
        at: datetime,
        words: str = "",
        path: str = "",
        flag: Flag | None = None,
        item: ContentItem | None = None,
    ) -> None:
        """Have members (by the ids of their persons) told, each when and where they want it, and the organisation's channels.

        In the transaction of its cause: what is not told of never happened, and what happened is told of.
        """
        about: dict[str, Any] = {
            "pilot": pilot, "topic": topic, "words": words, "path": path, "flag": flag, "item": item, "at": at
        }  # fmt: skip
        organisation = pilot.organisation
        persons = sorted({pk for pk in people if pk})
        with connection.cursor() as cursor:
            cursor.execute(_STAY, [organisation.pk, persons])
        found = (_MEMBER.get(organisation.pk, person) for person in persons)
        for membership in filter(None, found):
            membership.organisation = organisation
            due = Preference.objects.of(membership).due(topic, at)
            if due:
                self.create(membership=membership, due_at=due, **about)
                Job.objects.want(Job.Kind.TELL, membership.pk, at=due + gathering())
        for channel in _SHARED.all(organisation.pk):
            if topic in channel.topics:
                self.create(channel=channel, due_at=at, **about)
                Job.objects.want(Job.Kind.TELL_CHANNEL, channel.pk, at=at + gathering())

    @transaction.atomic
    def tell_member(self, membership: Membership, *, at: datetime) -> datetime | None:
        """Send somebody all that is ripe, in one mail and one post a channel; when they want to be told next.

        Whoever was told a moment ago is left in peace for a while.
        """
        Membership.objects.select_for_update(of=("self",), no_key=True).get(pk=membership.pk)
        mine = self.filter(membership=membership)
        told_at = mine.exclude(message=None).aggregate(last=Max("told_at"))["last"]
        in_peace_until: datetime = (told_at or at) + (apart() if told_at else timedelta(0))
        if in_peace_until > at and mine.ripe(at).exists():
            return in_peace_until
        if ripe := list(mine.ripe(at).with_causes()):
            message = _send(membership, [one for one in ripe if one.still_holds()], at=at)
            mine.filter(pk__in=[one.pk for one in ripe]).update(told_at=at, message=message)
        following = mine.next_due()
        return following and following + gathering()

    @transaction.atomic
    def tell_channel(self, channel: Channel, *, at: datetime) -> None:
        """Post to one of the organisation's channels all that came for it, once."""
        Channel.objects.select_for_update(of=("self",)).get(pk=channel.pk)
        mine = self.filter(channel=channel)
        if ripe := list(mine.ripe(at).with_causes()):
            _post(channel, [one for one in ripe if one.still_holds()], at=at)
            mine.filter(pk__in=[one.pk for one in ripe]).update(told_at=at)

    def forget_old(self, at: datetime) -> int:
        return self.filter(told_at__lt=at - KEPT).delete()[0]


class Notice(models.Model):
    """One thing that one member, or one channel, is told of a pilot."""

    membership = models.ForeignKey(
        "accounts.Membership", null=True, on_delete=models.CASCADE, related_name="notices"
    )
    channel = models.ForeignKey(
        "accounts.Channel", null=True, on_delete=models.CASCADE, related_name="notices"
    )
    topic = models.CharField(max_length=20, choices=Topic)
    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="notices")
    flag = models.ForeignKey("pilots.Flag", null=True, on_delete=models.CASCADE, related_name="notices")
    item = models.ForeignKey("pilots.ContentItem", null=True, on_delete=models.CASCADE, related_name="+")
    # Of everything but a flag, whose words follow from its figures.
    words = models.TextField(blank=True)
    path = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    message = models.ForeignKey(
        "accounts.Message", null=True, on_delete=models.SET_NULL, related_name="notices"
    )

    tenant_path = "pilot__organisation"
    objects = NoticeManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(membership=None) ^ Q(channel=None), name="notice_to_a_member_or_a_channel"
            ),
            models.UniqueConstraint(fields=["membership", "flag"], name="member_told_once_of_a_flag"),
            models.UniqueConstraint(fields=["channel", "flag"], name="channel_told_once_of_a_flag"),
        ]
        indexes = [
            # What is there to tell somebody, or a channel?
            models.Index(fields=["membership", "due_at"], name="notice_member", condition=Q(told_at=None)),
            models.Index(fields=["channel", "due_at"], name="notice_channel", condition=Q(told_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.topic} of pilot {self.pilot_id}"

    def still_holds(self) -> bool:
        """Whether it is news still: nobody is told of a flag that has gone, or of an item that was reviewed meanwhile."""
        if self.flag:
            return self.flag.cleared_at is None and self.flag.acknowledged_at is None
        if self.item:
            return bool(self.item.waits_for)
        if self.topic == Topic.AGREEMENT:
            return not (self.pilot.has("launch") or self.pilot.has("cancel"))
        if self.topic == Topic.DECISION:
            return not self.pilot.has("outcome")
        return True


def gathering() -> timedelta:
    """How long news wait for company, so that many become one mail."""
    return timedelta(seconds=settings.GATHER_SECONDS)


def apart() -> timedelta:
    """How long somebody is left in peace after a mail of news."""
    return 15 * gathering()


def _send(membership: Membership, notices: list[Notice], *, at: datetime) -> Message | None:
    from pilots.news import content, mail

    choice = Preference.objects.of(membership)
    by_place: dict[str, list[Notice]] = {}
    for notice in notices:
        for place in choice.places_of(notice.topic) if choice.rhythm(notice.topic) != Rhythm.NEVER else ():
            by_place.setdefault(place, []).append(notice)
    for channel in membership.channels.working().filter(pk__in=[p for p in by_place if p != MAIL]):
        Delivery.objects.queue(
            channel, content(by_place[str(channel.pk)], membership.organisation, at), at=at
        )
    if MAIL not in by_place:
        return None
    person = membership.person
    return Message.objects.queue(
        "news",
        to=person.email,
        at=at,
        organisation=membership.organisation,
        mail_list=f"{membership.pk}:{MailList.NEWS}",
        context={"name": person.name, **mail(by_place[MAIL], membership.organisation, at)},
    )


def _post(channel: Channel, notices: list[Notice], *, at: datetime) -> None:
    from pilots.news import content

    if notices:
        Delivery.objects.queue(channel, content(notices, channel.organisation, at), at=at)
