"""What the API says of metrics, sources, pulls and values: the shapes that its document shows."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import BeforeValidator

from metrics.points import PointError, day_of


def _day(written: object) -> date | None:
    try:
        return day_of(written)
    except PointError as error:
        raise ValueError(str(error)) from None


def _whole(given: object) -> object:
    """Pydantic alone would take ``false`` for 0, and "1" for 1; the document says neither."""
    if isinstance(given, bool | str):
        raise ValueError("Input should be a whole number")
    return given


Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
#: A number in a body.
Whole = Annotated[int, BeforeValidator(_whole)]
#: Written as 2026-06-01. Pydantic alone would also take seconds since 1970.
Day = Annotated[date, BeforeValidator(_day)]


class MetricIn(Schema):
    model_config = {"extra": "forbid"}

    name: Annotated[str, Field(min_length=1, max_length=120)]
    meaning: Annotated[str, Field(max_length=300)] = ""
    unit: Annotated[str, Field(max_length=20)] = ""
    kind: Literal["mean", "proportion", "rate", "total"]
    direction: Literal["higher", "lower"]
    cadence: Literal["daily", "weekly"]
    category: Literal["sales", "service", "operations", "people", "compliance", "finance", "product"]
    decimals: Annotated[Whole, Field(ge=0, le=6)] = 1
    delay_days: Annotated[Whole, Field(ge=0, le=60)] = 0
    looks_back_days: Annotated[Whole, Field(ge=0, le=366)] = 0


class MetricOut(Schema):
    id: int
    name: str
    meaning: str
    unit: str
    kind: str
    per: float
    direction: str
    cadence: str
    category: str
    decimals: int
    delay_days: int
    looks_back_days: int
    created_at: datetime
    source_id: int | None


class MetricPage(Schema):
    items: list[MetricOut]
    next: str | None = None


class SourceOut(Schema):
    """Where a metric's values come from. Settings and secrets are not told."""

    id: int
    metric_id: int
    kind: str
    schedule: str | None
    at_hour: int | None
    connected_at: datetime
    failing_since: datetime | None
    news_at: datetime | None


class SourcePage(Schema):
    items: list[SourceOut]
    next: str | None = None


class PullOut(Schema):
    id: int
    source_id: int
    state: str
    started_at: datetime
    finished_at: datetime | None
    new: int
    changed: int
    unchanged: int
    error: str
    understood: list[str]
    problems: list[str]
    token_id: int | None
    person_id: int | None


class PullPage(Schema):
    items: list[PullOut]
    next: str | None = None


class PullAsked(Schema):
    """It is due; the workers take it up in a moment, and the newest of the source's pulls shows what came of it."""

    source_id: int
    asked_at: datetime


class SeriesOut(Schema):
    id: int
    metric_id: int
    group: str
    newest_day: date | None


class SeriesPage(Schema):
    items: list[SeriesOut]


class SnapshotOut(Schema):
    """``withheld``: there is a value, about fewer people than the organisation shows values of."""

    day: date
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int | None
    sum_of_squares: float | None
    withheld: bool = False
    pull_id: int


class SnapshotPage(Schema):
    items: list[SnapshotOut]
    next: str | None = None


class Received(Schema):
    """What became of a delivery."""

    pull_id: int
    new: int
    changed: int
    unchanged: int
    left_out: int = 0
