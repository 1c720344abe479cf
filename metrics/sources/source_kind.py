"""What every kind of source has in common: it opens tables, and one reading makes observations of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import ClassVar

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
    # False for a kind that waits for figures (pushed, typed in): there is nothing to try before it is connected.
    can_be_tried: ClassVar[bool] = True

    @abstractmethod
    def tables(self, ask: Ask) -> AbstractContextManager[Sequence[Table]]:
        """What the source holds now, readable while the block lasts. Most have one table; two queries have two, each
        with its group."""

    def fetch(self, ask: Ask) -> Fetched:
        with self.tables(ask) as tables:
            return observations.read(tables, ask)
