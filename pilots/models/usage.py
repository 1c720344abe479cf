from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _t

from accounts.tenancy import TenantManager
from metrics.groups import shown
from metrics.models import Series, Snapshot
from metrics.models.metric import MetricKind
from pilots.errors import RefusedError
from pilots.models.check_in import CheckIn
from pilots.models.flag_kind import FlagKind

if TYPE_CHECKING:
    from accounts.models import Organisation, Person
    from pilots.models.pilot import Pilot


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people have used it, by which week and day, and which metric counts them: none where the week's note says it.

    ``people`` is None of a metric whose values are about too few people to show.
    """

    people: int | None
    week: int
    until: date
    metric: str = ""

    @property
    def figures(self) -> dict[str, Any]:
        """For a flag: values of a metric may be withheld from eyes, so a flag keeps none."""
        return (
            {"week": self.week, "counted": True}
            if self.metric
            else {"week": self.week, "actual": self.people}
        )


class UsageManager(TenantManager["Usage"]):
    def told(self, pilots: Iterable[Pilot]) -> dict[int, Reach]:
        """What is counted of each pilot, withheld or not: for the flag, not for eyes. One query."""
        since = Snapshot.objects.filter(series=OuterRef("series"), day__gte=OuterRef("pilot__start"))
        found = self.filter(pilot__in=pilots).select_related("pilot", "series__metric")
        counted = found.annotate(
            newest=Subquery(since.order_by("-day").values("day")[:1]),
            most=Subquery(since.order_by("-value").values("value")[:1]),
        )
        return {one.pilot_id: one.reach(one.newest, one.most) for one in counted.exclude(newest=None)}


class Usage(models.Model):
    """Which series of a metric counts the people who use what is tried. It judges nothing and is not part of the plan.

    The highest value since the pilot's start counts, so the metric may tell how many have used it so far, or in each week.
    """

    pilot = models.OneToOneField("pilots.Pilot", on_delete=models.CASCADE, related_name="usage")
    series = models.ForeignKey("metrics.Series", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "pilot__organisation"
    objects = UsageManager()

    def __str__(self) -> str:
        return f"{self.series} counts for pilot {self.pilot_id}"

    def reach(self, newest: date, most: float | None) -> Reach:
        metric = self.series.metric
        until = newest + metric.rhythm.step - timedelta(days=1)
        return Reach(None if most is None else round(most), self.pilot.week(until), until, metric.name)

    def shown(self, told: Reach) -> Reach:
        """The same, with the highest of those values that may be shown."""
        pilot, metric = self.pilot, self.series.metric
        assert pilot.start
        minimum = pilot.organisation.minimum_group
        past = told.until + timedelta(days=1)
        visible = shown(metric, pilot.start, past, minimum=minimum, series=[self.series_id])
        values = [value for _day, value in visible.values(self.series_id) if value is not None]
        return Reach(round(max(values)) if values else None, told.week, told.until, told.metric)


def newer(note: CheckIn | None, told: Reach | None, organisation: Organisation) -> Reach | None:
    """What the newest note says, or what is counted, if that is of a later day."""
    if note is None or note.reach is None:
        return told
    day = organisation.day_of(note.at)
    return told if told and told.until > day else Reach(note.reach, note.week, day)


class Used(models.Model):
    """What a pilot knows of how many people use what is tried."""

    class Meta:
        abstract = True

    def countable(self: Any) -> models.QuerySet[Series]:
        """What can say how many people: counts of any metric but the one that it is judged by."""
        counts = Series.objects.filter(metric__kind__in=[MetricKind.TOTAL, MetricKind.MEAN])
        return (
            counts.exclude(metric=self.metric_id).select_related("metric").order_by("metric__name", "group")
        )

    @transaction.atomic
    def count_use_by(self: Any, series: Series | None, *, by: Person, at: datetime) -> None:
        """Take from this series how many people use it; from the weekly note alone, where there is none."""
        locked: Pilot = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.has("outcome") or locked.has("cancel"):
            raise RefusedError(_t("The pilot is over."))
        before = Usage.objects.filter(pilot=self).first()
        if (before and before.series_id) == (series and series.pk):
            return
        if before:
            before.delete()
        if series:
            Usage.objects.create(pilot=self, series=series, by=by, at=at)
        self.chain.record("pilot.usage_named", by=by.actor, at=at, series=series.pk if series else None)
        self.settle_reach(at=at)

    def settle_reach(self: Any, *, at: datetime) -> None:
        """Have the flag *few are using it* standing if few do."""
        from pilots import waits

        if self.has("launch") and not self.has("outcome"):
            waits.settle(self.organisation, at=at, only=self, kind=FlagKind.FEW_USING)
