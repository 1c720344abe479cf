from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from pilots.models.closing import Outcome
    from pilots.models.pilot import Pilot


class Finding(models.Model):
    """What a decided pilot found, one line for the executive portfolio, so that thousands are read in milliseconds.

    Nothing here is typed and nothing decides: it is written anew from the frozen outcome, in the transaction of whatever
    changed it, and can be thrown away and made again (``manage.py refresh_standings``).
    """

    pilot = models.OneToOneField(
        "pilots.Pilot", on_delete=models.CASCADE, primary_key=True, related_name="finding"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    decided_on = models.DateField()
    planned_on = models.DateField()
    area = models.CharField(max_length=20, blank=True)
    metric = models.ForeignKey(
        "metrics.Metric", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    sponsor = models.ForeignKey(
        "pilots.Stakeholder", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    verdict = models.CharField(max_length=20)
    decision = models.CharField(max_length=20)
    # The change as a share of the one that was agreed: 0 is none, 1 the target, below 0 the wrong way.
    share = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    # The change as a share of the level before, an improvement above 0: what was typical here, whatever the target.
    relative = models.FloatField(null=True)
    p_value = models.FloatField(null=True)
    # What it is worth by the conservative rules; nothing where nobody vouched for a value.
    value = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    cost = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True)

    objects = TenantManager()

    class Meta:
        indexes = [
            # The executive portfolio reads all of an organisation's; what is known when one plans reads those of a metric.
            models.Index(fields=["organisation", "decided_on"], name="finding_decided"),
            models.Index(fields=["organisation", "metric"], name="finding_metric"),
        ]

    def __str__(self) -> str:
        return f"pilot {self.pilot_id}: {self.verdict}"

    @classmethod
    def refresh(cls, pilot: Pilot) -> None:
        """Write the line anew from the pilot's outcome."""
        outcome: Outcome = pilot.outcome
        facts = outcome.facts
        reading, plan = facts["reading"], facts["plan"]
        day_of = pilot.organisation.day_of
        cls.objects.update_or_create(
            pilot=pilot,
            defaults={
                "organisation_id": pilot.organisation_id,
                "decided_on": day_of(outcome.at),
                "planned_on": min(day_of(pilot.created_at), day_of(outcome.at)),
                "area": pilot.metric.category if pilot.metric else "",
                "metric": pilot.metric,
                "sponsor": pilot.stakeholders.filter(is_sponsor=True).first(),
                "verdict": outcome.verdict,
                "decision": outcome.decision,
                **_effect(reading, plan["target"], plan["metric"]["direction"]),
                "p_value": _p_value(reading),
                **_money(outcome),
            },
        )

    @property
    def took(self) -> int:
        """How many days lay between the idea and the decision."""
        return days_between(self.planned_on, self.decided_on)


def days_between(planned: date, decided: date) -> int:
    return (decided - planned).days


def _effect(reading: dict[str, Any], target: float | None, direction: str) -> dict[str, float | None]:
    """The change and its interval as shares of the agreed change, and of the level before."""
    estimate, low, high = (reading.get(name) for name in ("estimate", "low", "high"))
    level = reading.get("baseline_mean")
    sign = 1.0 if direction == "higher" else -1.0
    effect: dict[str, float | None] = dict.fromkeys(("share", "low", "high", "relative"))
    if estimate is None or level is None:
        return effect
    if level:
        effect["relative"] = sign * estimate / abs(level)
    agreed = sign * (target - level) if target is not None else 0.0
    if agreed > 0:  # a target on the wrong side of the level is no measure of anything
        effect["share"] = sign * estimate / agreed
        if low is not None and high is not None:
            effect["low"], effect["high"] = sorted((sign * low / agreed, sign * high / agreed))
    return effect


def _p_value(reading: dict[str, Any]) -> float | None:
    """Of the last reading. Who stopped early has none, but evidence that holds on any day: of two that are looked at,
    the larger is over 2 / p in no more than a share p of pilots without an effect."""
    p: float | None = reading.get("p_value")
    if p is not None or reading.get("estimate") is None:
        return p
    return min(1.0, 2.0 / max(reading.get("e_moving") or 0.0, reading.get("e_wrong_way") or 0.0, 1e-9))


def _money(outcome: Outcome) -> dict[str, Any]:
    """The newest statement of what it is worth by the conservative rules, and of what it cost."""
    stated = outcome.worths.last()
    if stated is None:
        return {"value": None, "cost": None, "currency": ""}
    found = stated.money(outcome.facts)
    value = None if found is None else Decimal(round(found.benefit, 2))
    return {
        "value": value,
        "cost": Decimal(round(sum(stated.costs.values()), 2)),
        "currency": stated.currency,
    }
