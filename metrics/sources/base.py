"""What goes into a source and what comes out of it: an ask, observations, problems. No models, no database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from typing import IO, Any

from django.utils.functional import Promise

EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to a source: where it is, with which keys, and how its rows are to be understood.

    `zone` decides on which day a moment falls that carries an offset. `period` is a first day and a day after the last:
    a backfill asks for it, and a kind that can asks its system for no more; None leaves it to the settings.
    `content` is what a person uploaded, where the kind takes uploads. `members` divide rows that name a person.
    """

    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    today: date
    zone: tzinfo = UTC
    metric_kind: str = "proportion"
    cadence: str = "daily"
    period: tuple[date, date] | None = None
    content: IO[bytes] | None = None
    content_name: str = ""
    members: tuple["Members", ...] = field(default=(), repr=False)
    # Days before are taken for slips of the keyboard.
    earliest: date = EARLIEST


@dataclass(frozen=True, slots=True)
class Members:
    """Who belongs to a group, known by keyed hashes alone: ``holds`` says it of one key as a file writes it."""

    group: str
    others: str
    holds: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Observation:
    """One day (or one week, named by its first day) of one metric.

    `value` is derived when numerator and denominator are given. `sum_of_squares` is the sum of x², not centred, so that
    two observations can be added up.
    """

    day: date
    value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    n: int | None = None
    sum_of_squares: float | None = None
    group: str = ""

    def __post_init__(self) -> None:
        if self.value is None and self.numerator is not None and self.denominator:
            object.__setattr__(self, "value", self.numerator / self.denominator)


@dataclass(frozen=True, slots=True)
class Problem:
    """One row that does not fit. `line` is the line of a file, the row of a sheet or the number of an entry."""

    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """`problems` lists the first misfits, `misfits` counts them all, `rows` counts what was looked at.

    `people` counts the different people behind each group, where the rows name them.
    """

    observations: tuple[Observation, ...]
    problems: tuple[Problem, ...]
    understood: tuple[str, ...]
    rows: int = 0
    misfits: int = 0
    people: Mapping[str, int] = field(default_factory=dict)


class SourceError(Exception):
    """Nothing could be read, said in words that a manager can act on.

    `retry` is True when the same try may succeed later by itself, False when a person has to change something.
    `retry_after` counts seconds. `field` names the form field that answers the question, where there is one, and
    `readings` the answers to it, each with what it would make of an example.
    """

    def __init__(
        self,
        message: str | Promise,
        *,
        retry: bool = False,
        retry_after: int | None = None,
        field: str = "",
        readings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.retry = retry
        self.retry_after = retry_after
        self.field = field
        self.readings = dict(readings or {})
