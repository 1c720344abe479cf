from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.memory import put_back_for_good
from tests.races.together import let_go


@pytest.fixture(autouse=True)
def quickly_begun() -> Iterator[None]:
    """What a race begins with comes from memory: how it came about is no part of it."""
    with put_back_for_good():
        yield
    let_go()
