"""OUTCOME, with it P5: what the page of an outcome costs that somebody reads by a link; new, and when their browser has it."""

from bench.kinds import ONE_QUERY, Bar, Bench, Costs, Page
from bench.world import World


def _new(world: World) -> Page:
    return Page("shared outcome", world.shared, connections=1)


def _known(world: World) -> Page:
    return Page("shared outcome, known to the browser", world.shared, known=True)


def _many(world: World) -> Page:
    return Page("shared outcome, eight readers", world.shared)


def _judge(world: World, costs: Costs) -> list[Bar]:
    known = costs[_known(world)]
    return [
        Bar("shared outcome, one reader: p95", 50, costs[_new(world)].p95, " ms"),
        Bar(
            "known to the browser: CPU, times a view of one query",
            1 / 0.6,
            known.cpu / costs[ONE_QUERY].cpu,
            " x",
        ),
        Bar("known to the browser: bytes", 0, known.bytes),
    ]


BENCH = Bench(
    "OUTCOME", "Page of an outcome, by its link (P5)", _judge,
    lambda world: [ONE_QUERY, _new(world), _many(world), _known(world)],
)  # fmt: skip
