from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from metrics.models.metric import Metric


class Schedule(models.TextChoices):
    HOURLY = "hourly", _("every hour")
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week")


class Scheduled(models.Model):
    """When something comes round: a local time, in the organisation's zone."""

    schedule = models.CharField(_("pulled"), max_length=10, choices=Schedule, default=Schedule.DAILY)
    # For a weekly one; 0 is Monday.
    weekday = models.PositiveSmallIntegerField(_("on"), choices=list(WEEKDAYS.items()), default=0)
    at_hour = models.PositiveSmallIntegerField(_("at what hour"), default=6)
    # An hourly one comes at this minute of each hour.
    at_minute = models.PositiveSmallIntegerField(_("at what minute"), default=0)

    if TYPE_CHECKING:
        metric: models.OneToOneField[Metric, Metric]

    class Meta:
        abstract = True

    def next_pull_at(self, after: datetime) -> datetime:
        """The next moment on the schedule. The time is local, the order of moments is UTC's.

        A time that a night skips comes as much later as the clocks are put forward; one that comes twice counts once, the
        first time.
        """
        zone = self.metric.organisation.zone
        if self.schedule == Schedule.HOURLY:
            return _next_hour(after, self.at_minute, zone)
        # From yesterday on: a time that was skipped just before midnight comes after it.
        day = after.astimezone(zone).date() - timedelta(days=1)
        for number in range(10):
            moment = _moment(day + timedelta(days=number), time(self.at_hour, self.at_minute), zone)
            if moment > after and self._has(day + timedelta(days=number)):
                return moment
        raise AssertionError("each weekday comes within a week")

    def _has(self, day: date) -> bool:
        return self.schedule == Schedule.DAILY or day.weekday() == self.weekday

    @property
    def timing(self) -> dict[str, Any]:
        """What ``Source.objects.connect`` takes to keep it as it is."""
        return {name: getattr(self, name) for name in ("schedule", "weekday", "at_hour", "at_minute")}


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _next_hour(after: datetime, minute: int, zone: tzinfo) -> datetime:
    """The next time that a clock on the wall shows this minute, as long as nobody puts it forward or back."""
    ahead = after.astimezone(zone).utcoffset() or timedelta()
    wall = after.astimezone(UTC) + ahead
    on_the_wall = wall.replace(minute=minute, second=0, microsecond=0)
    if on_the_wall <= wall:
        on_the_wall += timedelta(hours=1)
    return on_the_wall - ahead
