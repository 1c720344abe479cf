"""Columns are guessed from what stands in them, and only where nothing is said."""

import io
from datetime import date
from typing import Any

import pytest

from metrics.sources import Ask, kind
from metrics.sources.trial import try_out


def guessed(text: str, metric_kind: str = "proportion", **settings: Any) -> dict[str, Any]:
    content = io.BytesIO(text.encode())
    ask = Ask(settings=settings, today=date(2026, 6, 30), content=content, metric_kind=metric_kind)
    return try_out(kind("file"), ask).settings


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("team;day;x\nA;2026-01-01;5\n", {"date_column": "day", "value_column": "x"}),
        ("made;closed date;x\n2026-01-01;2026-01-02;5\n", {"date_column": "closed date", "value_column": "x"}),
        ("day;all;won\n2026-01-01;9;5\n2026-01-02;8;8\n", {"date_column": "day", "numerator_column": "won", "denominator_column": "all"}),
        ("day;id;value\n2026-01-01;1;5\n2026-01-02;9;1\n", {"date_column": "day", "value_column": "value"}),
        ("date;x\n46023;1\n46024;2\n", {"date_column": "date", "value_column": "x"}),
        ("a;b\nx;y\n", {}),
    ],
)  # fmt: skip
def test_days_or_weeks(text: str, found: dict[str, str]) -> None:
    assert guessed(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("day;rep;won\n2026-01-01;P1;yes\n", {"date_column": "day", "outcome_column": "won"}),
        ("day;rep;minutes\n2026-01-01;P1;15\n", {"date_column": "day", "outcome_column": "minutes", "outcome": "average"}),
    ],
)  # fmt: skip
def test_single_cases(text: str, found: dict[str, str]) -> None:
    assert guessed(text, rows="events") == {"rows": "events", **found}


def test_what_is_said_stays() -> None:
    said = {"date_column": "made", "value_column": "y"}
    assert guessed("made;day;x;y\n2026-01-01;2026-01-02;5;6\n", **said) == said


def test_a_mean_is_not_taken_for_two_counts() -> None:
    assert "numerator_column" not in guessed("day;a;b\n2026-01-01;1;2\n", metric_kind="mean")
