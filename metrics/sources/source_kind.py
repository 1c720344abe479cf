"""What every kind of source has in common: it opens tables, and one reading makes observations of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise

from . import observations
from .base import Ask, Fetched
from .cells import Table


class SourceKind(ABC):
    """One way of getting at figures. Raises nothing but SourceError."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    description: ClassVar[str | Promise]
    form_class: ClassVar[type[forms.Form]]
    # False for kinds whose values come by themselves (pushed, typed in): they have no schedule.
    is_pulled: ClassVar[bool] = True
    # What comes from here may support a result and is none: it cannot be the metric of a pilot.
    signal_only: ClassVar[bool] = False

    @abstractmethod
    def tables(self, ask: Ask) -> AbstractContextManager[Sequence[Table]]:
        """What the source holds now, readable while the block lasts. Most have one table; two queries have two, each
        with its group."""

    def takes_period(self, settings: Mapping[str, Any]) -> bool:
        """Whether it asks its system for the days of `Ask.period` alone; the others tell all they have each time."""
        return False

    def keys_are_for(self, settings: Mapping[str, Any]) -> str:
        """Whom the keys were typed for, such as the origin of an address: kept ones are never shown to anybody else."""
        return ""

    def fetch(self, ask: Ask) -> Fetched:
        with self.tables(ask) as tables:
            return observations.read(tables, ask)
