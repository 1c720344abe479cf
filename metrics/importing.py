"""Importing a file of values: streamed, checked line by line, and stored in one transaction or not at all.

Where a series has no values yet, its rows go by COPY straight to their place. From the first row on of a series that has
some, rows go by COPY to a table beside it and from there in one statement a batch, which keeps what it restates.
"""

from __future__ import annotations

import hashlib
import struct
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BufferedReader
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction

from accounts.models import SYSTEM
from metrics.import_rows import UnreadableError, rows_of
from metrics.models import Metric, Pull, Snapshot, SnapshotRevision, Source, Stored
from metrics.models.pull import MOST_GROUPS, locked_series, make_series
from metrics.models.snapshot import COLUMNS, UPSERT
from metrics.points import Checker, PointError, Ruler, group_of
from metrics.sources.base import EARLIEST

if TYPE_CHECKING:
    from accounts.models import Organisation, Person

MOST_FAULTS: Final = 20
#: A bit for each day of each series keeps a file from naming a day twice; this many take 60 MB.
MOST_SERIES: Final = 20_000
BATCH: Final = 50_000
_FLUSH: Final = 1_000

_INTO: Final = f"(series_id, day, {COLUMNS}, pull_id)"
_STAGED: Final = "incoming AS (SELECT * FROM staged_snapshot)"
_UPSERT: Final = UPSERT.format(pull="pull_id")
_MERGE: Final = f"WITH {_STAGED} {_UPSERT}"
_MERGE_AND_COUNT: Final = (  # put together from constants
    f"WITH {_STAGED}, done AS ({_UPSERT} RETURNING pull_id) SELECT pull_id, count(*) FROM done GROUP BY 1"  # noqa: S608
)
# COPY's binary form: how many fields, then each with its length (-1: NULL).
_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL: Final = b"\xff\xff"
_VALUE_ONLY: Final = struct.Struct(">hiqiiidiiiiiq").pack
_WITH_COUNTS: Final = struct.Struct(">hiqiiidididiiiq").pack
_FLOAT, _INT = struct.Struct(">id").pack, struct.Struct(">ii").pack
_EPOCH: Final = date(2000, 1, 1).toordinal()
_NULL: Final = struct.pack(">i", -1)


