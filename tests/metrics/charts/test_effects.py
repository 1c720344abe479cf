"""The picture of many results: whole, honest at its edges, the same in words."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from metrics.charts import Effect, Effects, draw_effects
from metrics.charts.effects import MOST_ROWS, per_line, percent

FEW = Effects(
    [
        Effect("Answer <coach>", 1.08, 0.7, 1.4, "good", "moved"),
        Effect("Till prompts", -0.02, -0.3, 0.25, "ordinary", "no effect"),
        Effect("Turnaround", -0.9, -4.0, 3.0, "concern", "wrong way"),
    ]
)
MANY = Effects(
    [Effect("", 1 - i / 2000, 0.5 - i / 2000, 1.5 - i / 2000, "good", "moved") for i in range(2_000)]
    + [Effect("", 0.0, -0.2, 0.2, "ordinary", "no effect") for _ in range(3_000)]
)


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_a_row_for_each_of_a_few(width: str) -> None:
    svg = draw_effects(FEW, width=width)  # type: ignore[arg-type]
    words = [node.text for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("text")]
    assert {"Answer <coach>", "Till prompts", "Turnaround", "no change", "target"} <= set(words)
    assert svg.count('class="picture-span-concern"') == 3, (
        "its range goes beyond both ends: a line and two arrows"
    )
    assert len(re.findall(r"<circle", svg)) == 1, (
        "no effect is a dot, a win and a harm have shapes of their own"
    )
    assert 'style="' not in svg


def test_many_share_lines_and_none_is_left_out() -> None:
    wide, narrow = draw_effects(MANY), draw_effects(MANY, width="narrow")
    assert ElementTree.fromstring(wide) is not None
    assert len(wide) < 16_000
    assert len(narrow) < len(wide)
    assert "moved 2,000" in wide
    assert "no effect 3,000" in wide
    lines = sum(path.count("V") for path in re.findall(r' d="([^"]*)"', wide))
    assert lines * per_line(MANY) >= 5_000


def test_it_says_in_words_what_it_shows() -> None:
    assert FEW.said.endswith("Turnaround: −90\u2009%, likely between −400\u2009% and 300\u2009%.")
    assert "no effect: 3000 pilots, in the middle 0\u2009%." in MANY.said
    assert percent(-0.004) == "0\u2009%"


def test_one_more_than_fits_is_drawn_as_many() -> None:
    row = Effect("A", 0.5, 0.1, 0.9, "good", "moved")
    assert not Effects([row] * MOST_ROWS).many
    assert Effects([row] * (MOST_ROWS + 1)).many
    assert draw_effects(Effects([row] * (MOST_ROWS + 1)))
