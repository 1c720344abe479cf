"""Rows that are single cases, counted per day or week."""

from datetime import date
from typing import Any

import pytest

from metrics.sources import Observation, SourceError

EVENTS = {"rows": "events", "outcome_column": "outcome"}


def test_yes_and_no(read_file: Any) -> None:
    words = ["1", "yes", "Y", "TRUE", "ja", "1.0", "0", "no", "N", "False", "nein", "0"]
    rows = "".join(f"2026-01-01,{word}\n" for word in words)
    (observation,) = read_file("date,outcome\n" + rows.replace("1.0", "1"), **EVENTS).observations
    assert observation == Observation(date(2026, 1, 1), 0.5, 6, 12, n=12)


@pytest.mark.parametrize("word", ["", "maybe", "2", "-1", "NaN", "0.5", "１"])
def test_neither_yes_nor_no(read_file: Any, word: str) -> None:
    fetched = read_file(f"date,outcome\n2026-01-01,yes\n2026-01-01,{word}\n", **EVENTS)
    assert fetched.observations[0].n == 1
    assert [problem.line for problem in fetched.problems] == [3]


@pytest.mark.parametrize(("outcome", "successes"), [("at_least", 2), ("at_most", 2)])
def test_a_threshold_counts_itself(read_file: Any, outcome: str, successes: int) -> None:
    text = "date;outcome\n2026-01-01;14,5\n2026-01-01;15\n2026-01-01;15,5\n"
    (observation,) = read_file(text, **EVENTS, outcome=outcome, threshold=15).observations
    assert (observation.numerator, observation.denominator, observation.n) == (successes, 3, 3)


def test_a_threshold_that_is_missing(read_file: Any) -> None:
    with pytest.raises(SourceError) as caught:
        read_file("date,outcome\n2026-01-01,1\n", **EVENTS, outcome="at_least")
    assert caught.value.field == "threshold"


def test_a_threshold_of_zero_counts(read_file: Any) -> None:
    (observation,) = read_file(
        "date,outcome\n2026-01-01,-1\n2026-01-01,1\n", **EVENTS, outcome="at_most", threshold=0
    ).observations
    assert observation.numerator == 1


def test_an_average_keeps_what_the_maths_needs(read_file: Any) -> None:
    text = "date,outcome\n2026-01-01,1\n2026-01-01,2\n2026-01-01,6\n2026-01-02,5\n2026-01-02,NaN\n"
    fetched = read_file(text, **EVENTS, outcome="average")
    assert fetched.observations == (
        Observation(date(2026, 1, 1), 3.0, n=3, sum_of_squares=41.0),
        Observation(date(2026, 1, 2), 5.0, n=1, sum_of_squares=25.0),
    )
    assert [problem.line for problem in fetched.problems] == [6]


def test_weeks_begin_on_monday(read_file: Any) -> None:
    text = "date,outcome\n2026-01-04,1\n2026-01-05,1\n2026-01-11,0\n2026-01-12,1\n"
    fetched = read_file(text, **EVENTS, cadence="weekly")
    assert [(o.day, o.n) for o in fetched.observations] == [
        (date(2025, 12, 29), 1),
        (date(2026, 1, 5), 2),
        (date(2026, 1, 12), 1),
    ]
    assert "Cases counted per week, from Monday: 4" in fetched.understood


def test_a_case_in_the_future_is_not_counted(read_file: Any) -> None:
    fetched = read_file("date,outcome\n2026-06-30,1\n2026-07-01,1\n", **EVENTS, cadence="weekly")
    assert [o.n for o in fetched.observations] == [1]
    assert len(fetched.problems) == 1
    assert "Cases counted per week, from Monday: 1" in fetched.understood


def test_equal_cases_are_several_cases(read_file: Any) -> None:
    fetched = read_file("date,outcome\n2026-01-01,1\n2026-01-01,1\n", **EVENTS)
    assert fetched.observations[0].n == 2


def test_groups(read_file: Any) -> None:
    text = "date,team,outcome\n2026-01-01,A,1\n2026-01-01,B,0\n2026-01-01,A,0\n"
    fetched = read_file(text, **EVENTS, group_column="team")
    assert [(o.group, o.value) for o in fetched.observations] == [("A", 0.5), ("B", 0)]
