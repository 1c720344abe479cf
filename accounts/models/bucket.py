"""Rate limits: buckets that fill up evenly, each taken from in one statement."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, models
from django.db.models.functions import Now


class BucketManager(models.Manager["Bucket"]):
    def take(self, name: str, *, size: int) -> bool:
        """Take one from a bucket of ``size`` that fills up within a minute; False when it is empty."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT accounts_take(%s, %s)", [name, float(size)])
            return bool(cursor.fetchone()[0])

    def forget_full(self) -> int:
        """Buckets that nobody took from for an hour are full: they need no row."""
        return self.filter(filled_at__lte=Now() - timedelta(hours=1)).delete()[0]


class Bucket(models.Model):
    """What is left of an allowance. An unlogged table: a crash of the database forgives."""

    name = models.CharField(max_length=80, primary_key=True)
    level = models.FloatField()
    # No index: each take writes it anew, and without one it is written in place. The sweep reads all of them.
    filled_at = models.DateTimeField()

    objects = BucketManager()

    def __str__(self) -> str:
        return f"{self.name}: {self.level:g} left"
