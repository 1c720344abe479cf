"""P8R, the reading of files (a part of P8): rows a second of CPU, and the memory that a text of 1 GB needs. Storing is measured elsewhere."""

import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bench.kinds import Bar, Bench, Costs
from bench.world import World

ROWS = 100_000
LARGE = 1 << 30
_BEGIN = date(2024, 1, 1)
_TODAY = date(2026, 11, 1)

# Alone in a process, so that its peak is the reader's: megabytes, and how many rows there were.
_READ_LARGE = """
import resource, sys
from datetime import date
import django
django.setup()
from metrics.sources import Ask, kind
settings = {"rows": "events", "date_column": "closed", "outcome_column": "won", "group_column": "team"}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(sys.argv[1], "rb") as file:
    from metrics.sources import observations, tables
    ask = Ask(settings=settings, today=date(2026, 11, 1))
    fetched = observations.read([tables.read(file)], ask)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, fetched.rows)
"""


def _judge(world: World, costs: Costs) -> list[Bar]:
    series = {
        "date_column": "date",
        "numerator_column": "won",
        "denominator_column": "all",
        "group_column": "team",
    }
    events = {"rows": "events", "date_column": "closed", "outcome_column": "won", "group_column": "team"}
    people = {
        "rows": "events",
        "date_column": "closed",
        "outcome_column": "amount",
        "outcome": "average",
        "who_column": "rep",
    }
    return [
        Bar("100,000 rows of counts: CPU a row", 22, _microseconds(_counts(), series), " µs"),
        Bar("100,000 cases: CPU a row", 22, _microseconds(_cases(ROWS), events), " µs"),
        Bar("100,000 cases, averaged over people: CPU a row", 22, _microseconds(_cases(ROWS), people), " µs"),
        Bar("a text of 1 GB: memory of the process", 200, _megabytes(), " MB"),
    ]  # fmt: skip


def _microseconds(content: bytes, settings: Mapping[str, Any]) -> float:
    from metrics.sources import Ask, kind

    took = []
    for _round in range(3):
        begin = time.process_time()
        ask = Ask(settings=settings, today=_TODAY, content=io.BytesIO(content))
        assert kind("file").fetch(ask).rows == ROWS
        took.append(time.process_time() - begin)
    return min(took) / ROWS * 1e6


def _counts() -> bytes:
    random = Random(1)
    lines = (
        f"{_BEGIN + timedelta(days=n // 110)};team {n % 110};{random.randint(1, 20)};{random.randint(20, 60)}"
        for n in range(ROWS)
    )
    return "\n".join(["date;team;won;all", *lines]).encode()


def _cases(count: int, note: str = "") -> bytes:
    random = Random(1)
    lines = (
        f"{_BEGIN + timedelta(days=random.randint(0, 800))},P{random.randint(1, 400)},team {n % 5},"
        f"{'yes' if random.random() < 0.3 else 'no'},{random.randint(1, 99_999) / 100},{note}"
        for n in range(count)
    )
    return "\n".join(["closed,rep,team,won,amount,note", *lines]).encode() + b"\n"


def _megabytes() -> float:
    head, _end, block = _cases(20_000, "what the customer said " * 8).partition(b"\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        with path.open("wb") as file:
            file.write(head + b"\n")
            for _block in range(LARGE // len(block) + 1):
                file.write(block)
        done = subprocess.run(
            [sys.executable, "-c", _READ_LARGE, str(path)], capture_output=True, text=True, check=True
        )
    return float(done.stdout.split()[0])


BENCH = Bench("P8R", "Reading files", _judge)
