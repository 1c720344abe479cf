"""A source whose answers a test decides on, and makers for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from metrics.models import Metric, Snapshot, Source
from metrics.sources import Ask, Fetched, Observation, Problem
from tests.cast import NOW, TODAY, Cast, make_metric


class Answers:
    """What a source answers from now on, and what it was told when it was asked."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []
        self.problems: list[Problem] = []
        self.error: BaseException | None = None
        self.told: list[tuple[Mapping[str, Any], Mapping[str, str]]] = []
        self.periods: list[tuple[date, date] | None] = []

    def values(self, *values: float) -> None:
        """One value a day, the last one yesterday."""
        first = TODAY - timedelta(days=len(values))
        self.observations = [Observation(first + timedelta(days=i), value) for i, value in enumerate(values)]

    def fetch(self, ask: Ask) -> Fetched:
        self.told.append((ask.settings, ask.secrets))
        self.periods.append(ask.period)
        if self.error:
            raise self.error
        return Fetched(tuple(self.observations), tuple(self.problems), ("Days as in 2026-06-01",))


def connect(cast: Cast, metric: Metric | None = None, **fields: Any) -> Source:
    metric = metric or make_metric(cast)
    given = {"kind": "file", "settings": {}, **fields}
    return Source.objects.connect(metric, by=cast.manager, at=NOW, **given)


def stored(source: Source, group: str = "") -> list[float | None]:
    kept = Snapshot.objects.filter(series__metric=source.metric, series__group=group).order_by("day")
    return list(kept.values_list("value", flat=True))
