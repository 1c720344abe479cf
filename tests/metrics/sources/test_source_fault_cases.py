"""The faults that files of real life hold, case by case: each ends in a known state, and no wrong number is kept.

C3: values that are none. C4: the same day twice. C6: days that cannot be, gaps, leaps. C9: how files are written.
"""

import csv
import io
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from metrics.sources import Ask, SourceError, kind, oddities
from metrics.sources.trial import Trial, try_out

TODAY = date(2026, 6, 30)
COUNTS = {"numerator_column": "won", "denominator_column": "all"}
NO_VALUE = [
    "",
    "n/a",
    "null",
    "-",
    "NaN",
    "Infinity",
    "-inf",
    "1e400",
    "true",
    "12,5,3",
    "1.2.3.4",
    "twelve",
    "=A1+A2",
    "#REF!",
]


@pytest.mark.parametrize("cell", NO_VALUE)
def test_c3_what_is_no_value_is_said_and_never_zero(read_file: Any, cell: str) -> None:
    fetched = read_file(f'date;value\n2026-01-01;7\n2026-01-02;"{cell}"\n')
    assert [(o.day, o.value) for o in fetched.observations] == [(date(2026, 1, 1), 7.0)]
    assert ([p.line for p in fetched.problems], fetched.misfits, fetched.rows) == ([3], 1, 2)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("-0", 0.0), ("12,5", 12.5), ("1.234,56", 1234.56), ("12%", 12.0), ("22 %", 22.0), ("€ 1.234,50", 1234.5),
        ("(120)", -120.0), ("1 234,5", 1234.5), ("1’234.50", 1234.5), ("CHF 12.50", 12.5), ("120-", -120.0), ("1e3", 1000.0),
    ],
)  # fmt: skip
def test_c3_what_is_a_value_is_read_by_the_one_convention_of_its_column(
    read_file: Any, cell: str, value: float
) -> None:
    (observation,) = read_file(f'date;value\n2026-01-01;"{cell}"\n').observations
    assert observation.value == value


@pytest.mark.parametrize("counts", ["1;0", "5;4", "-1;4", "1;-4", "1;NaN", ";4"])
def test_c3_counts_that_cannot_be(read_file: Any, counts: str) -> None:
    fetched = read_file(f"date;won;all\n2026-01-01;1;4\n2026-01-02;{counts}\n", **COUNTS)
    assert [o.value for o in fetched.observations] == [0.25]
    assert fetched.misfits == 1


@pytest.mark.parametrize("cell", ["infinity", "0000-00-00", "9999-12-31", "1e9", "NaT"])
def test_c3_days_that_are_none(read_file: Any, cell: str) -> None:
    fetched = read_file(f"date;value\n2026-01-01;1\n{cell};2\n")
    assert (len(fetched.observations), fetched.misfits) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "kept", "misfits"),
    [
        ("2026-01-01,1\n2026-01-01,1\n", [1.0], 0),  # the same again says nothing new
        (
            "2026-01-01,1\n2026-01-01,2\n2026-01-02,3\n",
            [2.0, 3.0],
            1,
        ),  # the last one counts, and both are told
    ],
)
def test_c4_the_same_day_twice(read_file: Any, rows: str, kept: list[float], misfits: int) -> None:
    fetched = read_file(f"date,value\n{rows}")
    assert ([o.value for o in fetched.observations], fetched.misfits) == (kept, misfits)


def test_c4_two_metrics_in_one_table_are_asked_about(read_file: Any) -> None:
    rows = "".join(
        f"2026-01-{day:02},{name},{day * factor}\n"
        for day in range(1, 9)
        for name, factor in (("a", 1), ("b", 9))
    )
    with pytest.raises(SourceError, match="several groups or figures") as caught:
        read_file("date,metric,value\n" + rows)
    assert caught.value.field == "group_column"
    fetched = read_file("date,metric,value\n" + rows, filter_column="metric", filter_value="b")
    assert [o.value for o in fetched.observations] == [9.0 * day for day in range(1, 9)]


def test_c6_the_future_is_refused_and_today_is_not(read_file: Any) -> None:
    fetched = read_file("date,value\n2026-06-30,1\n2026-07-01,2\n")
    assert ([o.day for o in fetched.observations], fetched.misfits) == ([TODAY], 1)


def _points(*values: float, first: date = date(2026, 1, 5)) -> list[tuple[date, float]]:
    return [(first + timedelta(days=n), value) for n, value in enumerate(values)]


def test_c6_a_gap_is_shown_as_a_gap() -> None:
    points = [point for point in _points(*range(10)) if point[0].day not in {7, 8, 9}]
    (gap,) = oddities.gaps(points, timedelta(days=1))
    assert (gap.first.day, gap.last.day, gap.points) == (7, 9, 3)


def test_c6_weekends_without_work_are_no_gap() -> None:
    points = [point for point in _points(*range(28)) if point[0].weekday() < 5]
    assert oddities.gaps(points, timedelta(days=1)) == []
    assert len(oddities.gaps([p for p in points if p[0].day != 14], timedelta(days=1))) == 1


@pytest.mark.parametrize("factor", [100, 1000, 0.01])
def test_c6_a_change_of_unit_is_asked_about(factor: float) -> None:
    leap = oddities.leap(_points(20, 22, 19, 21, 20, *(value * factor for value in (21, 20, 22, 19))))
    assert leap is not None
    assert leap.day == date(2026, 1, 10)


@pytest.mark.parametrize(
    "values", [(20, 22, 19, 200, 21, 20, 22), (20, 30, 45, 60, 90, 120), (0, 0, 0, 5, 5, 5), (1, 2)]
)
def test_c6_business_that_changes_is_no_change_of_unit(values: tuple[float, ...]) -> None:
    assert oddities.leap(_points(*values)) is None


