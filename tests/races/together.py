"""Two people, or two workers, at the same moment: threads, each with a connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any

import pytest
from django.db import connection, connections, models
from django.db.models import QuerySet
from django_scopes import scope

from accounts.models import Organisation
from tests import door

# Where a step is made to last, so that all are there at once: without its lock, each such race is lost in the first round or the second.
ROUNDS = 5
# Where nothing holds them together, and they have to meet by chance.
CHANCES = 20
type Result = Any


class Hand:
    """A thread that stays, with its connection: to open one costs more than most races take."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._done: SimpleQueue[None] = SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def begin(self, call: Callable[[], None]) -> None:
        self._calls.put(call)

    def finish(self) -> None:
        self._done.get()

    def _work(self) -> None:
        while True:
            self._calls.get()()
            self._done.put(None)


_hands: list[Hand] = []
_one_ended = threading.Event()
_meetings: list[threading.Barrier] = []


def together(organisation: Organisation, *calls: Callable[[], Result]) -> list[Result]:
    """What each call returned, or the exception that it raised; all of them begin at once."""
    results: list[Result] = [None] * len(calls)
    start = threading.Barrier(len(calls))
    _one_ended.clear()
    _meetings[:] = [threading.Barrier(len(calls))]

    def run(index: int) -> None:
        try:
            with scope(organisation=organisation):
                start.wait(timeout=10)
                results[index] = calls[index]()
        except Exception as error:  # noqa: BLE001 - the test asks which
            results[index] = error
        finally:
            _one_ended.set()

    _hands.extend(Hand() for _more in range(len(calls) - len(_hands)))
    for index, hand in enumerate(_hands[: len(calls)]):
        hand.begin(partial(run, index))
    for hand in _hands[: len(calls)]:
        hand.finish()
    _meetings.clear()
    return results


def let_go() -> None:
    """After each test: what was set on a connection goes with it."""
    for hand in _hands:
        hand.begin(connections.close_all)
        hand.finish()


def errors(results: list[Result]) -> list[str]:
    """The names of what was raised."""
    return sorted(type(result).__name__ for result in results if isinstance(result, Exception))


def unlock(monkeypatch: pytest.MonkeyPatch, model: type[models.Model]) -> None:
    """The control: take the lock on this model's rows away, and let the race happen."""
    lock = QuerySet.select_for_update

    def no_lock(rows: QuerySet[Any], *args: Any, **kwargs: Any) -> QuerySet[Any]:
        return rows.all() if rows.model is model else lock(rows, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", no_lock)


def ignore_triggers(*names: str) -> None:
    """Another control: take these triggers away for the rest of this thread's connection."""
    if names:
        with connection.cursor() as cursor:
            cursor.execute(door.ignore_triggers(*names))


def slow(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, seconds: float = 0.03) -> None:
    """Make a step inside the critical section last, so that the other one is there too."""
    step = getattr(owner, name)

    def slowly(*args: Any, **kwargs: Any) -> Any:
        time.sleep(seconds)
        return step(*args, **kwargs)

    monkeypatch.setattr(owner, name, slowly)


def lasting(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Make a step last until another one is through, which else might begin when all is over: for races with one loser."""
    step = getattr(owner, name)

    def lastingly(*args: Any, **kwargs: Any) -> Any:
        _one_ended.wait(timeout=10)
        return step(*args, **kwargs)

    monkeypatch.setattr(owner, name, lastingly)


def meeting(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Have all come to a step before one of them takes it: for controls, which no lock keeps from it."""
    step = getattr(owner, name)

    def together_with_the_others(*args: Any, **kwargs: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            for barrier in _meetings:
                barrier.wait(timeout=5)
        return step(*args, **kwargs)

    monkeypatch.setattr(owner, name, together_with_the_others)
