from datetime import timedelta

import pytest

from metrics.models import Metric, Series, Snapshot, Source
from metrics.models.source import MOST_GROUPS
from metrics.sources import Observation
from tests.cast import NOW, TODAY, Cast, make_metric
from tests.metrics.models.answers import Answers, connect, stored


def test_each_group_is_a_series(source: Source, answers: Answers) -> None:
    days = [TODAY - timedelta(days=2), TODAY - timedelta(days=1)]
    answers.observations = [
        Observation(day, value, group=group) for group, value in (("North", 1), ("South", 2)) for day in days
    ]
    source.pull(at=NOW)
    assert [str(series) for series in Series.objects.all()] == ["North", "South"]
    assert (stored(source, "North"), stored(source, "South")) == ([1, 1], [2, 2])


@pytest.mark.parametrize(("count", "state"), [(MOST_GROUPS, "done"), (MOST_GROUPS + 1, "failed")])
def test_a_column_of_names_is_no_group(source: Source, answers: Answers, count: int, state: str) -> None:
    answers.observations = [Observation(TODAY, 1, group=f"Person {number}") for number in range(count)]
    pull = source.pull(at=NOW)
    assert (pull.state, pull.needs_a_person) == (state, state == "failed")
    assert Series.objects.count() == (count if state == "done" else 0)
    if state == "failed":
        assert "51 different values" in pull.error


@pytest.mark.parametrize(
    ("kind", "per", "counts", "value"),
    [
        ("proportion", 100, (31, 124), 25.0),
        ("proportion", 1, (31, 124), 0.25),
        ("rate", 1000, (3, 1500), 2.0),
    ],
)
def test_counts_are_read_in_the_metric_s_unit(
    scoped: Cast,
    source: Source,
    answers: Answers,
    kind: str,
    per: float,
    counts: tuple[float, float],
    value: float,
) -> None:
    """The same counts are per cent for one metric, and per 1,000 hours for another."""
    metric = make_metric(scoped, name="Shares", kind=kind, per=per)
    shares = connect(scoped, metric)
    answers.observations = [Observation(TODAY, numerator=counts[0], denominator=counts[1])]
    shares.pull(at=NOW)
    kept = Snapshot.objects.get(series__metric=metric)
    assert (kept.value, kept.numerator, kept.denominator) == (value, *counts)


def test_a_day_without_cases_has_no_value(source: Source, answers: Answers) -> None:
    answers.observations = [Observation(TODAY, numerator=0, denominator=0)]
    source.pull(at=NOW)
    kept = Snapshot.objects.get()
    assert (kept.value, kept.denominator) == (None, 0)


def test_points_end_before_the_last_day(source: Source, answers: Answers) -> None:
    answers.values(1, 2, 3)
    source.pull(at=NOW)
    points = Series.objects.get().points(TODAY - timedelta(days=3), TODAY - timedelta(days=1))
    assert [point.value for point in points] == [1, 2]


def test_a_weekly_metric_stands_on_mondays() -> None:
    weekly, daily = Metric(cadence="weekly"), Metric(cadence="daily")
    sunday = TODAY - timedelta(days=1)
    assert weekly.first_day(sunday) == TODAY - timedelta(days=7)
    assert (weekly.first_day(TODAY), daily.first_day(sunday)) == (TODAY, sunday)
