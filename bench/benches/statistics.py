"""STATISTICS: the goals of the verdict on simulated and real series; `bench/statistics.py` measures them."""

from bench.kinds import Bar, Bench, Costs
from bench.statistics import goals
from bench.world import World

PILOTS = 2000


def _judge(world: World, costs: Costs) -> list[Bar]:
    """What must be at least so much is told as what is missing of one, since a bar is a most."""
    return [
        Bar(f"{goal.id} missed of: {goal.what}", 1 - goal.goal + goal.slack, 1 - goal.measured)
        if goal.at_least
        else Bar(f"{goal.id} {goal.what}", goal.goal + goal.slack, goal.measured)
        for goal in goals(PILOTS)
    ]


BENCH = Bench("STATISTICS", "The verdict's goals", _judge)
