"""The picture holds in every state: well-formed, finite, without styles, and no words on each other."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from xml.etree import ElementTree

import pytest

from metrics.charts import Picture, describe, draw
from metrics.charts.text import width as measure
from tests.metrics.charts.conftest import ALONE, DAILY, ENDED, RUNNING, START, STATES, WEEK

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a\x00b\ud800c",
    "\u202egnp.exe",
    "]]>&amp;<!--",
    "e" + "\u0301" * 1000,
    "x" * 100_000,
    "",
    " ",
    "\u200d",
]


def words(svg: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def boxes(svg: str) -> list[tuple[str, float, float, float, float]]:
    root = ElementTree.fromstring(svg)
    size = float(root.attrib["font-size"])
    found = []
    for text in root.iter(f"{SVG}text"):
        said = text.text or ""
        wide = measure(said, size, bold="font-weight" in text.attrib)
        left = (
            float(text.attrib["x"])
            - {"start": 0, "middle": wide / 2, "end": wide}[text.get("text-anchor", "start")]
        )
        base = float(text.attrib["y"])
        found.append((said, left, base - size * 0.75, left + wide, base + size * 0.2))
    return found


def test_every_state_is_well_formed_and_finite(picture: Picture, width: str) -> None:
    svg = draw(picture, width=width)  # type: ignore[arg-type]
    ElementTree.fromstring(svg)
    assert not re.search(r"\b(nan|inf)\b", svg, re.IGNORECASE)
    assert "None" not in svg


def test_nothing_that_the_content_security_policy_forbids(picture: Picture, width: str) -> None:
    svg = draw(picture, width=width)  # type: ignore[arg-type]
    assert " style=" not in svg
    assert "<style" not in svg
    assert "<script" not in svg
    assert " id=" not in svg


def test_no_words_on_other_words(picture: Picture, width: str) -> None:
    for (one, l1, t1, r1, b1), (two, l2, t2, r2, b2) in combinations(boxes(draw(picture, width=width)), 2):  # type: ignore[arg-type]
        assert not (l1 < r2 and l2 < r1 and t1 < b2 and t2 < b1), f"{one!r} lies on {two!r}"


def test_all_words_lie_inside_the_drawing(picture: Picture, width: str) -> None:
    svg = draw(picture, width=width)  # type: ignore[arg-type]
    _, _, right, bottom = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    for said, left, top, end, low in boxes(svg):
        assert left >= -1, said
        assert top >= -1, said
        assert end <= right + 1, said
        assert low <= bottom + 1, said


def test_the_pilot_and_the_target_are_always_named(picture: Picture, width: str) -> None:
    said = " ".join(words(draw(picture, width=width)))  # type: ignore[arg-type]
    assert ("pilot team" in said) == bool(picture.runs and picture.pilot_label)
    assert ("target" in said) == (picture.target is not None)
    assert ("other teams" in said) == bool(picture.comparison_runs)


def test_narrow_is_drawn_anew_with_type_of_twelve_pixels_or_more() -> None:
    root = ElementTree.fromstring(draw(RUNNING, width="narrow"))
    assert root.attrib["viewBox"].startswith("0 0 340 ")
    assert float(root.attrib["font-size"]) >= 12


def test_names_never_lie_on_the_pilots_line(picture: Picture) -> None:
    root = ElementTree.fromstring(draw(picture, width="narrow"))
    corners = [
        [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+) (-?[\d.]+)", run)]
        for path in root.iter(f"{SVG}path")
        if path.get("class") == "picture-pilot"
        for run in path.attrib["d"].split("M")[1:]
    ]
    for said, left, top, right, bottom in boxes(draw(picture, width="narrow")):
        for run in corners:
            for x, y in run:
                assert not (left < x < right and top < y < bottom), f"{said!r} lies on a point"


def test_a_missing_point_breaks_the_line() -> None:
    whole, broken = draw(RUNNING), draw(STATES["gaps"])
    runs = [re.search(r'class="picture-pilot" d="([^"]+)"', svg) for svg in (whole, broken)]
    assert [found.group(1).count("M") for found in runs if found] == [1, 4]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e300, None])
def test_what_is_no_number_counts_as_missing(value: float | None) -> None:
    points = [(day, value if n == 7 else known) for n, (day, known) in enumerate(RUNNING.points)]
    ElementTree.fromstring(draw(replace(RUNNING, points=points)))
    assert len(replace(RUNNING, points=points).runs) == 2


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_texts_are_escaped_and_shortened(text: str, width: str) -> None:
    picture = replace(ENDED, pilot_label=text, comparison_label=text, unit=text, marks=[(START, text)])
    svg = draw(picture, width=width)  # type: ignore[arg-type]
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert "<img" not in svg
    assert "\u202e" not in svg
    assert len(svg) < 40_000


def test_better_and_worse_differ_in_shape_and_not_only_in_colour() -> None:
    better, worse = draw(ENDED), draw(STATES["wrong way"])
    assert better.count('<path class="picture-good"') == 6
    assert worse.count('<path class="picture-concern"') == 6
    ordinary = list(ElementTree.fromstring(draw(RUNNING)).iter(f"{SVG}circle"))
    assert len(ordinary) == 24


def test_the_weeks_to_come_are_there_with_their_dates() -> None:
    svg = draw(RUNNING)
    assert "picture-later" in svg
    assert {"23 Nov", "3 Jan"} <= set(words(svg))


def test_nothing_yet_says_so() -> None:
    assert "No figures yet" in words(draw(STATES["nothing"]))


def test_daily_figures_get_a_mean_that_does_not_cross_the_start() -> None:
    means = DAILY.means
    assert len(means) == 2
    assert means[0][-1][0] < START <= means[1][0][0]
    assert "mean of 7 days" in words(draw(DAILY))


def test_without_a_pilot_no_words_and_no_weeks_of_one(width: str) -> None:
    for name in (name for name in STATES if name.startswith("without a pilot")):
        svg = draw(STATES[name], width=width)  # type: ignore[arg-type]
        said = " ".join(words(svg))
        assert "before" not in said
        assert "six weeks" not in said
        assert not re.search("picture-(window|later|week|limit)", svg)


def test_without_a_pilot_points_and_band_have_the_whole_width(width: str) -> None:
    root = ElementTree.fromstring(draw(ALONE, width=width))  # type: ignore[arg-type]
    (axis,) = (line for line in root.iter(f"{SVG}line") if line.get("class") == "picture-edge")
    (band,) = (box for box in root.iter(f"{SVG}rect") if box.get("class") == "picture-band")
    left, right = float(axis.attrib["x1"]), float(axis.attrib["x2"])
    assert float(band.attrib["x"]) == left
    assert left + float(band.attrib["width"]) == pytest.approx(right, abs=0.2)
    ats = [float(dot.attrib["cx"]) for dot in root.iter(f"{SVG}circle")]
    half = (right - left) / len(ats) / 2
    assert ats[0] == pytest.approx(left + half, abs=0.2)
    assert ats[-1] == pytest.approx(right - half, abs=0.2)


def test_without_a_pilot_the_last_value_and_the_band_are_named(width: str) -> None:
    said = words(draw(ALONE, width=width))  # type: ignore[arg-type]
    assert "20.1 %" in said
    assert "normal variation" in said


def test_without_a_pilot_the_dates_reach_from_the_first_to_the_last_day(width: str) -> None:
    assert {"6 Jul 2026", "20 Dec"} <= set(words(draw(ALONE, width=width)))  # type: ignore[arg-type]
    new_year = words(draw(STATES["without a pilot, over new year"], width=width))  # type: ignore[arg-type]
    assert sum(said.endswith(" 2026") for said in new_year) == 1
    assert sum(said.endswith(" 2027") for said in new_year) == 1


def test_without_a_pilot_what_lies_outside_normal_variation_stands_out() -> None:
    svg = draw(STATES["without a pilot, outside"])
    outside = [value for _, value in ALONE.points if value and not 20.6 <= value <= 22.8]
    assert svg.count('<path class="picture-good"') + svg.count('<path class="picture-concern"') == len(
        outside
    )


@pytest.mark.parametrize(
    ("unit", "values", "band", "drawn"),
    [
        ("per 1,000 hours", (0.0, 1.5), (-0.2, 2.1), (0, 2.1)),
        ("%", (0, 100), (-4, 107), (0, 100)),
        ("%", (91, 99), (88, 103), (88, 100)),
        ("%", (91, 120), (88, 123), (88, 123)),
        ("min", (91, 99), (88, 103), (88, 103)),
        ("€", (-3, 8), (-9, 12), (-9, 12)),
        ("€", (3, 8), (-9, -1), (-9, -1)),
    ],
)
def test_the_band_ends_where_no_value_can_lie(
    unit: str, values: tuple[float, float], band: tuple[float, float], drawn: tuple[float, float]
) -> None:
    points = [(START - WEEK, values[0]), (START, values[1])]
    picture = replace(RUNNING, points=points, band=band, unit=unit)
    assert picture.normal == drawn
    assert replace(picture, points=()).normal == band


def test_points_after_the_end_stay_out() -> None:
    later = [*RUNNING.points, (RUNNING.end + timedelta(days=30), 99.0)]
    assert draw(replace(RUNNING, points=later)) == draw(RUNNING)


def test_fast_enough_for_every_request() -> None:
    draw(DAILY)
    best = min(_timed(DAILY) for _ in range(20))
    assert best < 0.006  # about 1 ms where it was written


def _timed(picture: Picture) -> float:
    fresh = replace(picture)
    before = time.process_time()
    draw(fresh)
    return time.process_time() - before


def _with(value: float, *places: int) -> Picture:
    return replace(
        DAILY, points=[(day, value if n in places else v) for n, (day, v) in enumerate(DAILY.points)]
    )


@pytest.mark.parametrize(("value", "sign"), [(1260.0, "↑"), (-1260.0, "↓")])
def test_a_lone_outlier_does_not_press_the_others_flat(value: float, sign: str) -> None:
    cut = _with(value, 40)
    assert [point[1] for point in cut.beyond] == [value]
    for width in ("wide", "narrow"):
        svg = draw(cut, width=width)  # type: ignore[arg-type]
        assert [said for said in words(svg) if said.startswith(sign)]
        calm = [said for said in words(draw(_with(44.0, 40), width=width)) if said.isdigit()]  # type: ignore[arg-type]
        assert len([said for said in words(svg) if said in calm]) >= len(calm) - 1, "the scale stays"
    assert "1,260" in describe(cut)
    assert all(abs(v) < 200 for run in cut.means for _, v in run)


def test_what_is_no_exception_is_not_cut() -> None:
    last = len(DAILY.points) - 1
    assert _with(1260.0, 40, 41, 42, 43).beyond == []
    assert _with(1260.0, last).beyond == [], "nor is the newest"
    assert replace(_with(1260.0, 40), band=None).beyond == []


def test_a_long_unit_gives_way_to_its_figure() -> None:
    long = replace(RUNNING, unit="tickets per 1,000 customers")
    for width in ("wide", "narrow"):
        assert not [said for said in words(draw(long, width=width)) if "…" in said]  # type: ignore[arg-type]


def test_one_note_too_many_is_one_note() -> None:
    marks = [(START + timedelta(days=n), "a note that is as long as its row " * 4) for n in range(8)]
    said = {
        more
        for n in range(9)
        for more in words(draw(replace(RUNNING, marks=marks[:n])))
        if "more note" in more
    }
    assert said == {"and one more note", "and 2 more notes", "and 3 more notes", "and 4 more notes"}
