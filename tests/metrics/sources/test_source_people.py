"""Cases that name who it was: people are counted, averaged and divided by a list; groups by a column; totals and rates."""

from datetime import date
from typing import Any

import pytest

from metrics.sources import Members, Observation, SourceError, cases

EVENTS = {"rows": "events", "outcome_column": "outcome"}
WHO = {**EVENTS, "who_column": "rep"}
DAY = date(2026, 1, 1)
ROWS = "date,rep,outcome\n2026-01-01,P1,1\n2026-01-01, p1 ,0\n2026-01-01,P2,1\n"


def test_n_is_the_number_of_different_people(read_file: Any) -> None:
    fetched = read_file(ROWS, **WHO)
    assert fetched.observations == (Observation(DAY, None, 2, 3, n=2),)
    assert fetched.people == {"": 2}
    assert "Different people behind them: 2" in fetched.understood


def test_an_average_counts_each_person_once(read_file: Any) -> None:
    """Ten quick cases of one person are no evidence about ten people."""
    rows = "".join("2026-01-01,P1,10\n" for _ in range(10)) + "2026-01-01,P2,40\n"
    (observation,) = read_file("date,rep,outcome\n" + rows, **WHO, outcome="average").observations
    assert (observation.value, observation.n, observation.sum_of_squares) == (25.0, 2, 10.0**2 + 40.0**2)


def test_nobody_named_is_a_misfit(read_file: Any) -> None:
    fetched = read_file("date,rep,outcome\n2026-01-01,,1\n2026-01-01,P1,1\n", **WHO)
    assert (fetched.observations[0].n, fetched.misfits, fetched.problems[0].line) == (1, 1, 2)


def test_a_list_divides_those_who_take_part_from_the_others(read_file: Any) -> None:
    members = (Members("Pilot", "Others", {"p1"}.__contains__),)
    fetched = read_file(ROWS + "2026-01-02,P3,0\n", **WHO, members=members)
    assert [(o.day.day, o.group, o.numerator, o.denominator) for o in fetched.observations] == [
        (1, "", 2, 3), (1, "Others", 1, 1), (1, "Pilot", 1, 2), (2, "", 0, 1), (2, "Others", 0, 1),
    ]  # fmt: skip
    assert fetched.people == {"": 3, "Pilot": 1, "Others": 2}


def test_too_many_people_to_tell_apart(read_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MAX_PEOPLE", 1)
    with pytest.raises(SourceError, match="too many people"):
        read_file(ROWS, **WHO)


def test_pilot_and_comparison_by_a_column(read_file: Any) -> None:
    rows = (
        "date,team,outcome\n2026-01-01,North,1\n2026-01-01,south,0\n2026-01-01,West,1\n2026-01-01,SOUTH,1\n"
    )
    fetched = read_file(rows, **EVENTS, group_column="team", group_value="north", comparison_value="South")
    assert [(o.group, o.numerator, o.denominator) for o in fetched.observations] == [
        ("South", 1, 2),
        ("north", 1, 1),
    ]
    assert fetched.rows == 3  # the third group is no concern of ours


def test_a_rate_is_divided_by_its_exposure(read_file: Any) -> None:
    rows = "date,hours,outcome\n2026-01-01,100,1\n2026-01-01,400,0\n2026-01-02,0,1\n"
    fetched = read_file(rows, **EVENTS, denominator_column="hours", metric_kind="rate")
    assert fetched.observations == (Observation(DAY, None, 1, 500, n=2),)
    assert "nothing to divide" in fetched.problems[0].message
    negative = read_file(rows + "2026-01-01,-1,1\n", **EVENTS, denominator_column="hours", metric_kind="rate")
    assert negative.misfits == 2


@pytest.mark.parametrize(("outcome", "value"), [("count", 3.0), ("sum", 5.5)])
def test_totals(read_file: Any, outcome: str, value: float) -> None:
    rows = "date;outcome\n2026-01-01;1,5\n2026-01-01;2\n2026-01-01;2\n"
    column = {} if outcome == "count" else {"outcome_column": "outcome"}
    (observation,) = read_file(
        rows, rows="events", outcome=outcome, metric_kind="total", **column
    ).observations
    assert (observation.value, observation.n, observation.denominator) == (value, 3, None)


def test_days_of_counts_become_weeks(read_file: Any) -> None:
    """A week with missing days is what its other days add up to."""
    rows = "date,won,all\n2026-01-05,1,4\n2026-01-07,2,6\n2026-01-11,3,10\n2026-01-12,1,2\n"
    fetched = read_file(rows, numerator_column="won", denominator_column="all", cadence="weekly")
    assert [(o.day.day, o.numerator, o.denominator) for o in fetched.observations] == [(5, 6, 20), (12, 1, 2)]
    assert "Days added up to weeks, each from its Monday" in fetched.understood


def test_ready_made_values_of_one_week_cannot_be_added_up(read_file: Any) -> None:
    fetched = read_file("date,value\n2026-01-04,1\n2026-01-06,2\n2026-01-07,3\n", cadence="weekly")
    assert [(o.day, o.value) for o in fetched.observations] == [(date(2025, 12, 29), 1.0)]
    assert [(p.line, "week of 2026-01-05" in p.message) for p in fetched.problems] == [(4, True)]


AGREED = {"rows": 1, "of": 10}
GOOD = "".join(f"2026-01-{day:02},1\n" for day in range(1, 20))


@pytest.mark.parametrize(
    ("bad", "taken"),
    [(0, True), (1, True), (2, True), (3, False)],  # one row, or a tenth of all
)
def test_misfits_are_left_out_as_far_as_was_agreed(read_file: Any, bad: int, taken: bool) -> None:
    text = "date,value\n" + GOOD + "2026-02-01,x\n" * bad
    if taken:
        assert len(read_file(text, leave_out=AGREED).observations) == 19
        return
    with pytest.raises(SourceError, match=r"3 of 22 rows do not fit.*at most 1 of 10.*line 21") as caught:
        read_file(text, leave_out=AGREED)
    assert not caught.value.retry


def test_who_agreed_to_none_gets_none_left_out(read_file: Any) -> None:
    with pytest.raises(SourceError, match="1 of 20 rows does not fit"):
        read_file("date,value\n" + GOOD + "2026-02-01,x\n", leave_out={"rows": 0, "of": 19})
