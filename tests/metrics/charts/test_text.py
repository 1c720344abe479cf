"""How figures are written in the picture, and which ticks fit a range."""

from __future__ import annotations

import pytest

from metrics.charts.frame import ticks
from metrics.charts.text import figure, fit, number, trimmed, width
from tests.drawn import given, st


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "written"),
    [
        (27, "%", 0, "27\N{THIN SPACE}%"),
        (-3.14, "%", 1, "−3.1\N{THIN SPACE}%"),
        (-0.04, "%", 1, "0.0\N{THIN SPACE}%"),
        (1234.5, "€", 0, "€1,234"),
        (-1234.5, "€", 0, "−€1,234"),
        (12_400_000, "€", 0, "€12.40\N{THIN SPACE}m"),
        (6.5, "days", 1, "6.5\N{NO-BREAK SPACE}days"),
        (3, "", 0, "3"),
        (2.5e20, "", 0, "2.5 × 10^20"),
    ],
)
def test_figures(value: float, unit: str, decimals: int, written: str) -> None:
    assert figure(value, unit, decimals) == written


def test_what_was_agreed_has_no_noughts_at_the_end() -> None:
    assert trimmed(27.0, "%", 1) == "27\N{THIN SPACE}%"
    assert trimmed(100, "", 0) == "100"


@given(st.floats(-1e99, 1e99), st.integers(0, 6))
def test_every_number_can_be_written(value: float, decimals: int) -> None:
    assert "e" not in number(value, decimals)


@given(st.floats(-1e12, 1e12), st.floats(1e-6, 1e12))
def test_ticks_fit_the_range(low: float, reach: float) -> None:
    high = low + reach
    if high - low < abs(low) * 1e-9:
        return
    values, _ = ticks(low, high, 290)
    assert 1 <= len(values) <= 20
    slack = (high - low) * 1e-3
    assert low - slack <= values[0] <= values[-1] <= high + slack


#: Every letter, without hypothesis' own tables of them, which take a second to make.
LETTERS = (st.integers(32, 126) | st.integers(0, 0xD7FF) | st.integers(0xE000, 0x10FFFF)).map(chr)


@given(st.text(LETTERS, max_size=60), st.floats(20, 200))
def test_words_fit_their_room(text: str, room: float) -> None:
    assert width(fit(text, 13, room), 13) <= room
