"""EXECUTIVE: what the executive portfolio of five thousand decided pilots costs, as one reader at a time sees it."""

from bench.kinds import Bar, Bench, Costs, Page
from bench.world import World


def _pages(world: World) -> list[Page]:
    return [
        Page("executive portfolio, 5,000 decided pilots", world.decided, world.executive, connections=1),
        Page("the same, of one area and year", f"{world.decided}?area=sales&period=12m", world.executive, connections=1),
    ]  # fmt: skip


def _judge(world: World, costs: Costs) -> list[Bar]:
    return [Bar(f"{page.name}: p95", 150, costs[page].p95, " ms") for page in _pages(world)]


BENCH = Bench("EXECUTIVE", "Executive portfolio", _judge, _pages)
