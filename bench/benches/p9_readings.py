"""P9 and P10: the daily reading of ten thousand pilots, against its parts alone; the same again; and 500 that changed.

Seconds of CPU, of this process and of PostgreSQL. Everything is rolled back, so that each run reads the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import psutil

from bench import meter
from bench.kinds import Bar, Bench, Costs
from bench.readings import BASELINE, DAY, batches, furnished, moment
from bench.world import World

CHANGED = 500


def _judge(world: World, costs: Costs) -> list[Bar]:
    found = measured()
    parts = found["read"] + found["numpy"] + found["write"]
    told = " (read {read:.2f} + numpy {numpy:.2f} + write {write:.2f} s; all of it {all:.2f} s)".format(
        **found
    )
    return [
        Bar(f"10,000 pilots of 102 points, times its parts alone{told}", 2, found["all"] / parts, " x"),
        Bar("the same again: rows written", 0, found["rows"]),
        Bar("the same again: messages", 0, found["messages"]),
        Bar("500 that changed: CPU, server and PostgreSQL", 0.3, found["changed"], " s"),
        Bar("memory of the process that reads", 400, found["memory"], " MB"),
    ]


@cache
def measured() -> dict[str, float]:
    from django.db import connection, transaction
    from django_scopes import scopes_disabled

    from accounts.models import Message
    from config import memory
    from pilots.models import Reading
    from pilots.reader import read_all

    memory.settle()  # as the worker's processes do
    now = moment()
    pilots = furnished(now)
    found: dict[str, float] = {}
    with scopes_disabled(), transaction.atomic():
        messages = Message.objects.count()
        found["all"] = _cpu(lambda: [read_all(batch, at=now) for batch in batches(pilots)])
        found["memory"] = psutil.Process().memory_info().rss / 2**20
        spans, frozen = _read(batches(pilots), now)
        found["read"] = _cpu(lambda: _read(batches(pilots), now))
        found["numpy"] = _cpu(lambda: _maths(frozen))
        read = list(Reading.objects.filter(pilot__in=pilots, day=now.date()))
        assert len(read) == len(pilots), "every pilot is read once a day"
        found["write"] = _cpu(lambda: _write(read, now))
        with connection.execute_wrapper(counted := _Writes()):
            for batch in batches(pilots):
                read_all(batch, at=now + timedelta(minutes=5))
        found["rows"], found["messages"] = counted.rows, Message.objects.count() - messages
        _change([span[0] for span in spans[:CHANGED]])
        found["changed"] = _cpu(lambda: read_all(pilots[:CHANGED], at=now + timedelta(minutes=10)))
        transaction.set_rollback(True)
    return found


def _read(parts: Sequence[list[int]], now: datetime) -> tuple[list[Any], list[Any]]:
    """The points of all, as they are known (their values) and as they were frozen."""
    from pilots.models import FrozenBaseline, Pilot
    from pilots.models.baseline import known_of

    spans, known = [], []
    for part in parts:
        plans = Pilot.objects.filter(pk__in=part).order_by("pk").values_list("series", "baseline_start")
        these = [(series, first, now.date()) for series, first in plans]
        known += [points.columns[0] for points in known_of(these).values()]
        list(FrozenBaseline.objects.filter(pilot__in=part).values_list("pilot", "points"))
        spans += these
    return spans, known


def _maths(known: list[Any]) -> None:
    from metrics.stats import Design, assess_many

    values = np.array(known)
    design = Design(baseline=BASELINE, target=-0.3, direction="lower")
    for begin in range(0, len(values), 500):
        part = values[begin : begin + 500]
        many = assess_many(part, design, targets=np.full(len(part), -0.3))
        many.last().verdict  # noqa: B018 - worked out when it is asked for


def _write(read: list[Any], now: datetime) -> None:
    """As many readings and lines as a day brings, as Django puts many in."""
    from django.db import transaction

    from pilots.models import Reading, Standing

    fields = ("verdict", "latest", "baseline", "people", "moving", "spark", "read_at")
    lines = list(Standing.objects.filter(pilot__in=[one.pilot_id for one in read]))
    with transaction.atomic():
        for begin in range(0, len(read), 500):
            Reading.objects.bulk_create(
                Reading(
                    pilot_id=one.pilot_id, plan_version_id=one.plan_version_id, day=one.day + DAY, verdict=one.verdict,
                    series_sha256=one.series_sha256, facts=one.facts, previous=one, made_at=now,
                )
                for one in read[begin : begin + 500]
            )  # fmt: skip
            part = lines[begin : begin + 500]
            Standing.objects.bulk_create(
                part, update_conflicts=True, unique_fields=["pilot"], update_fields=fields
            )
        transaction.set_rollback(True)


def _change(series: list[int]) -> None:
    from metrics.models import Snapshot

    for one in series:
        newest = Snapshot.objects.filter(series=one).order_by("-day").first()
        assert newest and newest.value is not None
        Snapshot.objects.filter(series=one, day=newest.day).update(value=newest.value + 0.25)


class _Writes:
    """Counts the rows that statements write."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if sql.lstrip()[:6].upper() in {"INSERT", "UPDATE", "DELETE"}:
            self.rows += max(context["cursor"].rowcount, 0)
        return done


def _cpu(work: Callable[[], object]) -> float:
    from config import embedded
    from config.environment import VAR_DIR

    database = embedded.Server(VAR_DIR).postmaster()
    assert database is not None
    mine = psutil.Process()
    before = meter.used(database), sum(mine.cpu_times()[:2])
    work()
    after = meter.used(database), sum(mine.cpu_times()[:2])
    return sum(after) - sum(before)


BENCH = Bench("P9", "Daily reading of 10,000 pilots, and P10", _judge)
