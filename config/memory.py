"""Python's collector, for processes that live long and answer quickly."""

import gc
from typing import Final

#: How many new objects, and how many of the smaller rounds, call for a round: a page or a batch of readings makes
#: thousands that go away by themselves.
_ROUNDS: Final = (20_000, 20, 50)


def make_room() -> None:
    """All that a program imports stays: looked through at each turn meanwhile, it takes an eighth longer to start."""
    gc.set_threshold(*_ROUNDS)


def settle() -> None:
    """What is here now stays: it is not looked through again, in the middle of an answer, which takes as long as a page."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_ROUNDS)
