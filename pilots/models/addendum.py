from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.canonical import canonical_json, sha256
from accounts.models import SYSTEM
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from metrics.models import Snapshot
from pilots import aftermath
from pilots.models.baseline import READ
from pilots.models.standing import Standing

WATCHED_FOR: Final = timedelta(days=365)
"""So long after the decision, its figures are compared with what their source says by then."""


class AddendumKind(models.TextChoices):
    THIRTY_DAYS = "thirty_days", _("thirty days after the end")
    NEWER_DATA = "newer_data", _("newer data")


class Addendum(models.Model):
    """What became known of an outcome after it was frozen: dated, below it, outside its hash."""

    outcome = models.ForeignKey("pilots.Outcome", on_delete=models.CASCADE, related_name="addenda")
    kind = models.CharField(max_length=20, choices=AddendumKind)
    at = models.DateTimeField()
    facts = models.JSONField()

    tenant_path = "outcome__pilot__organisation"
    objects = TenantManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["outcome"], condition=models.Q(kind="thirty_days"), name="read_again_once"
            ),
        ]
        triggers = append_only("addendum")

    def __str__(self) -> str:
        return f"{self.kind}: {self.at:%Y-%m-%d}"


class Revisited(models.Model):
    """What an outcome can do about what becomes known later. The frozen part is never touched."""

    class Meta:
        abstract = True

    @transaction.atomic
    def look_again(self: Any, *, at: datetime) -> list[Addendum]:
        """Compare the frozen figures with their source, and read the metric again when thirty days have passed.

        Writes down what is new, and nothing the second time.
        """
        type(self).objects.select_for_update().get(pk=self.pk)
        found = [self._compared(at=at), self._read_again(at=at)]
        Standing.objects.filter(pilot=self.pilot).update(read_at=at)
        return [one for one in found if one]

    def next_look(self: Any) -> datetime | None:
        """When it is due to be read again; None when that was done, or when it was stopped before its end."""
        if self.pilot.has("stop") or self.addenda.filter(kind=AddendumKind.THIRTY_DAYS).exists():
            return None
        return datetime.combine(aftermath.due_on(self.pilot), time(4), tzinfo=self.pilot.organisation.zone)

    def _read_again(self: Any, *, at: datetime) -> Addendum | None:
        due = self.next_look()
        if due is None or at < due:
            return None
        facts = aftermath.read_again(self.pilot, self.facts)
        added: Addendum = self._add(AddendumKind.THIRTY_DAYS, facts, at=at)
        return added

    def _compared(self: Any, *, at: datetime) -> Addendum | None:
        """A note when the source says something else of what was judged than when this was last looked at."""
        before = self.addenda.filter(kind=AddendumKind.NEWER_DATA).last()
        found = self._changed_since()
        if found == (before.facts if before else {"days": 0}):
            return None
        added: Addendum = self._add(AddendumKind.NEWER_DATA, found, at=at)
        return added

    def _add(self: Any, kind: AddendumKind, facts: dict[str, Any], *, at: datetime) -> Addendum:
        told = canonical_json(facts)
        addendum = Addendum.objects.create(outcome=self, kind=kind, at=at, facts=_plain(facts))
        self.pilot.chain.record(
            "outcome.addendum", by=SYSTEM, at=at, kind=kind.value, addendum=addendum.pk, sha256=sha256(told)
        )
        return addendum

    def _changed_since(self: Any) -> dict[str, Any]:
        """How many of the days that were judged read differently by now, and which is the first and the last."""
        facts, pilot = self.facts, self.pilot
        start, until = facts["plan"]["start"], self._judged_until().isoformat()
        judged = {
            (series, row[0]): row[1:]
            for series, name in ((pilot.series_id, "series"), (pilot.comparison_id, "comparison_series"))
            for row in facts[name]
            if row[0] < until
        }
        if not judged:
            return {"days": 0}
        rows = Snapshot.objects.filter(
            series__in=[pilot.series_id, pilot.comparison_id],
            day__gte=min(day for _series, day in judged),
            day__lt=until,
        )
        now = {
            (row[0], row[1].isoformat()): list(row[2:]) for row in rows.values_list("series", "day", *READ)
        }
        differ = [key for key in judged.keys() | now.keys() if judged.get(key) != now.get(key)]
        days = sorted(day for _series, day in differ)
        # What had been restated of the baseline before the decision was known to it.
        told = (facts["reading"].get(name, {}) for name in ("restated", "restated_comparison"))
        known = min(sum(one.get("days", 0) for one in told), sum(day < start for day in days))
        if len(days) <= known:
            return {"days": 0}
        return {"days": len(days) - known, "first": days[0], "last": days[-1]}

    def _judged_until(self: Any) -> date:
        """The day before which the pilot was judged: its end, or the day on which it was stopped."""
        end = date.fromisoformat(self.facts["plan"]["last_day"]) + timedelta(days=1)
        return min(end, self.pilot.organisation.day_of(self.pilot.stop.at)) if self.pilot.has("stop") else end


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}
