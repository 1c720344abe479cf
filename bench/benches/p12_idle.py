"""P12I, a part of P12 alone: how long an idle worker takes from the bell to the start. Half a minute, for a quiet machine."""

from __future__ import annotations

from bench.benches.p12_dispatch import IDLE_RINGS, idle_rings, sources, worker
from bench.kinds import Bar, Bench, Costs
from bench.world import World
from config.demo.place import Place
from config.environment import VAR_DIR

#: The first ones find a worker that is only just awake.
WARM_UP = 1


def _judge(world: World, costs: Costs) -> list[Bar]:
    from django_scopes import scopes_disabled

    with scopes_disabled(), sources(world, IDLE_RINGS), worker(Place(VAR_DIR)):
        for _time in range(WARM_UP):
            idle_rings()
        idle = idle_rings()
    return [Bar("idle worker: from the bell to the start, p95", 60, idle, " ms")]


BENCH = Bench("P12I", "From the bell to the start", _judge)
