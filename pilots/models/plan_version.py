from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.utils.translation import gettext as _

from accounts.lookup import Lookup
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from pilots.models.amendment import Amendment
    from pilots.models.pilot import Pilot


class PlanVersion(models.Model):
    """The plan as it was when sign-off was requested: canonical JSON and its SHA-256."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="plan_versions")
    number = models.PositiveIntegerField()
    content = models.TextField()
    sha256 = models.CharField(max_length=64)
    cut_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    cut_at = models.DateTimeField()

    tenant_path = "pilot__organisation"
    objects = TenantManager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["pilot", "number"], name="plan_version_number_once")]
        triggers = append_only("plan_version")

    def __str__(self) -> str:
        return _("version %(number)s") % {"number": self.number}

    @staticmethod
    def newest(pilot: Pilot) -> PlanVersion | None:
        if version := _NEWEST.get(pilot.pk):
            version.pilot = pilot
        return version

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.content)
        return facts

    def amendment_of(self) -> Amendment | None:
        """What this version amends a running pilot by; None for a version from before the launch."""
        amendment: Amendment | None = getattr(self, "amendment", None)
        if amendment:
            amendment.pilot = self.pilot
        return amendment

    def settle_amendment(self, *, at: datetime) -> None:
        """Where this version amends a running pilot: put that in force, if it was the last signature it waited for."""
        if amendment := self.amendment_of():
            amendment.settle(at=at)
            self.pilot.settle_conditions(at=at)


_NEWEST: Final = Lookup(lambda: PlanVersion._base_manager.order_by("-number"), pilot=0)