class RefusedError(Exception):
    """Why nothing was stored, line by line."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


@dataclass(slots=True)
class _Series:
    id: int
    seen: bytearray


@dataclass(slots=True)
class _Target:
    """A metric that the file speaks of."""

    metric: Metric
    pull: int
    read: Any
    known: dict[str, int]  # group → series
    filled: set[int]  # those that have values
    series: dict[str, _Series] = field(default_factory=dict)
    rows: int = 0
    written: int = 0


class Import:
    """One run over one file."""

    def __init__(self, organisation: Organisation, *, by: Person | None, at: datetime) -> None:
        self.organisation, self.by, self.at = organisation, by, at
        self._today = organisation.day_of(at)
        self._earliest = EARLIEST.toordinal()
        self._days = (self._today.toordinal() - self._earliest) // 8 + 1
        self._targets: dict[str, _Target] = {}
        self._faults: list[str] = []
        self._is_staging = False
        self._open = ExitStack()  # what a COPY holds open
        self._copy: Any = None
        self._buffer: list[bytes] = []
        self._in_batch = self._series_count = 0

    @transaction.atomic
    def store(self, file: BufferedReader) -> Stored:
        """Store all of it. Raises ``RefusedError`` with the first lines that do not fit, and stores nothing."""
        self._sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        with self._open:
            try:
                for row in rows_of(file):
                    if type(row) is tuple:
                        self._take(*row)
                    else:
                        self._fault(row.line, row.field, str(row))  # type: ignore[union-attr]
                self._end_batch()
            except UnreadableError as error:
                raise RefusedError(*self._faults, str(error)) from None
        if self._faults:
            raise RefusedError(*self._faults)
        if not self._targets:
            raise RefusedError("There are headings but no rows.")
        return self._finish()

    # --- rows -------------------------------------------------------------------------------------

    def _take(self, line: int, name: str, fields: dict[str, Any]) -> None:
        target = self._targets.get(name)
        try:
            if target is None:
                target = self._targets[name] = self._target(name)
            group, day, value, numerator, denominator, n, squares = target.read(fields)
            series = target.series.get(group) or self._series(target, group)
        except PointError as error:
            self._fault(line, error.field, str(error))
            return
        ordinal = day.toordinal()
        place, bit = divmod(ordinal - self._earliest, 8)
        if series.seen[place] & (1 << bit):
            self._fault(line, "date", f"{day.isoformat()} stands here a second time.")
            return
        series.seen[place] |= 1 << bit
        target.rows += 1
        target.written += not self._is_staging
        if n is None and numerator is None:
            packed = _VALUE_ONLY(
                8, 8, series.id, 4, ordinal - _EPOCH, 8, value, -1, -1, -1, -1, 8, target.pull
            )
        elif n is None:
            packed = _WITH_COUNTS(
                8, 8, series.id, 4, ordinal - _EPOCH, 8, value, 8, numerator, 8, denominator, -1, -1, 8, target.pull
            )  # fmt: skip
        else:
            packed = b"".join(
                (
                    struct.pack(">hiqii", 8, 8, series.id, 4, ordinal - _EPOCH), _FLOAT(8, value),
                    *(_NULL if one is None else _FLOAT(8, one) for one in (numerator, denominator)),
                    _INT(4, n), _NULL if squares is None else _FLOAT(8, squares), struct.pack(">iq", 8, target.pull),
                )
            )  # fmt: skip
        if not self._faults:
            self._buffer.append(packed)
            if len(self._buffer) == _FLUSH:
                self._flush()
                if self._in_batch >= BATCH:
                    self._end_batch()

    def _fault(self, line: int, name: str, message: str) -> None:
        self._faults.append(f"line {line}: {f'{name}: ' if name else ''}{message}")
        if len(self._faults) == MOST_FAULTS:
            raise RefusedError(*self._faults, "… and perhaps more.")

    def _target(self, name: str) -> _Target:
        """The metric of that name or number, its series locked, with a pull that tells where the values came from."""
        self._leave_copy()
        metric = self._metric(name)
        for other in self._targets.values():  # named once by its name and once by its number
            if other.metric.pk == metric.pk:
                return other
        source = getattr(metric, "source", None) or self._connected(metric)
        pull = Pull.objects.create(
            source=source, state=Pull.State.DONE, started_at=self.at, finished_at=self.at, person=self.by,
            content_sha256=self._sha256,
        )  # fmt: skip
        known = locked_series(metric.pk)
        filled = set(Snapshot.objects.filter(series__in=known.values()).values_list("series", flat=True).distinct())  # fmt: skip
        ruler = Ruler(metric.kind, metric.cadence == "weekly", metric.per, self._today)
        return _Target(metric, pull.pk, Checker(ruler).read, known, filled)

    def _metric(self, name: str) -> Metric:
        found = Metric.objects.select_related("source")
        metric = found.filter(name=name).first()
        if metric is None and name.isascii() and name.isdigit() and len(name) < 19:
            metric = found.filter(pk=int(name)).first()
        if metric is None:
            raise PointError(
                "metric", f"there is no metric “{name[:60]}”." if name else "there is no metric."
            )
        return metric

    def _connected(self, metric: Metric) -> Source:
        if self.by is None:
            raise PointError(
                "metric",
                f"“{metric.name}” has no source yet. Choose one on its page, or name who imports with --by.",
            )
        return Source.objects.connect(metric, "push", settings={}, by=self.by, at=self.at)

    def _series(self, target: _Target, group: str) -> _Series:
        """A group that comes for the first time in this file."""
        group = group_of(group)
        self._leave_copy()
        if group not in target.known:
            if len(target.known) == MOST_GROUPS:
                raise PointError("group", f"a metric has at most {MOST_GROUPS} groups.")
            make_series(target.metric.pk, [group])
            target.known = locked_series(target.metric.pk)
        self._series_count += 1
        if self._series_count > MOST_SERIES:
            raise UnreadableError(f"A file can speak of {MOST_SERIES:,} series at most. Split it.")
        series = target.series[group] = _Series(target.known[group], bytearray(self._days + 1))
        if series.id in target.filled and not self._is_staging:
            self._end_batch()
            self._is_staging = True
        return series

    # --- to the database ----------------------------------------------------------------------------

    def _flush(self) -> None:
        if not self._buffer:
            return
        if self._copy is None:
            self._enter_copy()
        self._copy.write(b"".join(self._buffer))
        self._in_batch += len(self._buffer)
        self._buffer.clear()

    def _enter_copy(self) -> None:
        cursor = self._open.enter_context(connection.cursor())
        table = "staged_snapshot" if self._is_staging else "metrics_snapshot"
        if self._is_staging:
            cursor.execute(
                "CREATE TEMP TABLE IF NOT EXISTS staged_snapshot (LIKE metrics_snapshot) ON COMMIT DROP"
            )
        self._copy = self._open.enter_context(cursor.copy(f"COPY {table} {_INTO} FROM STDIN (FORMAT BINARY)"))
        self._copy.write(_HEAD)

    def _leave_copy(self) -> None:
        """Nothing else can be asked of the connection while a COPY is open."""
        if self._copy is not None:
            self._copy.write(_TAIL)
            self._copy = None
            self._open.close()

    def _end_batch(self) -> None:
        self._flush()
        self._leave_copy()
        if self._is_staging and self._in_batch:
            self._merge()
        self._in_batch = 0

    def _merge(self) -> None:
        """From beside into place; how many rows each pull wrote is counted."""
        pulls = {target.pull: target for target in self._targets.values()}
        with connection.cursor() as cursor:
            if len(pulls) == 1:
                cursor.execute(_MERGE)
                (target,) = pulls.values()
                target.written += cursor.rowcount
            else:
                cursor.execute(_MERGE_AND_COUNT)
                for pull, written in cursor.fetchall():
                    pulls[pull].written += written
            cursor.execute("TRUNCATE staged_snapshot")

    def _finish(self) -> Stored:
        total = Stored()
        targets = {target.pull: target for target in self._targets.values()}
        restated = SnapshotRevision.objects.by_pull(targets)
        for target in targets.values():
            changed = restated.get(target.pull, 0)
            stored = Stored(target.written - changed, changed, target.rows - target.written)
            total += stored
            Pull.objects.filter(pk=target.pull).update(
                rows_new=stored.new, rows_changed=stored.changed, rows_unchanged=stored.unchanged
            )
            if stored.new or stored.changed:
                Source.objects.filter(metric=target.metric).update(news_at=self.at, failing_since=None)
        self.organisation.chain.record(
            "values.imported", by=self.by.actor if self.by else SYSTEM, at=self.at, content=self._sha256,
            new=total.new, changed=total.changed, unchanged=total.unchanged,
        )  # fmt: skip
        return total
