from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pgtrigger
from django.db import connection, models, transaction

from accounts.tenancy import TenantManager
from metrics.sources import Observation

# Put together from the constants below alone; every value is a parameter.
# ruff: noqa: S608
COLUMNS: Final = "value, numerator, denominator, n, sum_of_squares"
#: A column without a value in any row may be NULL instead of an array.
INCOMING: Final = """incoming AS (
        SELECT * FROM unnest(%(series)s::bigint[], %(day)s::date[], %(value)s::float8[], %(numerator)s::float8[],
                             %(denominator)s::float8[], %(n)s::int[], %(sum_of_squares)s::float8[])
               AS t(series_id, day, value, numerator, denominator, n, sum_of_squares)
    )"""
# ``{pull}`` is the expression for the pull that brings the new ones. What it replaces, a trigger keeps.
UPSERT: Final = f"""
    INSERT INTO metrics_snapshot (series_id, day, {COLUMNS}, pull_id)
    SELECT series_id, day, {COLUMNS}, {{pull}} FROM incoming
    ON CONFLICT (series_id, day) DO UPDATE
       SET value = excluded.value, numerator = excluded.numerator, denominator = excluded.denominator,
           n = excluded.n, sum_of_squares = excluded.sum_of_squares, pull_id = excluded.pull_id
     WHERE (metrics_snapshot.value, metrics_snapshot.numerator, metrics_snapshot.denominator,
            metrics_snapshot.n, metrics_snapshot.sum_of_squares)
           IS DISTINCT FROM (excluded.value, excluded.numerator, excluded.denominator,
                             excluded.n, excluded.sum_of_squares)
"""
# Both ways of writing count by it: of a row that was replaced there is an old one.
_COUNTED: Final = f"""
    WITH {INCOMING}, written AS ({UPSERT.format(pull="%(pull)s")} RETURNING old.pull_id IS NOT NULL AS changed)
    SELECT count(*), count(*) FILTER (WHERE changed) FROM written
"""
# Series and pull of each new row exist, and stay: what foreign keys say, but asked once a statement and not
# once a row, which costs more than the row itself (docs/adr/0014-snapshots-without-foreign-keys.md).
# Most deliveries are one pull's and one series': each is then looked up by its number, which costs a value that comes alone
# half of what the general way does (a join of the two costs more than both).
_EXIST: Final = """
    SELECT min(series_id), max(series_id), min(pull_id), max(pull_id) INTO one_series, last_series, one_pull, last_pull FROM fresh;
    IF one_series = last_series AND one_pull = last_pull THEN
        PERFORM FROM metrics_series WHERE id = one_series FOR KEY SHARE;
        exist := FOUND;
        PERFORM FROM metrics_pull WHERE id = one_pull FOR KEY SHARE;
        exist := exist AND FOUND;
    END IF;
    IF exist IS NOT TRUE THEN
        series := ARRAY(SELECT DISTINCT series_id FROM fresh);
        IF cardinality(series) = 0 THEN
            RETURN NULL;
        END IF;
        pulls := ARRAY(SELECT DISTINCT pull_id FROM fresh);
        PERFORM FROM metrics_series WHERE id = ANY (series) FOR KEY SHARE;
        GET DIAGNOSTICS locked = ROW_COUNT;
        IF locked < cardinality(series) THEN
            RAISE EXCEPTION 'pilotlight: a snapshot of no series' USING ERRCODE = 'foreign_key_violation';
        END IF;
        PERFORM FROM metrics_pull WHERE id = ANY (pulls) FOR KEY SHARE;
        GET DIAGNOSTICS locked = ROW_COUNT;
        IF locked < cardinality(pulls) THEN
            RAISE EXCEPTION 'pilotlight: a snapshot of no pull' USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
"""
_DECLARED: Final = [
    *((name, "bigint") for name in ("one_series", "last_series", "one_pull", "last_pull", "locked")),
    ("series", "bigint[]"), ("pulls", "bigint[]"), ("exist", "boolean"),
]  # fmt: skip
# A changed value is kept as it was before it is replaced, whoever replaces it: restated data never hide what a reading saw
# (docs/adr/0023-the-database-keeps-what-is-restated.md).
_KEEP_EARLIER: Final = f"""
    INSERT INTO metrics_snapshotrevision (series_id, day, {COLUMNS}, pull_id, replaced_at, replaced_by_id)
    SELECT g.series_id, g.day, g.value, g.numerator, g.denominator, g.n, g.sum_of_squares, g.pull_id,
           p.started_at, f.pull_id
      FROM gone g JOIN fresh f ON f.series_id = g.series_id AND f.day = g.day JOIN metrics_pull p ON p.id = f.pull_id
     WHERE (g.value, g.numerator, g.denominator, g.n, g.sum_of_squares)
           IS DISTINCT FROM (f.value, f.numerator, f.denominator, f.n, f.sum_of_squares);
"""


