"""``kill -9`` at the worst moments: nothing is lost, nothing is there twice. ``bin/bench faults`` does the slow one too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.faults import a_mail, a_pull, a_reading, killed_during, slow_system
from tests.e2e.post_office import post_office
from tests.e2e.stack import Stack

RESUMED_WITHIN = 30  # seconds


@pytest.fixture
def system() -> Iterator[str]:
    with slow_system() as address:
        yield address


def test_a_killed_worker_resumes_and_every_mail_snapshot_and_reading_is_there(
    system: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with post_office() as office:
        folder = tmp_path_factory.mktemp("faults")
        reached = {"PILOTLIGHT_ALLOWED_ADDRESSES": system, **office.environment}
        stack = Stack(folder, beat_within=True, processes=3, **reached)
        stack.found()
        stack.start(web=False)
        try:
            in_hand = a_mail(stack, office), a_pull(stack, system), a_reading(stack)
            assert killed_during(stack, *in_hand) < RESUMED_WITHIN
        finally:
            stack.stop()
