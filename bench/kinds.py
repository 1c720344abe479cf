"""What a bench is made of: pages that are asked for, what they cost, and the bars they are held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bench.world import World


@dataclass(frozen=True, slots=True)
class Page:
    """An address on one of the two servers; ``email`` signs in first. One connection tells the server's own time."""

    name: str
    path: str
    email: str = ""
    server: Literal["web", "trivial"] = "web"
    connections: int = 8
    htmx: bool = False  # asked for as htmx asks for a part of a page
    known: bool = False  # the browser has it, and asks whether it is still so


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request of a page costs: times in milliseconds, medians over the rounds."""

    server_cpu: float
    database_cpu: float
    times_trivial: float
    p50: float
    p95: float
    per_second: float
    bytes: int
    queries: int
    others: float  # how much of the machine was busy with something else, 0 to 1

    @property
    def cpu(self) -> float:
        return self.server_cpu + self.database_cpu


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure and the most that it may be."""

    what: str
    most: float
    measured: float
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.measured <= self.most


type Costs = dict[Page, Cost]


@dataclass(frozen=True, slots=True)
class Bench:
    """``pages`` are measured in every round; ``judge`` makes bars of what they cost.

    A bench of something else than pages names none and measures in ``judge``, where the database is open to it.
    """

    id: str
    title: str
    judge: Callable[..., list[Bar]]
    pages: Callable[[World], list[Page]] = lambda _: []
    # It brings its own machine, takes long, and runs only when it is named.
    alone: bool = False


TRIVIAL = Page("hello, Django's seven default middleware", "/", server="trivial")
ONE_QUERY = Page("the same with one query", "/one-query/", server="trivial")
