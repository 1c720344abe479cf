"""P4: what the page of a running pilot costs, with a picture of 150 points."""

from bench.kinds import Bar, Bench, Costs, Page
from bench.world import LARGE, World


def _page(world: World) -> Page:
    return Page("pilot page, 150 points", f"{world.portfolio(LARGE)}{world.pilot}/", world.emails[LARGE])


def _judge(world: World, costs: Costs) -> list[Bar]:
    cost = costs[_page(world)]
    return [
        Bar("pilot page: CPU, server and PostgreSQL", 15, cost.cpu, " ms"),
        Bar("pilot page: CPU of PostgreSQL", 2, cost.database_cpu, " ms"),
        Bar("pilot page: queries", 10, cost.queries),
    ]


BENCH = Bench("P4", "Pilot page with 150 points", _judge, lambda world: [_page(world)])
