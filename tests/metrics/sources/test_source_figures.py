"""Numbers as files write them: read when they can mean one thing, asked about when two, never 0 for nonsense."""

from typing import Any

import pytest

from metrics.sources import SourceError


def column(read_file: Any, *cells: str, **settings: Any) -> Any:
    """Those cells as the values of consecutive days."""
    lines = [f'2026-01-{day:02};"{cell}"' for day, cell in enumerate(cells, 1)]
    return read_file("date;value\n" + "\n".join(lines) + "\n", **settings)


def values(fetched: Any) -> list[float]:
    return [observation.value for observation in fetched.observations]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["12,5"], [12.5]),
        (["12.5"], [12.5]),
        (["1.234,56"], [1234.56]),
        (["1,234.56"], [1234.56]),
        (["1.234.567"], [1234567]),
        (["1,234,567"], [1234567]),
        (["1 234,5"], [1234.5]),
        (["1\u00a0234\u00a0567"], [1234567]),
        (["1\u202f234,5"], [1234.5]),
        (["1'234.50"], [1234.5]),
        (["1’234.50"], [1234.5]),
        (["0,123"], [0.123]),
        (["0.123"], [0.123]),
        ([".5"], [0.5]),
        ([",5"], [0.5]),
        (["1234,567"], [1234.567]),
        (["1.234", "2,5"], [1234, 2.5]),
        (["1.234", "2.5"], [1.234, 2.5]),
        (["€ 1.234,50"], [1234.5]),
        (["1.234,50 €"], [1234.5]),
        (["EUR 12,50"], [12.5]),
        (["12.50 CHF"], [12.5]),
        (["$-3.50"], [-3.5]),
        (["-$3.50"], [-3.5]),
        (["(120)"], [-120]),
        (["($1,234.50)"], [-1234.5]),
        (["120,00-"], [-120]),
        (["−7"], [-7]),
        (["+7"], [7]),
        (["22 %"], [22]),
        (["22%", "7.5%"], [22, 7.5]),
        (["1e3"], [1000]),
        (["1.5E+02"], [150]),
        (["-0"], [0]),
        (["9999999999999999999999999"], [1e25]),
    ],
)
def test_read(read_file: Any, cells: list[str], expected: list[float]) -> None:
    fetched = column(read_file, *cells)
    assert values(fetched) == expected
    assert fetched.problems == ()


def test_minus_nothing_is_nothing(read_file: Any) -> None:
    assert str(values(column(read_file, "-0"))[0]) == "0.0"


IMPOSSIBLE = [
    "NaN",
    "nan",
    "Infinity",
    "-inf",
    "1e400",
    "-1e400",
    "true",
    "abc",
    "１２",
    "١٢",
    "1,2,3",
    "1.23.456,7",
    "12.34.56",
    "1_000",
    "0x10",
    "-(5)",
    "--5",
    "5--",
    "(5",
    "5)",
    "€5€",
    "%",
    "€",
    "-",
    ".",
    ",",
    "1e",
    "12abc",
    "=1+1",
    "1e99999",
    "1,,2",
    "n/a",
    "#N/A",
    "null",
    "<script>",
]


@pytest.mark.parametrize("cell", [*IMPOSSIBLE, "", " ", "12 34", "1 2", "9" * 61, "5 apples"])
def test_refused_row_by_row(read_file: Any, cell: str) -> None:
    fetched = column(read_file, "1.5", cell)
    assert values(fetched) == [1.5]
    assert [problem.line for problem in fetched.problems] == [3]
    assert fetched.problems[0].message


@pytest.mark.parametrize(
    "cells", [["1,234"], ["1.234"], ["1.234", "12"], ["1,5", "1.5"], ["1.234,5", "1,234.5"]]
)
def test_two_readings_are_asked_about(read_file: Any, cells: list[str]) -> None:
    with pytest.raises(SourceError) as caught:
        column(read_file, *cells)
    assert caught.value.field == "decimal_mark"
    assert not caught.value.retry
    assert cells[0] in caught.value.message


def test_the_answer_settles_it(read_file: Any) -> None:
    assert values(column(read_file, "1,234", decimal_mark=",")) == [1.234]
    assert values(column(read_file, "1,234", decimal_mark=".")) == [1234]


def test_a_row_against_the_answer_is_a_problem(read_file: Any) -> None:
    fetched = column(read_file, "1,5", "1.5", decimal_mark=",")
    assert values(fetched) == [1.5]
    assert len(fetched.problems) == 1


def test_half_percent_is_refused(read_file: Any) -> None:
    with pytest.raises(SourceError, match="percent"):
        column(read_file, "22 %", "0.22")
    assert values(column(read_file, "22 %", "0")) == [22, 0]


def test_two_currencies_are_refused(read_file: Any) -> None:
    with pytest.raises(SourceError, match="currencies"):
        column(read_file, "€ 5", "$ 5")


def test_what_was_understood_is_said(read_file: Any) -> None:
    said = column(read_file, "€ 1.234,50", "(120)").understood
    assert {"Decimal comma", "Currency left out: €", "Numbers in brackets read as below zero"} <= set(said)
    assert "Percent signs left out: 22 % is kept as 22" in column(read_file, "22 %").understood
    assert "Decimal point" in column(read_file, "1.5").understood
    assert not any("Decimal" in sentence for sentence in column(read_file, "5").understood)


def test_messages_cannot_be_rearranged(read_file: Any) -> None:
    message = column(read_file, "1", "abc\u202edef\u200d" + "x" * 200).problems[0].message
    assert "\u202e" not in message
    assert len(message) < 100
