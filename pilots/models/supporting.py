from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.tenancy import TenantManager
from pilots.errors import RefusedError

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot


class SupportingSignal(models.Model):
    """A number that is worth a look and judges nothing: how many finished, how they liked it, how often it is used."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="supporting_signals")
    name = models.CharField(_("the signal"), max_length=120)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "pilot__organisation"
    objects = TenantManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["pilot", "name"], name="supporting_signal_once_per_pilot"),
        ]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def drop(self, *, by: Person, at: datetime) -> None:
        """It is not looked at any more; that it was stays in the events."""
        if SupportingSignal.objects.filter(pk=self.pk).delete()[0]:
            self.pilot.chain.record(
                "signal.dropped", by=by.actor, at=at, private={"name": self.name}, signal=self.pk
            )


class Supported(models.Model):
    """What a pilot looks at beside its one metric."""

    class Meta:
        abstract = True

    @transaction.atomic
    def keep_as_signal(self: Any, name: str, *, by: Person, at: datetime) -> SupportingSignal:
        """Look at this too, without ever judging by it. The same signal twice is one."""
        locked: Pilot = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.has("launch") or locked.has("cancel"):
            raise RefusedError(_t("The plan is fixed since the launch."))
        if locked.metric and locked.metric.name.casefold() == name.casefold():
            raise RefusedError(_t("This is the pilot's one metric. Choose another metric first."))
        if same := SupportingSignal.objects.filter(pilot=self, name__iexact=name).first():
            return same
        signal = SupportingSignal.objects.create(pilot=self, name=name, by=by, at=at)
        self.chain.record("signal.kept", by=by.actor, at=at, private={"name": name}, signal=signal.pk)
        return signal
