from __future__ import annotations

from django.db import models


class PilotRecord(models.Model):
    """That something happened to a pilot once: who, and when. State is such a record, never a boolean."""

    pilot = models.OneToOneField("pilots.Pilot", on_delete=models.CASCADE, related_name="%(class)s")
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} of pilot {self.pilot_id}"
