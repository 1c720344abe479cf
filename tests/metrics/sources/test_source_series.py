"""Rows that are days or weeks: values, counts, groups, filters, duplicates."""

from datetime import date
from typing import Any

import pytest

from metrics.sources import Ask, Observation, Problem, SourceError, cases, observations

COUNTS = {"numerator_column": "won", "denominator_column": "all"}


def test_values(read_file: Any) -> None:
    fetched = read_file("date,value\n2026-01-02,2\n2026-01-01,1\n")
    assert fetched.observations == (Observation(date(2026, 1, 1), 1.0), Observation(date(2026, 1, 2), 2.0))


def test_counts_make_the_value(read_file: Any) -> None:
    (observation,) = read_file("date,won,all\n2026-01-01,1,4\n", **COUNTS).observations
    assert (observation.value, observation.numerator, observation.denominator) == (0.25, 1, 4)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,0", "is 0"),
        ("0,0", "is 0"),
        ("1,-4", "below zero"),
        ("-1,4", "below zero"),
        ("5,4", "More succeeded"),
        (",4", "no value"),
        ("1,", "no value"),
        ("1", "no value"),
        ("NaN,4", "not a number"),
        ("1,Infinity", "not a number"),
        ("1,1e400", "too large"),
        ("true,4", "not a number"),
    ],
)
def test_counts_that_cannot_be(read_file: Any, row: str, words: str) -> None:
    fetched = read_file(f"date,won,all\n2026-01-01,1,4\n2026-01-02,{row}\n", **COUNTS)
    assert len(fetched.observations) == 1
    assert [problem.line for problem in fetched.problems] == [3]
    assert words in fetched.problems[0].message


def test_a_rate_may_exceed_one(read_file: Any) -> None:
    fetched = read_file("date,won,all\n2026-01-01,5,4\n", **COUNTS, metric_kind="rate")
    assert fetched.observations[0].value == 1.25


def test_the_same_day_with_the_same_value_is_one(read_file: Any) -> None:
    fetched = read_file("date,value\n2026-01-01,1\n2026-01-01,1.0\n")
    assert len(fetched.observations) == 1
    assert fetched.problems == ()


def test_the_same_day_with_another_value_counts_with_its_last_line(read_file: Any) -> None:
    fetched = read_file("date,value\n2026-01-01,1\n2026-01-02,5\n2026-01-01,2\n2026-01-01,1.5\n")
    assert [(o.day.day, o.value) for o in fetched.observations] == [(1, 1.5), (2, 5.0)]
    assert (fetched.misfits, fetched.problems) == (
        2,
        (
            Problem(2, "2026-01-01 has the value 1 here, and 2 in line 4."),
            Problem(4, "2026-01-01 has the value 2 here, and 1.5 in line 5."),
        ),
    )
    assert "Of a day that stands twice with different values, the last line counts: 1" in fetched.understood


def test_same_share_from_other_counts_is_another_value(read_file: Any) -> None:
    fetched = read_file("date,won,all\n2026-01-01,1,2\n2026-01-01,2,4\n", **COUNTS)
    assert [(o.numerator, o.denominator) for o in fetched.observations] == [(2, 4)]
    assert fetched.problems == (Problem(2, "2026-01-01 has the value 1 of 2 here, and 2 of 4 in line 3."),)


GROUPS = "date,team,kind,value\n2026-01-01,A,x,1\n2026-01-01,B,x,2\n2026-01-02, a ,y,3\n2026-01-02,,x,4\n"


def test_one_group_is_kept(read_file: Any) -> None:
    fetched = read_file(GROUPS, group_column="team", group_value="A")
    assert [(o.value, o.group) for o in fetched.observations] == [(1, "A"), (3, "A")]
    assert fetched.problems == ()


def test_all_groups_are_kept_apart(read_file: Any) -> None:
    fetched = read_file(GROUPS, group_column="team")
    assert [(o.value, o.group) for o in fetched.observations] == [(1, "A"), (2, "B"), (3, "a")]
    assert [problem.line for problem in fetched.problems] == [5]


def test_a_filter(read_file: Any) -> None:
    fetched = read_file(GROUPS, group_column="team", group_value="A", filter_column="kind", filter_value="X")
    assert [o.value for o in fetched.observations] == [1]


def test_nothing_matches(read_file: Any) -> None:
    with pytest.raises(SourceError, match="No row matches"):
        read_file(GROUPS, group_column="team", group_value="C")


def test_rows_of_others_do_not_disturb(read_file: Any) -> None:
    fetched = read_file(
        "date,team,value\n2026-01-01,A,1\n2026-01-01,B,5 %\n", group_column="team", group_value="A"
    )
    assert len(fetched.observations) == 1


def test_headings_are_found_in_another_spelling(read_file: Any) -> None:
    assert len(read_file(" Date ,VALUE\n2026-01-01,1\n").observations) == 1


def test_columns_that_were_never_named(read_file: Any) -> None:
    for settings in ({"date_column": ""}, {"value_column": ""}, {"rows": "events"}):
        with pytest.raises(SourceError, match="not said yet"):
            read_file("date,value\n2026-01-01,1\n", **settings)


def test_many_problems_are_counted_not_listed(read_file: Any) -> None:
    fetched = read_file("date,value\n2026-01-01,1\n" + "x,1\n" * 700)
    assert len(fetched.problems) == observations.MAX_PROBLEMS + 1
    assert fetched.misfits == 700
    assert fetched.problems[-1] == Problem(None, "… and 200 more rows do not fit.")


def test_too_many_groups(read_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MAX_OBSERVATIONS", 3)
    rows = "".join(f"2026-01-01,{n},1\n" for n in range(5))
    with pytest.raises(SourceError, match="too many groups"):
        read_file("date,person,value\n" + rows, group_column="person")


def test_no_file_yet() -> None:
    from metrics.sources import kind

    with pytest.raises(SourceError) as caught:
        kind("file").fetch(Ask(settings={}, today=date(2026, 1, 1)))
    assert caught.value.field == "upload"
