"""Dates as files write them: the order is read off the whole column, or asked."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from metrics.sources import SourceError
from metrics.sources.days import DaySense


def column(read_file: Any, *cells: str, **settings: Any) -> Any:
    """Those cells as dates, with values that differ."""
    lines = [f'"{cell}";{number}' for number, cell in enumerate(cells)]
    return read_file("date;value\n" + "\n".join(lines) + "\n", **settings)


def days(fetched: Any) -> list[date]:
    return [observation.day for observation in fetched.observations]


@pytest.mark.parametrize(
    "cell",
    [
        "2026-03-31",
        "2026/03/31",
        "2026.3.31",
        "20260331",
        "2026-03-31T23:30:00Z",
        "2026-03-31 08:00",
        "31.03.2026",
        "31.3.26",
        "31. 3. 2026",
        "31/03/2026",
        "31-03-2026",
        "03/31/2026",
        "3/31/26",
        "31.03.2026 14:15",
        "31 March 2026",
        "31. März 2026",
        "31-Mar-2026",
        "Mar 31, 2026",
        "46112",
        "46112.75",
    ],
)
def test_read(read_file: Any, cell: str) -> None:
    fetched = column(read_file, cell)
    assert days(fetched) == [date(2026, 3, 31)]
    assert fetched.problems == ()


def test_calendar_weeks_count_from_monday(read_file: Any) -> None:
    fetched = column(read_file, "2020-W53", "2026-W01", "2026W14")
    assert days(fetched) == [date(2020, 12, 28), date(2025, 12, 29), date(2026, 3, 30)]
    assert any("Monday" in sentence for sentence in fetched.understood)


@pytest.mark.parametrize(
    ("cell", "zone", "day"),
    [
        ("2016-12-31T23:59:60Z", "UTC", date(2016, 12, 31)),
        ("2016-12-31 23:59:60.5 UTC", "UTC", date(2016, 12, 31)),
        ("2017-01-01T00:59:60+01:00", "Europe/Berlin", date(2017, 1, 1)),
        ("2016-12-31T23:59:60Z", "Pacific/Kiritimati", date(2017, 1, 1)),
        ("2017-01-01T08:59:60+09:00", "Pacific/Niue", date(2016, 12, 31)),
        ("2016-12-31T23:59:60", "Pacific/Kiritimati", date(2016, 12, 31)),
        ("2024-02-29T23:30:00-11:00", "Pacific/Niue", date(2024, 2, 29)),
        ("2024-02-29T23:30:00-11:00", "Pacific/Kiritimati", date(2024, 3, 2)),
    ],
)
def test_a_moment_counts_on_the_day_of_the_zone_also_in_a_leap_second(
    cell: str, zone: str, day: date
) -> None:
    sense = DaySense(zone=ZoneInfo(zone))
    sense.look(cell)
    assert sense.read(cell, date(2026, 6, 30)) == day


@pytest.mark.parametrize("cells", [["03/04/2026"], ["01.02.2026", "02.02.2026", "12.02.2026"], ["1-2-2026"]])
def test_two_readings_are_asked_about(read_file: Any, cells: list[str]) -> None:
    with pytest.raises(SourceError) as caught:
        column(read_file, *cells)
    assert caught.value.field == "day_order"
    assert not caught.value.retry
    assert cells[0] in caught.value.message
    assert days(column(read_file, cells[0], day_order="dmy")) != days(
        column(read_file, cells[0], day_order="mdy")
    )


def test_one_telling_day_settles_the_column(read_file: Any) -> None:
    assert days(column(read_file, "01/02/2026", "13/02/2026")) == [date(2026, 2, 1), date(2026, 2, 13)]
    assert days(column(read_file, "01/02/2026", "02/13/2026")) == [date(2026, 1, 2), date(2026, 2, 13)]


def test_days_that_say_the_same_in_both_orders_need_no_answer(read_file: Any) -> None:
    assert days(column(read_file, "03/03/2026", "04/04/2026")) == [date(2026, 3, 3), date(2026, 4, 4)]


def test_contradiction_is_asked_about(read_file: Any) -> None:
    with pytest.raises(SourceError, match="two orders"):
        column(read_file, "31/01/2026", "01/31/2026")


def test_a_row_against_the_answer_is_a_problem(read_file: Any) -> None:
    fetched = column(read_file, "31/01/2026", "01/31/2026", day_order="dmy")
    assert days(fetched) == [date(2026, 1, 31)]
    assert [problem.line for problem in fetched.problems] == [3]
    assert days(column(read_file, "2026-01-31", "31.01.2026", day_order="iso")) == [date(2026, 1, 31)]


IMPOSSIBLE = [
    "2026-13-01",
    "2026-02-30",
    "31.02.2026",
    "24-01-02",
    "13-01-24",
    "infinity",
    "0000-00-00",
    "99999",
    "12345",
    "1",
    "Everything",
    "tomorrow",
    "1969-12-31",
    "9999-12-31",
    "2026-07-01",
    "2026-W54",
    "2025-W53",
    "2025-02-29",
    "2024-02-30",
    "2016-12-31T23:60:60Z",
    "2016-12-31T23:59:61Z",
    "0001-01-01",
    "２０２６-01-01",
    "1893456000",
    "-",
    "2026-1-1-1",
]


@pytest.mark.parametrize("cell", [*IMPOSSIBLE, "", " ", "1 Foo 2026", "<script>", "=TODAY()"])
def test_refused_row_by_row(read_file: Any, cell: str) -> None:
    fetched = column(read_file, "31.01.2026", cell)
    assert days(fetched) == [date(2026, 1, 31)]
    assert [problem.line for problem in fetched.problems] == [3]


def test_today_is_kept_and_tomorrow_named(read_file: Any) -> None:
    fetched = column(read_file, "2026-06-30", "2026-07-01")
    assert days(fetched) == [date(2026, 6, 30)]
    assert "future" in fetched.problems[0].message


def test_what_was_understood_is_said(read_file: Any) -> None:
    assert "Dates read as day.month.year" in column(read_file, "31.01.2026").understood
    assert "Dates read as month/day/year" in column(read_file, "01/31/2026").understood
    assert "Dates read as year-month-day" in column(read_file, "2026-01-31").understood
    assert any("1900" in sentence for sentence in column(read_file, "46112").understood)
    assert any("time zone" in sentence for sentence in column(read_file, "2026-03-31T23:30:00Z").understood)
