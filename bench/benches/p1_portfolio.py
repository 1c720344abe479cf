"""P1: what the portfolio of ten thousand pilots costs."""

from bench.kinds import Bar, Bench, Costs, Page
from bench.world import LARGE, SMALL, World


def portfolio(world: World, size: int) -> Page:
    return Page(f"portfolio, {size:,} pilots", world.portfolio(size), world.emails[size])


def _judge(world: World, costs: Costs) -> list[Bar]:
    cost = costs[portfolio(world, LARGE)]
    return [
        Bar("portfolio of 10,000: CPU, server and PostgreSQL", 18, cost.cpu, " ms"),
        Bar("portfolio of 10,000: times the trivial view", 20, cost.times_trivial, " x"),
    ]


def _least(world: World) -> Page:
    """What any page costs that somebody has to sign in for: no bar, but the floor that the portfolio stands on."""
    return Page("outcomes, none yet", f"/{world.slugs[SMALL]}/outcomes/", world.emails[SMALL])


BENCH = Bench(
    "P1", "Portfolio of 10,000 pilots", _judge, lambda world: [portfolio(world, LARGE), _least(world)]
)
