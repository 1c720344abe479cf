"""What one read, another changes, and then the first goes on; and a step that lasts while it holds its locks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.cast import Cast
from tests.races.together import together


def between(
    cast: Cast, read: Callable[[], Any], act: Callable[[Any], Any], other: Callable[[], Any]
) -> list[Any]:
    """What ``act`` gave, on what was read before ``other`` was done; and what that gave."""
    has_read, is_done = threading.Event(), threading.Event()

    def first() -> Any:
        found = read()
        has_read.set()
        is_done.wait(5)
        return act(found)

    def second() -> Any:
        has_read.wait(5)
        try:
            return other()
        finally:
            is_done.set()

    return together(cast.organisation, first, second)


def lasts(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, until: threading.Event | None = None
) -> threading.Event:
    """Set as soon as this step was taken, which then lasts: until that is set, or long enough for who waits for a lock to come."""
    taken, step = threading.Event(), getattr(owner, name)

    def lastingly(*args: Any, **kwargs: Any) -> Any:
        found = step(*args, **kwargs)
        taken.set()
        if until is None:
            time.sleep(0.15)
        else:
            until.wait(5)
        return found

    monkeypatch.setattr(owner, name, lastingly)
    return taken


def after(event: threading.Event, call: Callable[[], Any]) -> Callable[[], Any]:
    def later() -> Any:
        event.wait(5)
        return call()

    return later
