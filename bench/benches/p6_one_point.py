"""P6: what one value costs that a program pushes, beside a view that locks, updates and inserts one row."""

from __future__ import annotations

from statistics import median

from bench import bundled_tables
from bench.ingest import PROGRAMS, UNLIMITED, open_desk, posted
from bench.kinds import Bar, Bench, Costs
from bench.servers import running
from bench.world import World
from config.demo.place import Place
from config.environment import VAR_DIR

ROUNDS, SECONDS = 5, 3.0


def _judge(world: World, costs: Costs) -> list[Bar]:
    bundled_tables.make()
    desk, place = open_desk(), Place(VAR_DIR)
    ours, theirs = [], []
    codes = [f"/c{number}" for number in range(PROGRAMS)]
    with (
        running(place, "ingest", "config.wsgi", **UNLIMITED) as api,
        running(place, "bundled", "bench.bundled", DJANGO_SETTINGS_MODULE="bench.bundled") as bundled,
    ):
        for number in range(-1, ROUNDS):  # the first one warms up
            told = {"seconds": SECONDS, "most": 3_000}
            begin = (number + 1) * 3_000
            cost, _count = posted(api, paths=desk.paths, headers=desk.headers, points=1, begin=begin, **told)
            other, _count = posted(bundled, paths=codes, points=0, **told)
            if number >= 0:
                ours.append(cost)
                theirs.append(other)
    return [
        Bar("one point a POST: CPU, server and PostgreSQL", 4, median(ours), " ms"),
        Bar("the bundled view (no bar)", 99, median(theirs), " ms"),
        Bar(
            "one point, times the bundled view",
            1 / 1.5,
            median(a / b for a, b in zip(ours, theirs, strict=True)),
            " x",
        ),
    ]


BENCH = Bench("P6", "One value a POST", _judge)
