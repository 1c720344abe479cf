from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import SYSTEM, MailList, Message, Preference, Topic
from accounts.templatetags.pilotlight import long_date
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.flag import Flag
from pilots.models.flag_kind import FlagKind

if TYPE_CHECKING:
    from accounts.models import Person

WEEK: Final = timedelta(weeks=1)
WEEKS: Final = 6
#: From which hour on an owner is asked, on the fifth day of a pilot's week, where the organisation lives.
ASKED_FROM: Final = time(9)
#: How many take part is looked at from the day after the first week on, and not before.
REACH_FROM: Final = WEEK


class Confidence(models.TextChoices):
    HIGH = "high", _("confident: it will reach its target")
    EVEN = "even", _("open: it may go either way")
    LOW = "low", _("doubtful: it will not, as it goes")


class CheckIn(models.Model):
    """What the owner of a running pilot wrote about a week: a note, and how many took part."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="check_ins")
    week = models.PositiveSmallIntegerField()
    changed = models.CharField(_("what we changed"), max_length=300, blank=True)
    saw = models.CharField(_("what we saw"), max_length=300)
    confidence = models.CharField(_("how confident we are"), max_length=10, choices=Confidence)
    reach = models.PositiveIntegerField(
        _("how many have used it so far"), null=True, blank=True, validators=[MaxValueValidator(10_000_000)]
    )
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "pilot__organisation"
    objects = TenantManager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"week {self.week} of pilot {self.pilot_id}"

    @property
    def mark(self) -> str:
        """What stands at the picture's axis: what was changed, which may explain what the line does next."""
        return self.changed or self.saw


class CheckInReminder(models.Model):
    """That the owner was asked for a week's note: once a week, whoever asks."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="reminders")
    week = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    tenant_path = "pilot__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pilot", "week"], name="one_reminder_per_pilot_and_week")
        ]

    def __str__(self) -> str:
        return f"week {self.week} of pilot {self.pilot_id}"


class CheckedIn(models.Model):
    """What a pilot can do about its weekly notes."""

    class Meta:
        abstract = True

    def week(self: Any, on: date) -> int:
        """Which week of the six it is on a day, 1 to 6; 0 before the first day."""
        if self.start is None or on < self.start:
            return 0
        return int(min(WEEKS, (on - self.start) // WEEK + 1))

    @transaction.atomic
    def check_in(
        self: Any,
        *,
        saw: str,
        confidence: str,
        by: Person,
        at: datetime,
        changed: str = "",
        reach: int | None = None,
    ) -> CheckIn:
        """Write down how the week was. The same words again are the same note."""
        locked = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        today = self.organisation.day_of(at)
        if locked.stage(today) != "running" or not self.week(today):
            raise RefusedError(_t("A week is written about while the pilot runs."))
        said = {"changed": changed, "saw": saw, "confidence": confidence, "reach": reach}
        last: CheckIn | None = self.check_ins.order_by("-pk").first()
        if last and {name: getattr(last, name) for name in said} == said:
            return last
        note: CheckIn = CheckIn.objects.create(pilot=self, week=self.week(today), by=by, at=at, **said)
        private = {"changed": changed, "saw": saw} if changed else {"saw": saw}
        self.chain.record(
            "pilot.checked_in", by=by.actor, at=at, private=private, check_in=note.pk, week=note.week,
            confidence=confidence, reach=reach,
        )  # fmt: skip
        self.settle_reach(at=at)
        return note

    def settle_wait(self: Any, kind: FlagKind, *, at: datetime) -> None:
        """Somebody did what they were waited for, or need not do it any more: the flag about it goes with its cause."""
        from pilots import waits

        if Flag.objects.on(self, kind):
            waits.settle(self.organisation, at=at, only=self, kind=kind)

    @transaction.atomic
    def ask_for_check_in(self: Any, *, at: datetime) -> bool:
        """Ask the owner, by a mail with a link, how the week was; whether that was still to be asked.

        Once a week: a second call, also of another worker, asks nobody.
        """
        today = self.organisation.day_of(at)
        week = self.week(today)
        if self.stage(today) != "running" or not week:
            return False
        reminder, new = CheckInReminder.objects.get_or_create(pilot=self, week=week, defaults={"at": at})
        membership = (
            self.organisation.memberships.filter(person=self.owner).select_related("preference").first()
        )
        if not new or membership is None:
            return False
        membership.organisation = self.organisation
        if not Preference.objects.of(membership).wants_mail(Topic.CHECK_IN):
            return False
        Message.objects.queue(
            "check_in",
            to=self.owner.email,
            at=at,
            organisation=self.organisation,
            mail_list=f"{membership.pk}:{MailList.NEWS}",
            link=f"page:/{self.organisation.slug}/pilots/{self.pk}/check-in/",
            context={
                "name": self.owner.name,
                "pilot": self.title,
                "week": week,
                "decision": long_date(self.end),
                "button": _t("Write the week’s note"),
            },
        )
        self.chain.record("check_in.asked", by=SYSTEM, at=at, reminder=reminder.pk, week=week)
        return True
