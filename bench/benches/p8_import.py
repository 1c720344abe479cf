"""P8: what a row of a file costs, beside the bare statements in the same run, and how much memory a large file takes."""

from __future__ import annotations

import contextlib
import struct
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

import psutil

from bench.benches.p7_thousand_points import make_twin
from bench.ingest import Desk, Spent, open_desk, spent
from bench.kinds import Bar, Bench, Costs
from config.environment import BASE_DIR, VAR_DIR

if TYPE_CHECKING:
    from bench.world import World

ROUNDS, ROWS, LARGE = 5, 100_000, 1_000_000
_FIRST: Final = date(1990, 1, 1)
_PACK: Final = struct.Struct(">hiqiiidiiiiiq").pack
_STAGED: Final = """
    INSERT INTO bench_twin SELECT * FROM bench_staged
    ON CONFLICT (series_id, day) DO UPDATE SET value = excluded.value, pull_id = excluded.pull_id
"""


def _write(path: Path, rows: int, *metrics: str, groups: int) -> Path:
    days = rows // groups // len(metrics)
    with path.open("w") as file:
        file.write("metric,group,date,value\n")
        for metric in metrics:
            for group in range(groups):
                for day in range(days):
                    date_of = _FIRST + timedelta(days=day)
                    file.write(f"{metric},team {group},{date_of},{20 + day % 7 / 10}\n")
    return path


def _import(desk: Desk, path: Path) -> Spent:
    from django_scopes import scope

    from accounts.models import Organisation
    from metrics.importing import Import

    organisation = Organisation.objects.get(slug=desk.slug)

    def work() -> None:
        with path.open("rb") as file, scope(organisation=organisation):
            Import(organisation, by=None, at=datetime.now(UTC)).store(file)

    return spent(work)


def _ceiling(series: int) -> Spent:
    """COPY of a payload that was built before, and one upsert: what no import can beat."""
    from django.db import connection, transaction

    payload = b"".join(
        _PACK(8, 8, series + row // 10_000, 4, row % 10_000, 8, 1.5, -1, -1, -1, -1, 8, 1)
        for row in range(ROWS)
    )

    def work() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE bench_staged (LIKE metrics_snapshot) ON COMMIT DROP")
            with cursor.copy(
                "COPY bench_staged (series_id, day, value, numerator, denominator, n, sum_of_squares, pull_id) FROM STDIN (FORMAT BINARY)"
            ) as copy:
                copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + payload + b"\xff\xff")
            cursor.execute(_STAGED)

    return spent(work)  # fmt: skip


def _memory(desk: Desk, path: Path) -> float:
    """The most that the command was seen to hold while it read a million rows, in MB."""
    command = [sys.executable, "manage.py", "import_snapshots", str(path), "--organisation", desk.slug]
    most = 0.0
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.DEVNULL) as child:
        process = psutil.Process(child.pid)
        while child.poll() is None:
            # Looked at from outside: what the kernel calls a child's maximum begins with its parent's.
            with contextlib.suppress(psutil.Error):
                most = max(most, process.memory_info().rss / 2**20)
            time.sleep(0.02)
    assert child.returncode == 0
    return most


def _judge(world: World, costs: Costs) -> list[Bar]:
    make_twin()
    ceilings, staged, first_loads = [], [], []
    for number in range(-1, ROUNDS):  # the first one warms up
        desk = open_desk()
        ceiling = _ceiling(1_000_000 * (number + 2))
        first = _import(desk, _write(VAR_DIR / "first.csv", ROWS, "Metric 0", groups=10))
        # One value is there already, so all of it goes the longer way.
        _import(desk, _write(VAR_DIR / "one.csv", 1, "Metric 1", groups=1))
        longer = _import(desk, _write(VAR_DIR / "longer.csv", ROWS, "Metric 1", groups=10))
        if number >= 0:
            ceilings.append(ceiling)
            first_loads.append(first)
            staged.append(longer)
    memory = _memory(
        desk, _write(VAR_DIR / "large.csv", LARGE, *(f"Metric {n}" for n in range(2, 6)), groups=50)
    )
    ratio = median(ours.cpu / bare.cpu for ours, bare in zip(staged, ceilings, strict=True))
    return [
        Bar("a row of an import into a metric with values: CPU", 45, median(1e6 * one.cpu / ROWS for one in staged), " µs"),
        Bar("a row of the staged upsert from a ready payload (no bar)", 99, median(1e6 * one.cpu / ROWS for one in ceilings), " µs"),
        Bar("import, times the staged upsert", 2, ratio, " x"),
        Bar("first load by COPY: CPU a row (120,000 rows a second)", 1e6 / 120_000, median(1e6 * one.cpu / ROWS for one in first_loads), " µs"),
        Bar("first load by COPY: waiting a row, on this busy machine (no bar)", 99, median(1e6 * one.wall / ROWS for one in first_loads), " µs"),
        Bar("memory while importing a million rows", 200, memory, " MB"),
    ]  # fmt: skip


BENCH = Bench("P8", "Importing a file", _judge)
