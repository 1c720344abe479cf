"""P7: what a thousand values cost in one POST, beside the bare upsert of as many rows in the same run."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.ingest import UNLIMITED, open_desk, posted, spent
from bench.kinds import Bar, Bench, Costs
from bench.servers import running
from config.demo.place import Place
from config.environment import VAR_DIR

if TYPE_CHECKING:
    from bench.world import World

ROUNDS, SECONDS, POINTS, REQUESTS = 5, 4.0, 1_000, 60
_TWIN: Final = """
    DROP TABLE IF EXISTS bench_twin;
    CREATE TABLE bench_twin (LIKE metrics_snapshot INCLUDING DEFAULTS INCLUDING INDEXES);
"""
_UPSERT: Final = """
    INSERT INTO bench_twin (series_id, day, value, pull_id)
    SELECT %s, day, value, 1 FROM unnest(%s::date[], %s::float8[]) AS t(day, value)
    ON CONFLICT (series_id, day) DO UPDATE SET value = excluded.value, pull_id = excluded.pull_id
"""


def make_twin() -> None:
    """The snapshots' table without a trigger, for bare statements."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_TWIN)


def _bare(series: int) -> None:
    from django.db import connection

    first = date(1970, 1, 2)
    for number in range(REQUESTS):
        days = [
            first + timedelta(days=place % 20_000) for place in range(number * POINTS, (number + 1) * POINTS)
        ]
        values = [place % 997 / 7 for place in range(POINTS)]
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, [series + number // 20, days, values])


def _judge(world: World, costs: Costs) -> list[Bar]:
    make_twin()
    desk, bare, ours = open_desk(), [], []
    with running(Place(VAR_DIR), "ingest", "config.wsgi", **UNLIMITED) as api:
        for number in range(-1, ROUNDS):  # the first one warms up
            alone = spent(lambda: _bare(1_000_000 * (number + 2))).cpu  # noqa: B023 - run at once
            cost, _count = posted(
                api, paths=desk.paths, headers=desk.headers, points=POINTS, keys=True, seconds=SECONDS, most=REQUESTS,
                begin=(number + 1) * REQUESTS * POINTS,
            )  # fmt: skip
            if number >= 0:
                bare.append(1e6 * alone / REQUESTS / POINTS)
                ours.append(1e3 * cost / POINTS)
    return [
        Bar("a point of a thousand a POST, with key and provenance: CPU", 60, median(ours), " µs"),
        Bar("a row of the bare upsert (no bar)", 99, median(bare), " µs"),
        Bar(
            "a point, times the bare upsert", 2, median(a / b for a, b in zip(ours, bare, strict=True)), " x"
        ),
    ]


BENCH = Bench("P7", "A thousand values a POST", _judge)
