"""Group A: two hundred workers killed at random, a broker emptied under a thousand pilots, PostgreSQL restarted under load."""

from __future__ import annotations

import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench import kills
from bench.kinds import Bar, Bench, Costs
from bench.restarts import broker_emptied, database_restarted
from bench.world import World
from tests.e2e.post_office import post_office
from tests.e2e.stack import Stack

#: Fewer, for trying out a change of this file.
KILLS: Final = int(os.environ.get("FAULTS_KILLS", "200"))
DUE: Final = int(os.environ.get("FAULTS_DUE", "1000"))


def _judge(world: World | None, costs: Costs) -> list[Bar]:
    random.seed()
    with (
        tempfile.TemporaryDirectory(prefix="faults-") as folder,
        kills.system() as system,
        post_office(slowness=0.5) as office,
    ):
        allowed = f"{system.address},{office.hook.split('/')[2]}"
        stack = Stack(Path(folder), PILOTLIGHT_ALLOWED_ADDRESSES=allowed, **office.environment)
        stack.found()
        kills.furnish(stack, system, office)
        stack.start()
        try:
            done = kills.kill_at_random(stack, system, KILLS)
            lasted = kills.settle(stack, system)
            found = kills.faults(stack, system, office)
            mails, posts = kills.twice(office)
            _tell(
                f"{done.kills} kills ({done.whole} of the whole worker), {done.idle} of them with nothing in hand; in hand: "
                f"{dict(done.in_hand)}; {len(office.mails)} mails and {len(office.posts)} posts came"
            )
            _tell(f"what happened: {kills.seen(stack)}")
            emptied = broker_emptied(stack, DUE)
            restarted = database_restarted(stack)
        finally:
            stack.stop()
    return [
        *(Bar(f"{done.kills} kills: {what}", 0, number) for what, number in found.items()),
        Bar("mails that came twice, under one Message-ID", done.kills, mails),
        Bar("posts that came twice, under one id", done.kills, posts),
        Bar("after the last kill, until nothing is due or put off any more", 120, lasted, " s"),
        Bar(f"broker emptied while {DUE:,} pilots are due: all rung for again after", 20, emptied.rung, " s"),
        Bar("pilots not read", 0, emptied.unread),
        Bar("all of them read after (busy machines need longer)", 120, emptied.read, " s"),
        Bar("PostgreSQL restarted: answers that are no 200 and no plain 503", 0, restarted.unclear),
        Bar("pages answer again after", 10, restarted.web, " s"),
        Bar("pulls done again after", 60, restarted.work, " s"),
    ]


def _tell(words: str) -> None:
    sys.stderr.write(f"faults: {words}.\n")


BENCH = Bench("FAULTS", "Killed workers, an emptied broker, a restarted database", _judge, alone=True)
