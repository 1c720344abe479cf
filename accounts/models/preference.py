"""What somebody wants to be told, where, and when."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models.job import Job
from accounts.models.organisation import MORNING, at_hour, next_morning, validate_time_zone

if TYPE_CHECKING:
    from accounts.models.membership import Membership

MAIL: Final = "mail"
SATURDAY: Final = 5


class Topic(models.TextChoices):
    """What there is to be told."""

    FLAG = "flag", _("A flag is raised on a pilot of mine")
    DECISION = "decision", _("The six weeks of a pilot of mine are over")
    AGREEMENT = "agreement", _("Somebody answers, signs or declines")
    REVIEW = "review", _("An item waits for my review")
    CHECK_IN = "check_in", _("The week’s note on a pilot of mine is due")
    OUTCOME = "outcome", _("A pilot is decided")
    DIGEST = "digest", _("The weekly digest")


class Rhythm(models.TextChoices):
    AT_ONCE = "at_once", _("at once")
    DAILY = "daily", _("once a day")
    WEEKLY = "weekly", _("once a week")
    NEVER = "never", _("not at all")


class MailList(models.TextChoices):
    """What one click takes somebody off."""

    NEWS = "news", _("news")
    DIGEST = "digest", _("the weekly digest")


_MANAGES: Final = {
    Topic.FLAG: Rhythm.AT_ONCE,
    Topic.DECISION: Rhythm.AT_ONCE,
    Topic.AGREEMENT: Rhythm.DAILY,
    Topic.REVIEW: Rhythm.DAILY,
    Topic.CHECK_IN: Rhythm.WEEKLY,
    Topic.OUTCOME: Rhythm.NEVER,
    Topic.DIGEST: Rhythm.WEEKLY,
}
#: What comes once a week or not at all.
WEEKLY: Final = frozenset({Topic.CHECK_IN, Topic.DIGEST})
#: What each role can be told of, and how often as long as nobody chose: little enough to stay switched on.
USUAL: Final[dict[str, dict[Topic, Rhythm]]] = {
    "administrator": _MANAGES,
    "manager": _MANAGES,
    "reviewer": {Topic.REVIEW: Rhythm.DAILY, Topic.OUTCOME: Rhythm.NEVER, Topic.DIGEST: Rhythm.NEVER},
    "viewer": {Topic.OUTCOME: Rhythm.DAILY, Topic.DIGEST: Rhythm.WEEKLY},
}


class PreferenceManager(models.Manager["Preference"]):
    def of(self, membership: Membership) -> Preference:
        """Their choice; as long as nobody chose, what is usual for their role (and is not stored)."""
        known: Preference | None = getattr(membership, "preference", None)
        return known or Preference(membership=membership)

    @transaction.atomic
    def choose(self, membership: Membership, *, at: datetime, **fields: Any) -> Preference:
        """Keep somebody's choice. Whoever chooses is back on the lists that they had left."""
        choice, _new = self.update_or_create(
            membership=membership, defaults={**fields, "left_news_at": None, "left_digest_at": None}
        )
        Job.objects.want(Job.Kind.DIGEST, membership.pk, at=at)  # its morning may be another one now
        return choice

    @transaction.atomic
    def leave(self, membership: Membership, mails: str, *, at: datetime) -> None:
        """No more such mails. Their choice stays, for the day on which they come back."""
        self.update_or_create(membership=membership, defaults={f"left_{MailList(mails).value}_at": at})

    @transaction.atomic
    def come_back(self, membership: Membership, mails: str) -> None:
        self.filter(membership=membership).update(**{f"left_{MailList(mails).value}_at": None})


class Preference(models.Model):
    """One member's choice. ``rhythms`` and ``places`` say of each topic how often and where (``mail``, or ids of channels)."""

    membership = models.OneToOneField(
        "accounts.Membership", on_delete=models.CASCADE, related_name="preference"
    )
    rhythms = models.JSONField(default=dict)
    places = models.JSONField(default=dict)
    time_zone = models.CharField(
        _("your time zone"), max_length=60, blank=True, validators=[validate_time_zone]
    )
    quiet_from = models.TimeField(_("quiet from"), default=time(19))
    quiet_until = models.TimeField(_("until"), default=time(7, 30))
    weekends = models.BooleanField(_("also on Saturdays and Sundays"), default=False)
    left_news_at = models.DateTimeField(null=True)
    left_digest_at = models.DateTimeField(null=True)

    objects = PreferenceManager()

    def __str__(self) -> str:
        return f"preference of {self.membership}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone) if self.time_zone else self.membership.organisation.zone

    @property
    def topics(self) -> dict[Topic, Rhythm]:
        """What their role can be told of, each with how often they want it."""
        usual = USUAL[self.membership.role]
        return {topic: Rhythm(self.rhythms.get(topic, rhythm)) for topic, rhythm in usual.items()}

    def rhythm(self, topic: str) -> Rhythm:
        return self.topics.get(Topic(topic), Rhythm.NEVER)

    def wants_mail(self, topic: str) -> bool:
        return self.rhythm(topic) != Rhythm.NEVER and MAIL in self.places_of(topic)

    def places_of(self, topic: str) -> list[str]:
        """``mail`` unless they left its list, and the ids of channels."""
        wanted: list[str] = self.places.get(topic, [MAIL])
        left = self.left_digest_at if topic == Topic.DIGEST else self.left_news_at
        return [place for place in wanted if place != MAIL or left is None]

    def due(self, topic: str, at: datetime) -> datetime | None:
        """When something of ``at`` is told, outside their quiet hours; None when they want nothing of it."""
        match self.rhythm(topic) if self.places_of(topic) else Rhythm.NEVER:
            case Rhythm.AT_ONCE:
                return self.outside_quiet(at)
            case Rhythm.DAILY:
                return self.outside_quiet(next_morning(at, self.zone))
            case Rhythm.WEEKLY:
                return self.outside_quiet(self.next_digest(at))
        return None

    def next_digest(self, after: datetime) -> datetime:
        """The morning of the organisation's next digest day, where this person lives."""
        return self.membership.organisation.next_digest(after, self.zone)

    def outside_quiet(self, moment: datetime) -> datetime:
        """``moment``, or the end of the quiet hours that it lies in."""
        local = moment.astimezone(self.zone)
        if self._is_quiet(local.time()):
            after = local.time() >= self.quiet_from > self.quiet_until
            local = at_hour(local + timedelta(days=1 if after else 0), self.quiet_until)
        if not self.weekends and local.weekday() >= SATURDAY:
            local = at_hour(local + timedelta(days=7 - local.weekday()), max(self.quiet_until, MORNING))
        return max(moment, local.astimezone(moment.tzinfo))

    def _is_quiet(self, hour: time) -> bool:
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until
