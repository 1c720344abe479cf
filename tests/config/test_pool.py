"""``kill -9`` of a worker's idle process: the next task is done by the others, or by the one that takes its place."""

from pathlib import Path

import pytest

from tests.config.processes import python

KILL_IDLE = """
import os, signal, sys, time
from billiard.pool import Pool
from config.pool import SharingPool

def double(number):
    return 2 * number

pool = {pool}(processes=2)
seen = []
for number in range(4):
    time.sleep(0.2)
    os.kill(pool._pool[0].pid, signal.SIGKILL)
    pool.maintain_pool()
    try:
        seen.append(pool.apply_async(double, [number]).get(timeout=3))
    except Exception as error:
        seen.append(type(error).__name__)
        break
print(seen)
sys.stdout.flush()
for process in pool._pool:
    os.kill(process.pid, signal.SIGKILL)
os._exit(0)
"""


@pytest.mark.parametrize(("pool", "seen"), [("SharingPool", "[0, 2, 4, 6]"), ("Pool", "TimeoutError")])
def test_the_next_task_is_done_though_an_idle_process_was_killed(
    pool: str, seen: str, tmp_path: Path
) -> None:
    """With billiard's own, as a control: it does not come back."""
    done = python(KILL_IDLE.format(pool=pool), tmp_path)
    assert seen in done.stdout, done.stderr
