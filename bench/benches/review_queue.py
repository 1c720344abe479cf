"""REVIEW: what the reviewer's queue costs with two thousand items in it, as one reviewer at a time sees it."""

from bench.kinds import Bar, Bench, Costs, Page
from bench.world import LARGE, World


def _pages(world: World) -> list[Page]:
    queue = f"/{world.slugs[LARGE]}/reviews/"
    return [
        Page("reviewer's queue, 2,000 items", queue, world.reviewer, connections=1),
        Page("reviewer's queue, its last page", f"{queue}?page=40", world.reviewer, connections=1),
        Page("an item in the middle of it", world.item, world.reviewer, connections=1),
    ]


def _judge(world: World, costs: Costs) -> list[Bar]:
    return [Bar(f"{page.name}: p95", 100, costs[page].p95, " ms") for page in _pages(world)]


BENCH = Bench("REVIEW", "Queue of two thousand items", _judge, _pages)
