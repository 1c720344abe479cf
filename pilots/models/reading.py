from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, models
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.lookup import Lookup
from accounts.models import Topic
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots import assessment
from pilots.models.agreement import Condition
from pilots.models.flag import Flag
from pilots.models.flag_kind import FlagKind
from pilots.models.notice import Notice

if TYPE_CHECKING:
    from metrics.stats import Plan
    from pilots.models.pilot import Pilot


# What differs of each as arrays: a day's readings are put in five hundred at a time. ``%%b``: texts that are full of quotes
# travel as they are, instead of being escaped one by one.
_WRITE: Final = """
    INSERT INTO pilots_reading
           (pilot_id, plan_version_id, day, series_sha256, verdict, facts, final, previous_id, made_at)
    SELECT pilot, plan_version, day, series_sha256, verdict, facts::jsonb, final, previous, %s
      FROM unnest(%b::bigint[], %b::bigint[], %b::date[], %b::text[], %b::text[], %b::text[], %b::boolean[], %b::bigint[])
           AS t(pilot, plan_version, day, series_sha256, verdict, facts, final, previous)
    RETURNING pilot_id, id
"""


class ReadingManager(TenantManager["Reading"]):
    def write(self, readings: Sequence[Reading], *, at: datetime) -> None:
        """Put in one new reading each of many pilots, in one statement."""
        if not readings:
            return
        columns = zip(*(
            (one.pilot_id, one.plan_version_id, one.day, one.series_sha256, one.verdict, json.dumps(one.facts), one.final, one.previous_id)
            for one in readings
        ), strict=True)  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [at, *map(list, columns)])
            numbers = dict(cursor.fetchall())
        for one in readings:
            one.pk, one._state.adding = numbers[one.pilot_id], False


class Reading(models.Model):
    """What the maths said of a pilot on a day, with a digest of the series that it read."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="readings")
    plan_version = models.ForeignKey("pilots.PlanVersion", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    series_sha256 = models.CharField(max_length=64)
    verdict = models.CharField(max_length=20)
    facts = models.JSONField()
    final = models.BooleanField(default=False)
    # Readings follow one another; data that change and change back are read anew each time.
    previous = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()

    tenant_path = "pilot__organisation"
    objects = ReadingManager()

    class Meta:
        constraints = [
            # Two workers that read at the same moment write one reading.
            models.UniqueConstraint(
                fields=["pilot", "previous"], nulls_distinct=False, name="one_reading_follows_another"
            ),
        ]
        indexes = [models.Index(fields=["pilot", "-id"], name="reading_latest")]
        triggers = append_only("reading")

    def __str__(self) -> str:
        return f"{self.day}: {self.verdict}"


class Read(models.Model):
    """What a pilot can do about its readings."""

    class Meta:
        abstract = True

    def latest_reading(self: Any) -> Reading | None:
        reading = _LATEST.get(self.pk)
        if reading:
            reading.pilot = self
        return reading

    def baseline_mean(self: Any) -> float | None:
        """The baseline's level in the metric's unit, as far as it is known."""
        if self.metric is None or self.series is None or self.start is None:
            return None
        course = assessment.course(self, self.start, self.frozen_points())
        return assessment.baseline_level(course, self.metric.per)

    def outlook(self: Any) -> Plan | None:
        """What six weeks can show of the target, from the baseline alone; None when it cannot be asked yet."""
        if self.metric is None or self.series is None or self.start is None or self.target is None:
            return None
        course = assessment.course(self, self.start)
        return assessment.outlook(course, self.metric, self.target, ramp_weeks=self.ramp_weeks)

    def read(self: Any, *, at: datetime) -> Reading:
        """Read the series as it was known at ``at``, write down what it says, raise and clear flags.

        The same data on the same day say the same: then the latest reading is returned, and nothing written. So it is of
        a pilot that was decided meanwhile.
        """
        from pilots.reader import read_all

        return read_all([self.pk], at=at).get(self.pk) or self.latest_reading()

    def tell_that_it_is_over(self: Pilot, *, at: datetime) -> None:
        from pilots.words import headline

        Notice.objects.tell(
            self,
            Topic.DECISION,
            people=[self.owner_id],
            words=_("The last figures are in. %(sentence)s Decide what follows.")
            % {"sentence": headline(self, at).sentence},
            path=reverse("decision", args=[self.organisation.slug, self.pk]),
            at=at,
        )

    def settle_conditions(self: Pilot, *, at: datetime) -> None:
        """Raise or clear the flag of what stakeholders asked for during the pilot: data have no part in it."""
        if self.has("launch") and not self.has("outcome"):
            Flag.objects.settle_one(self, FlagKind.CONDITION_OPEN, Condition.objects.figures(self), at=at)
            self.refresh_standing()

    def ended_by(self: Any, today: date) -> date:
        """The day before which data count: today, or the day on which the pilot was stopped."""
        return min(today, self.organisation.day_of(self.stop.at)) if self.has("stop") else today

    def all_is_in(self: Any, course: assessment.Course, today: date) -> bool:
        """Whether the window's last point has come, or its usual delay has passed."""
        if today < self.end or self.has("stop"):
            return False
        return course.window_points == course.window or today >= self.end + timedelta(
            days=self.metric.delay_days
        )


_LATEST: Final = Lookup(lambda: Reading._base_manager.order_by("-pk"), pilot=0)
