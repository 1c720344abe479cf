from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.canonical import sha256
from accounts.models import SYSTEM, Topic
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from metrics.models import Jump
from pilots import assessment
from pilots.models.agreement import Condition
from pilots.models.flag import Flag
from pilots.models.flag_kind import FlagKind
from pilots.models.launch import Launch
from pilots.models.notice import Notice
from pilots.models.standing import Standing

if TYPE_CHECKING:
    from metrics.stats import Plan
    from pilots.models.pilot import Pilot

FIRST_WEEK: Final = timedelta(days=7)


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
    objects = TenantManager()

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
        reading: Reading | None = self.readings.order_by("-pk").first()
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

    @transaction.atomic
    def read(self: Pilot, *, at: datetime) -> Reading:
        """Read the series as it was known at ``at``, write down what it says, raise and clear flags.

        The same data on the same day say the same: then the latest reading is returned, and nothing written.
        """
        today = self.organisation.day_of(at)
        version = Launch.objects.select_related("plan_version").get(pilot=self).plan_version
        assert self.metric and self.start and self.end and self.target is not None, "a launched plan is whole"
        course, second = self._course(today, at=at), self._second_course(today)
        digest = sha256(course.digest + second.digest) if second else course.digest
        last, final = self.latest_reading(), self._all_is_in(course, today)
        if (
            last
            and (last.plan_version, last.day, last.series_sha256, last.final)
            == (
                version,
                today,
                digest,
                final,
            )
            and not (self.has("stop") and last.verdict == "running")
        ):
            # The figures say the same; their source may have stopped to answer, or begun again.
            if self._settle(last.facts, course, today, at=at):
                self.refresh_standing()
            # Without this they would be read again and again.
            Standing.objects.filter(pilot=self).update(read_at=at)
            return last
        judged = assessment.assessed(
            course, self.metric, self.target, ramp_weeks=self.ramp_weeks, stopped=self.has("stop")
        )
        facts = {**judged, **course.remarks, **self._judged_second(second)}
        reading = Reading.objects.create(
            pilot=self, plan_version=version, day=today, series_sha256=digest, final=final, previous=last,
            verdict=facts["verdict"], facts=facts, made_at=at,
        )  # fmt: skip
        self._note_restatement(facts, last.facts if last else {}, at=at)
        self._settle(facts, course, today, at=at)
        self.refresh_standing()
        if final and not (last and last.final):
            self._tell_that_it_is_over(at=at)
        return reading

    def _tell_that_it_is_over(self: Pilot, *, at: datetime) -> None:
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

    def _course(self: Any, today: date, *, at: datetime) -> assessment.Course:
        """What there is to read, with a question that nobody has answered yet."""
        course = assessment.course(self, self._ended_by(today), self.freeze_baseline(at=at))
        asked = Jump.objects.standing().filter(series__in=[self.series_id, self.comparison_id])
        jump = asked.filter(day__in=course.days).first()
        if jump is None:
            return course
        told = {"day": jump.day.isoformat(), "before": jump.before, "after": jump.after}
        return replace(course, remarks={**course.remarks, "jump": told})

    def _second_course(self: Any, today: date) -> assessment.Course | None:
        """What is read by the plan as amended, where what is judged was amended; None elsewhere."""
        plan = self.as_amended()
        if plan is self:
            return None
        same_days = (plan.series_id, plan.comparison_id, plan.start) == (
            self.series_id,
            self.comparison_id,
            self.start,
        )
        course = assessment.course(plan, self._ended_by(today), self.frozen_points() if same_days else None)
        about = {"amendment": self.amended.pk}
        return replace(course, remarks={**course.remarks, **about})

    def _judged_second(self: Any, course: assessment.Course | None) -> dict[str, Any]:
        """What the amended plan would say. It stands second: a plan that was changed on the way promises less."""
        if course is None:
            return {}
        plan = self.as_amended()
        judged = assessment.assessed(
            course, plan.metric, plan.target, ramp_weeks=plan.ramp_weeks, stopped=self.has("stop")
        )
        return {"amended": {**judged, "number": self.amended.number, "series": plan.series_id}}

    def _note_restatement(self: Any, facts: dict[str, Any], before: dict[str, Any], *, at: datetime) -> None:
        """A baseline that was restated is an event, each time that it says something else."""
        for remark in ("restated", "restated_comparison"):
            told = facts.get(remark)
            if told and told != before.get(remark):
                self.chain.record(
                    "pilot.baseline_restated",
                    by=SYSTEM,
                    at=at,
                    of=remark,
                    **{k: told[k] for k in ("days", "was", "now")},
                )

    def _settle(
        self: Any, facts: dict[str, Any], course: assessment.Course, today: date, *, at: datetime
    ) -> bool:
        """Have the flags standing that have a cause; whether that changed any."""
        causes = self._causes(facts, course, today)
        return Flag.objects.settle(self, causes, judged="refused" not in facts, at=at)

    def settle_conditions(self: Pilot, *, at: datetime) -> None:
        """Raise or clear the flag of what stakeholders asked for during the pilot: data have no part in it."""
        if self.has("launch") and not self.has("outcome"):
            Flag.objects.settle_conditions(self, at=at)
            self.refresh_standing()

    def _ended_by(self: Any, today: date) -> date:
        """The day before which data count: today, or the day on which the pilot was stopped."""
        return min(today, self.organisation.day_of(self.stop.at)) if self.has("stop") else today

    def _all_is_in(self: Any, course: assessment.Course, today: date) -> bool:
        """Whether the window's last point has come, or its usual delay has passed."""
        if today < self.end or self.has("stop"):
            return False
        return course.window_points == course.window or today >= self.end + timedelta(
            days=self.metric.delay_days
        )

    def _causes(
        self: Any, facts: dict[str, Any], course: assessment.Course, today: date
    ) -> dict[str, dict[str, Any]]:
        """Which flags have a cause now, with the figures that say so."""
        causes: dict[str, dict[str, Any]] = {}
        # From an amendment on, what asks somebody to act goes by the plan that everybody signed last.
        second = facts.get("amended")
        facts, mark = (second, {"amended": True}) if second else (facts, {})
        if figures := Condition.objects.figures(self):
            causes[FlagKind.CONDITION_OPEN] = figures
        over = today >= self.end or self.has("stop")
        for kind, since in (
            (FlagKind.NOT_MOVING, "not_moving_since"),
            (FlagKind.WRONG_WAY, "wrong_way_since"),
        ):
            if facts.get(since):
                causes[kind] = {"since": facts[since], "latest": facts["latest"], **mark}
        chance = facts.get("chance_of_target")
        if (
            not over
            and chance is not None
            and 100 * chance < self.organisation.unlikely_below
            and today >= self.start + FIRST_WEEK
        ):
            causes[FlagKind.UNLIKELY] = {"chance": chance, "forecast": facts.get("forecast"), **mark}
        if not over:
            causes |= self._silence(course, today)
        return causes

    def _silence(self: Any, course: assessment.Course, today: date) -> dict[str, dict[str, Any]]:
        """Values that are missing, and a source that does not answer: before values are missed, if it is paused."""
        source = getattr(self.metric, "source", None)
        missing_since = self._missing_since(course, today)
        figures = {"since": missing_since.isoformat()} if missing_since else {}
        if source and (source.paused_at or (missing_since and source.failing_since)):
            failing_since = self.organisation.day_of(source.failing_since or source.paused_at)
            return {FlagKind.SOURCE_FAILING: {"failing_since": failing_since.isoformat(), **figures}}
        return {FlagKind.NO_DATA: figures} if figures else {}

    def _missing_since(self: Any, course: assessment.Course, today: date) -> date | None:
        """The first day without a value, once two rhythms and the usual delay have passed; never on day one."""
        step = self.metric.rhythm.step
        known = [day for day, value in zip(course.days, course.values, strict=True) if value == value]  # noqa: PLR0124 - NaN
        first_missing: date = max((known[-1] + step) if known else self.start, self.start)
        patience = self.organisation.silent_after * step + timedelta(days=self.metric.delay_days)
        return first_missing if today >= first_missing + patience else None
