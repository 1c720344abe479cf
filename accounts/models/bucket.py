"""Rate limits: buckets of tokens that fill up evenly, each taken from in one statement."""

from __future__ import annotations

from typing import Final

from django.db import connection, models

# ``level`` is what was left at ``filled_at``; since then the bucket has filled at ``size`` a minute, up to ``size``.
_NOW_IN_IT: Final = """least(%(size)s, b.level + %(size)s / 60.0
                       * greatest(0, extract(epoch FROM clock_timestamp() - b.filled_at)))"""
#: Takes one out of the bucket of each row of a relation ``asking(name)``; answers no row where it is empty.
TAKE: Final = f"""
    INSERT INTO accounts_bucket AS b (name, level, filled_at)
    SELECT asking.name, %(size)s - 1, clock_timestamp() FROM asking
    ON CONFLICT (name) DO UPDATE SET level = {_NOW_IN_IT} - 1, filled_at = clock_timestamp()
     WHERE {_NOW_IN_IT} >= 1
    RETURNING level
"""  # noqa: S608 - put together from constants


class BucketManager(models.Manager["Bucket"]):
    def take(self, name: str, *, size: int) -> bool:
        """Take one from a bucket of ``size`` that fills up within a minute; False when it is empty."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH asking AS (SELECT %(name)s::text AS name) {TAKE}", {"name": name, "size": size}
            )
            return cursor.fetchone() is not None


class Bucket(models.Model):
    """What is left of an allowance. An unlogged table: a crash of the database forgives."""

    name = models.CharField(max_length=80, primary_key=True)
    level = models.FloatField()
    filled_at = models.DateTimeField()

    objects = BucketManager()

    def __str__(self) -> str:
        return f"{self.name}: {self.level:g} left"
