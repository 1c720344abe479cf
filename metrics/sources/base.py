"""What every kind of source has in common: settings and secrets in, observations out. No models, no database."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import IO, Any, ClassVar

from django import forms
from django.utils.functional import Promise


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
    observations: tuple[Observation, ...]
    problems: tuple[Problem, ...]
    understood: tuple[str, ...]


class SourceError(Exception):
    """Nothing could be read, said in words that a manager can act on.

    `retry` is True when the same try may succeed later by itself, False when a person has to change something.
    `retry_after` counts seconds. `field` names the form field that answers the question, where there is one.
    """

    def __init__(
        self, message: str | Promise, *, retry: bool = False, retry_after: int | None = None, field: str = ""
    ) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.retry = retry
        self.retry_after = retry_after
        self.field = field


class SourceKind(ABC):
    """One way of getting at figures. `fetch` raises nothing but SourceError."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    description: ClassVar[str | Promise]
    form_class: ClassVar[type[forms.Form]]
    # False for kinds whose values come by themselves (pushed, typed in): they have no schedule.
    is_pulled: ClassVar[bool] = True

    @abstractmethod
    def fetch(
        self,
        settings: Mapping[str, Any],
        secrets: Mapping[str, str],
        *,
        today: date,
        content: IO[bytes] | None = None,
        content_name: str = "",
    ) -> Fetched: ...
