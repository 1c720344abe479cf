"""``kill -9`` at the worst moments: nothing is lost, nothing is there twice. ``bin/bench faults`` does the slow one too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.faults import killed_during_a_mail, killed_during_a_pull, killed_during_a_reading, slow_system
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
        stack = Stack(folder, beat_within=True, PILOTLIGHT_ALLOWED_ADDRESSES=system, **office.environment)
        stack.found()
        stack.start(web=False)
        try:
            assert killed_during_a_mail(stack, office) < RESUMED_WITHIN
            assert killed_during_a_pull(stack, system) < RESUMED_WITHIN
            assert killed_during_a_reading(stack) < RESUMED_WITHIN
        finally:
            stack.stop()
