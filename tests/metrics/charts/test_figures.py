"""The table of figures below a picture says what the picture shows."""

from __future__ import annotations

from datetime import date

import pytest
from django.template.loader import render_to_string

from metrics.charts import Picture
from metrics.picture_figures import figures_of

DAYS = [date(2026, 3, day) for day in range(1, 6)]


def told(**more: object) -> dict[str, object]:
    points = list(zip(DAYS, (10.0, 12.5, None, 14.0, 15.0), strict=True))
    picture = Picture(
        points=points, baseline_start=DAYS[0], start=DAYS[2], end=DAYS[-1], today=DAYS[-1], unit="%", decimals=1, **more
    )  # fmt: skip
    return figures_of(picture, DAYS[1])


def test_without_a_comparison() -> None:
    figures = told()
    assert figures["compared"] == ""
    assert [row[:2] for row in figures["rows"]] == list(
        zip(DAYS[1:], ("12.5\u202f%", "–", "14.0\u202f%", "15.0\u202f%"), strict=True)
    )
    assert "Comparison" not in render_to_string("components/figure.html", figures)


def test_what_others_reached_stands_beside_it_and_what_is_missing_is_a_dash() -> None:
    figures = told(comparison=[(DAYS[1], 9.0), (DAYS[3], 8.0)], comparison_label="Other <teams>")
    assert [row[2] for row in figures["rows"]] == ["9.0\u202f%", "–", "8.0\u202f%", "–"]
    table = render_to_string("components/figure.html", figures)
    assert "Other &lt;teams&gt;" in table
    assert table.count('<td class="n">') == 2 * 4


def test_a_comparison_without_a_name_has_a_head_all_the_same() -> None:
    assert told(comparison=[(DAYS[1], 9.0)], comparison_label="")["compared"] == "Comparison"


@pytest.mark.parametrize(("cadence", "head"), [("weekly", "Week from"), ("daily", "Day")])
def test_a_week_is_not_called_a_day(cadence: str, head: str) -> None:
    assert f'<th scope="col">{head}</th>' in render_to_string("components/figure.html", told(cadence=cadence))
