"""How long one pull may ask a database, and how much it may hear."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from .base import SourceError

SECONDS = 30.0  # for everything: looking the name up, signing in, the last row of the last query
MAX_ROWS = 500_000
MAX_BYTES = 50 * 1024 * 1024
MAX_CELL = 1024 * 1024


def too_long() -> SourceError:
    return SourceError(
        _(
            "The database did not finish in %(seconds)s seconds, so we stopped the query. "
            "Please ask for a shorter period, or have the days counted in the query itself."
        )
        % {"seconds": round(SECONDS)},
        retry=True,
        field="query",
    )


def too_many_rows() -> SourceError:
    return SourceError(
        _(
            "The query gives more than %(most)s rows. Please ask for a shorter period, "
            "or have the rows counted per day in the query itself (group by)."
        )
        % {"most": f"{MAX_ROWS:,}"},
        field="query",
    )


def too_much() -> SourceError:
    return SourceError(
        _(
            "The query gives more than %(size)s MB. Please name only the columns that are needed, "
            "or ask for a shorter period."
        )
        % {"size": MAX_BYTES // 1024 // 1024},
        field="query",
    )


def too_large_cell() -> SourceError:
    return SourceError(
        _(
            "The query gives a cell of more than %(size)s MB, which is no figure. "
            "Please name only the columns that are needed."
        )
        % {"size": MAX_CELL // 1024 // 1024},
        field="query",
    )


@dataclass(slots=True)
class Allowance:
    """What is left of the limits. It is one for all the queries of a pull."""

    end: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    bytes_left: int = field(default_factory=lambda: MAX_BYTES)
    rows_left: int = field(default_factory=lambda: MAX_ROWS)

    def seconds(self, most: float = float("inf")) -> float:
        left = self.end - time.monotonic()
        if left <= 0:
            raise too_long()
        return min(left, most)

    def milliseconds(self) -> int:
        return max(int(self.seconds() * 1000), 1)

    def took_bytes(self, count: int) -> None:
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise too_much()

    def took_row(self) -> None:
        self.rows_left -= 1
        if self.rows_left < 0:
            raise too_many_rows()


@contextlib.contextmanager
def watchdog(allowance: Allowance, *stops: Callable[[], object]) -> Iterator[None]:
    """Calls the stops one after the other when time is up, from a thread of its own: the block may wait for a server
    that says nothing. Whatever the block then breaks with is told as what it is."""
    bitten = threading.Event()

    def bite() -> None:
        bitten.set()
        for stop in stops:
            with contextlib.suppress(Exception):
                stop()

    timer = threading.Timer(allowance.seconds(), bite)
    timer.daemon = True
    timer.start()
    try:
        yield
    except SourceError:
        raise
    except Exception as error:
        if bitten.is_set():
            raise too_long() from error
        raise
    finally:
        timer.cancel()
        if bitten.is_set():
            timer.join(5.0)  # so that nothing of ours runs on in the database when the pull has ended
