from __future__ import annotations

import os
from collections.abc import Iterator

# Tests may live on another day, keep their files apart, and never touch a demonstration's database.
os.environ.setdefault("PILOTLIGHT_TESTING", "1")

import pytest
import time_machine
from django_scopes import scope

from tests.cast import NOW, Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def scoped(cast: Cast) -> Iterator[Cast]:
    """The cast, within their organisation's scope, as every page's view is."""
    with scope(organisation=cast.organisation):
        yield cast


@pytest.fixture
def monday() -> Iterator[time_machine.Traveller]:
    """The clock of the whole process stands at the cast's present."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
