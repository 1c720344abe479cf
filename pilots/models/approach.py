from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.stakeholder import Stakeholder

USUALLY_WITHIN: Final = timedelta(days=7)


class ApproachManager(TenantManager["Approach"]):
    @transaction.atomic
    def plan_for(self, stakeholder: Stakeholder, *, by: Person, at: datetime, due: date) -> Approach:
        """Set the day by which the recommended move is made; another day moves the same task."""
        type(stakeholder).objects.select_for_update(of=("self",)).get(pk=stakeholder.pk)
        approach = self.filter(stakeholder=stakeholder, resistance=stakeholder.resistance).first()
        if approach and approach.due == due:
            return approach
        if approach:
            approach.due = due
            approach.save(update_fields=["due"])
        else:
            approach = self.create(stakeholder=stakeholder, resistance=stakeholder.resistance, due=due)
        approach.stakeholder = stakeholder
        approach.record("approach.planned", by=by, at=at)
        return approach


class Approach(models.Model):
    """What moves a stakeholder, as a small task: which move, by when, and who made it.

    The move follows from where the resistance comes from; when that turns out to be something else, another task
    takes this one's place, and this one stays as what was tried.
    """

    stakeholder = models.ForeignKey("pilots.Stakeholder", on_delete=models.CASCADE, related_name="approaches")
    # The origin of resistance that the move answers.
    resistance = models.CharField(max_length=20)
    due = models.DateField(_("by when"))
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", null=True)

    tenant_path = "stakeholder__pilot__organisation"
    objects = ApproachManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["stakeholder", "resistance"], name="one_approach_per_resistance"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="approach_done_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resistance} of {self.stakeholder_id}"

    @transaction.atomic
    def do(self, *, by: Person, at: datetime) -> None:
        """The move was made. Made already, it stays whose it was."""
        if Approach.objects.filter(pk=self.pk, done_at=None).update(done_at=at, done_by=by):
            self.done_at, self.done_by = at, by
            self.record("approach.made", by=by, at=at)

    @transaction.atomic
    def reopen(self, *, by: Person, at: datetime) -> None:
        """It was not made after all, or has to be made again."""
        if Approach.objects.filter(pk=self.pk).exclude(done_at=None).update(done_at=None, done_by=None):
            self.done_at = self.done_by = None
            self.record("approach.reopened", by=by, at=at)

    def record(self, verb: str, *, by: Person, at: datetime) -> None:
        self.stakeholder.pilot.chain.record(
            verb,
            by=by.actor,
            at=at,
            stakeholder=self.stakeholder_id,
            approach=self.pk,
            resistance=self.resistance,
            due=self.due.isoformat(),
        )
