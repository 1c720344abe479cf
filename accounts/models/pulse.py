from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now


class PulseManager(models.Manager["Pulse"]):
    def felt(self, name: str) -> None:
        """``name`` is alive at this moment, by the database's clock."""
        self.bulk_create(
            [Pulse(name=name, at=Now())], update_conflicts=True, unique_fields=["name"], update_fields=["at"]
        )

    def heard(self, name: str, *, within: timedelta) -> bool:
        """Whether it was heard of lately, by the same clock that wrote it down."""
        return self.filter(name=name, at__gt=Now() - within).exists()


class Pulse(models.Model):
    """When a part of the machine was last heard of that nobody can ask: beat rings, and never answers."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    objects = PulseManager()

    def __str__(self) -> str:
        return f"{self.name}: {self.at:%Y-%m-%d %H:%M:%S}"