def _written(name: str, operation: pgtrigger.Operation, func: str, **referencing: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name, level=pgtrigger.Statement, when=pgtrigger.After, operation=operation,
        referencing=pgtrigger.Referencing(new="fresh", **referencing),  # type: ignore[no-untyped-call]
        declare=_DECLARED, func=f"{func}    RETURN NULL;\n",
    )  # fmt: skip


def stays_while_used(column: str) -> pgtrigger.Trigger:
    """For series and pulls: none goes away that a snapshot points to."""
    return pgtrigger.Trigger(
        name=f"{column}_of_snapshots_stays",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        referencing=pgtrigger.Referencing(old="gone"),  # type: ignore[no-untyped-call]
        func=f"""
            IF EXISTS (SELECT FROM gone JOIN metrics_snapshot s ON s.{column}_id = gone.id) THEN
                RAISE EXCEPTION 'pilotlight: a snapshot still needs its {column}' USING ERRCODE = 'foreign_key_violation';
            END IF;
            RETURN NULL;
        """,
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """How many observations were new, restated an earlier value, or said the same again."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(self.new + other.new, self.changed + other.changed, self.unchanged + other.unchanged)


class SnapshotManager(TenantManager["Snapshot"]):
    @transaction.atomic
    def store(self, series: int, pull: int, observations: Sequence[Observation], *, at: datetime) -> Stored:
        """Write observations (one a day) to a series; the same ones again change nothing, others keep what was."""
        if not observations:
            return Stored()
        facts: Any = {
            "series": [series] * len(observations),
            "pull": pull,
            "at": at,
            "day": [o.day for o in observations],
            **{name: [getattr(o, name) for o in observations] for name in COLUMNS.split(", ")},
        }
        with connection.cursor() as cursor:
            cursor.execute(_COUNTED, facts)
            written, changed = cursor.fetchone()
        return Stored(new=written - changed, changed=changed, unchanged=len(observations) - written)


class Observed(models.Model):
    """What one observation holds: the value in the metric's unit, and what it was made of."""

    day = models.DateField()
    value = models.FloatField(null=True)
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    n = models.IntegerField(null=True)
    sum_of_squares = models.FloatField(null=True)

    class Meta:
        abstract = True


class Snapshot(Observed):
    """One observation of one series on one day (a weekly one stands on its Monday)."""

    pk = models.CompositePrimaryKey("series_id", "day")
    # No index of its own: the key begins with it.
    series = models.ForeignKey(
        "metrics.Series",
        on_delete=models.CASCADE,
        related_name="snapshots",
        db_index=False,
        db_constraint=False,
    )
    pull = models.ForeignKey(
        "metrics.Pull", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    tenant_path = "series__metric__organisation"
    objects = SnapshotManager()

    class Meta:
        triggers = [
            _written("new_snapshots_have_series_and_pull", pgtrigger.Insert, _EXIST),
            _written(
                "changed_snapshots_keep_the_earlier", pgtrigger.Update, _EXIST + _KEEP_EARLIER, old="gone"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.value}"


class RevisionManager(TenantManager["SnapshotRevision"]):
    def by_pull(self, pulls: Iterable[int]) -> dict[int, int]:
        """How many values each of these pulls has restated."""
        counted = self.filter(replaced_by__in=pulls).values_list("replaced_by").annotate(models.Count("pk"))
        return dict(counted)


class SnapshotRevision(Observed):
    """A value as it was before its source restated it."""

    series = models.ForeignKey("metrics.Series", on_delete=models.CASCADE, related_name="revisions")
    pull = models.ForeignKey("metrics.Pull", on_delete=models.PROTECT, related_name="+", db_index=False)
    replaced_by = models.ForeignKey("metrics.Pull", on_delete=models.PROTECT, related_name="revisions")
    replaced_at = models.DateTimeField()

    tenant_path = "series__metric__organisation"
    objects = RevisionManager()

    def __str__(self) -> str:
        return f"{self.day}: was {self.value}"