def test_c6_a_flat_line_and_shares_that_are_not_in_per_cent() -> None:
    assert oddities.is_flat(_points(*[5.0] * 10))
    assert not oddities.is_flat(_points(*[5.0] * 9, 6.0))
    assert oddities.may_be_fractions(_points(0.2, 0.3, 0.25), "%")
    assert not oddities.may_be_fractions(_points(0.2, 0.3, 25), "%")
    assert not oddities.may_be_fractions(_points(0.2, 0.3, 0.25), "min")


TABLE = [["Tag", "Größe"], ["2026-01-01", "1,5"], ["2026-01-02", "2,5"]]


def _written(mark: str = ";", end: str = "\n", rows: list[list[str]] | None = None) -> str:
    return end.join(mark.join(f'"{cell}"' for cell in row) for row in rows or TABLE)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [";", "\t", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_c9_letters_marks_and_line_ends(encoding: str, mark: str, end: str) -> None:
    trial = tried(_written(mark, end).encode(encoding))
    assert trial.settings["value_column"] == "Größe"
    assert trial.fetched is not None
    assert [o.value for o in trial.fetched.observations] == [1.5, 2.5]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            "Deals of the north\nmade on Monday\n\ndate;value\n2026-01-01;1\n2026-13-01;2\n",
            6,
        ),  # titles above the headings
        ("2026-01-01;1\n2026-13-01;2\n2026-01-03;4\n", 2),  # no headings
        (
            "date;value\n2026-01-01;1\ndate;value\n2026-13-01;2\nTotal;3\n",
            4,
        ),  # headings again, a total at the end
        (
            'date;note;value\n2026-01-01;"two\nlines";1\n2026-13-01;y;2\n',
            4,
        ),  # a line break inside quotation marks
    ],
)
def test_c9_where_the_table_begins_and_ends(content: str, line: int) -> None:
    named = {"date_column": "date", "value_column": "value"} if "date" in content else {}
    fetched = tried(content.encode(), **named).fetched
    assert fetched is not None
    assert fetched.observations[0].value == 1
    assert [problem.line for problem in fetched.problems] == [line]


def test_c9_no_headings_are_said() -> None:
    trial = tried(b"2026-01-01;1\n2026-01-02;2\n")
    assert trial.header == ("Column 1", "Column 2")
    assert trial.fetched is not None
    assert "There are no headings, so the columns are called by their place" in trial.fetched.understood


@pytest.mark.parametrize(
    ("column", "field", "answers"),
    [
        (["03/04/2026;1", "05/06/2026;2"], "day_order", {"dmy": "Day first: 03/04/2026 is 3 April 2026", "mdy": "Month first: 03/04/2026 is 4 March 2026"}),
        (["2026-01-01;1,234", "2026-01-02;5,678"], "decimal_mark", {",": "The comma: 1,234 is 1.234", ".": "The point: 1,234 is 1,234"}),
    ],
)  # fmt: skip
def test_c9_two_readings_are_asked_with_both(column: list[str], field: str, answers: dict[str, str]) -> None:
    trial = tried("\n".join(["date;value", *column]).encode())
    assert trial.fetched is None
    assert trial.error is not None
    assert (trial.error.field, trial.error.readings) == (field, answers)
    for answer in answers:
        assert tried("\n".join(["date;value", *column]).encode(), **{field: answer}).fetched is not None


def test_c9_two_hundred_columns_and_the_right_two() -> None:
    names = [*(f"note {n}" for n in range(150)), "closed on", *(f"x{n}" for n in range(48)), "minutes"]
    row = ["text"] * 150 + ["2026-01-01"] + ["text"] * 48 + ["7"]
    trial = tried(_written(rows=[names, row]).encode())
    assert (trial.settings["date_column"], trial.settings["value_column"]) == ("closed on", "minutes")


def test_c9_a_moment_counts_on_the_day_of_the_organisation(read_file: Any) -> None:
    rows = b"at,value\n2026-03-31T23:30:00Z,1\n2026-04-02T01:00:00+10:00,2\n2026-04-03 08:00,3\n"
    fetched = tried(rows, zone=ZoneInfo("Europe/Berlin"), date_column="at").fetched
    assert fetched is not None
    assert [o.day.isoformat() for o in fetched.observations] == ["2026-04-01", "2026-04-03"]
    # Both moments fall on 1 April in Berlin, with different values: the later line counts, and it is said.
    assert (fetched.observations[0].value, fetched.misfits) == (2.0, 1)
    later = tried(rows, zone=ZoneInfo("Australia/Sydney"), date_column="at").fetched
    assert later is not None
    assert [o.day.isoformat() for o in later.observations] == ["2026-04-01", "2026-04-02", "2026-04-03"]


def test_c9_a_million_rows_are_looked_at_as_far_as_somebody_waits() -> None:
    content = io.StringIO()
    csv.writer(content).writerows(
        [["date", "won"], *([f"2026-01-{1 + n % 28:02}", n % 2] for n in range(30_000))]
    )
    ask = Ask(settings={"rows": "events"}, today=TODAY, content=io.BytesIO(content.getvalue().encode()))
    trial = try_out(kind("file"), ask, seconds=0.0)
    assert trial.cut_after is not None
    assert trial.fetched is not None
    assert trial.fetched.rows == trial.cut_after < 30_000


def tried(content: bytes, zone: Any = None, metric_kind: str = "mean", **settings: Any) -> Trial:
    about = {"zone": zone} if zone else {}
    ask = Ask(settings=settings, today=TODAY, content=io.BytesIO(content), metric_kind=metric_kind, **about)
    return try_out(kind("file"), ask)
