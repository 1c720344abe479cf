from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models.job import Job
from accounts.models.ledger import SYSTEM, Actor, Chain
from accounts.models.thresholds import Thresholds
from accounts.models.versioned import Versioned

if TYPE_CHECKING:
    from accounts.models.person import Person

#: When the news of a day are gathered, and the weekly digest is written: before the desk fills up.
MORNING: Final = time(8)

# First words of addresses that are not an organisation's (``config/urls.py``).
RESERVED_SLUGS = frozenset(
    [
        "accounts",
        "api",
        "calendar",
        "demo",
        "healthz",
        "l",
        "o",
        "readyz",
        "s",
        "static",
        "styleguide",
        "u",
        "favicon",
        "robots",
        "admin",
        "media",
    ]
)


def validate_slug_is_free_word(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(
            _("“%(slug)s” is kept for Pilotlight's own pages. Choose another word."), params={"slug": slug}
        )


#: Looked up once, since it opens hundreds of files.
known_zones: Final = cache(available_timezones)


def validate_time_zone(name: str) -> None:
    if name not in known_zones():
        raise ValidationError(
            _("“%(name)s” is not a time zone we know, such as Europe/Berlin."), params={"name": name}
        )


def next_morning(after: datetime, zone: ZoneInfo) -> datetime:
    """The first morning after a moment, where that zone is."""
    local = after.astimezone(zone)
    morning = at_hour(local, MORNING)
    return morning if morning > local else at_hour(local + timedelta(days=1), MORNING)


def at_hour(day: datetime, hour: time) -> datetime:
    """That hour of that calendar day. An hour that the clocks skip comes as much later as they are put forward."""
    return datetime.combine(day.date(), hour, tzinfo=day.tzinfo)


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")


class CodeAtSigning(models.TextChoices):
    """Who types a six-digit code from a second mail when they sign."""

    OFF = "off", _("nobody: the link is enough")
    LEGAL = "legal", _("those who speak for legal or compliance")
    EVERYONE = "everyone", _("everybody who signs")


class OrganisationManager(models.Manager["Organisation"]):
    @transaction.atomic
    def found(
        self, *, name: str, slug: str, administrator: Person, at: datetime, **settings: Any
    ) -> Organisation:
        """A new organisation with its chain of events and its first administrator."""
        from accounts.models.membership import Role

        organisation = Organisation(name=name, slug=slug, **settings)
        organisation.full_clean(exclude=["chain"])
        organisation.chain = Chain.objects.create(subject="organisation")
        organisation.save()
        organisation.chain.record("organisation.founded", by=SYSTEM, at=at, organisation=organisation.pk)
        organisation.admit(administrator, Role.ADMINISTRATOR, by=SYSTEM, at=at)
        return organisation


class Organisation(Thresholds, Versioned):
    """The tenant: everything that is measured and agreed belongs to exactly one."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(
        _("word in the address"), max_length=40, unique=True, validators=[validate_slug_is_free_word]
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Europe/Berlin", validators=[validate_time_zone]
    )
    minimum_group = models.PositiveSmallIntegerField(
        _("smallest group that is shown"),
        default=5,
        validators=[MinValueValidator(2), MaxValueValidator(100)],
    )
    two_reviewers = models.BooleanField(_("every AI-made item needs two reviewers"), default=False)
    code_at_signing = models.CharField(
        _("a code by e-mail at signing, for"),
        max_length=10,
        choices=CodeAtSigning,
        default=CodeAtSigning.OFF,
        db_default=CodeAtSigning.OFF,
    )
    digest_day = models.PositiveSmallIntegerField(
        _("day of the weekly digest"), choices=Weekday, default=Weekday.MONDAY
    )
    sender_name = models.CharField(_("name that mails come from"), max_length=80, blank=True)
    chain = models.OneToOneField("accounts.Chain", on_delete=models.PROTECT, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganisationManager()

    class Meta(Versioned.Meta):
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def day_of(self, moment: datetime) -> date:
        """The calendar day of a moment, where this organisation lives."""
        return moment.astimezone(self.zone).date()

    def next_digest(self, after: datetime, zone: ZoneInfo | None = None) -> datetime:
        """The morning of the next digest day, where the organisation lives or in another ``zone``."""
        morning = next_morning(after, zone or self.zone)
        return morning + timedelta(days=(self.digest_day - morning.weekday()) % 7)

    @transaction.atomic
    def change_settings(
        self, *, by: Person, at: datetime, expected_version: int, **changes: Any
    ) -> list[str]:
        """Apply settings, and write down which; the names of those that differ."""
        changed = self.apply(expected_version=expected_version, **changes)
        if changed:
            self.chain.record("organisation.settings_changed", by=by.actor, at=at, changed=sorted(changed))
        if {"digest_day", "time_zone"} & set(changed):
            members = list(self.memberships.values_list("pk", flat=True))
            Job.objects.want_all(Job.Kind.DIGEST, members, at=at)  # whose next one is on another day now
            channels = list(self.channels.digested().values_list("pk", flat=True))
            Job.objects.want_all(Job.Kind.DIGEST_CHANNEL, channels, at=at)
        return changed

    @transaction.atomic
    def admit(self, person: Person, role: str, *, by: Actor, at: datetime) -> None:
        """Make somebody a member; whoever is one already keeps the role they have."""
        membership, new = self.memberships.get_or_create(
            person=person, defaults={"role": role, "joined_at": at}
        )
        if new:
            self.chain.record("member.admitted", by=by, at=at, member=membership.pk, role=membership.role)
