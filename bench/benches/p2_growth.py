"""P2: the portfolio costs the same however many pilots there are."""

from bench.benches.p1_portfolio import portfolio
from bench.kinds import Bar, Bench, Costs
from bench.world import LARGE, SMALL, World


def _judge(world: World, costs: Costs) -> list[Bar]:
    small, large = costs[portfolio(world, SMALL)], costs[portfolio(world, LARGE)]
    return [
        Bar("p50 at 10,000 pilots, times that at 100", 1.5, large.p50 / small.p50, " x"),
        Bar("queries at 10,000", 8, large.queries),
        Bar("page at 10,000, before compression", 40, large.bytes / 1000, " kB"),
    ]


BENCH = Bench(
    "P2", "Portfolio grows flat", _judge, lambda world: [portfolio(world, size) for size in (SMALL, LARGE)]
)
