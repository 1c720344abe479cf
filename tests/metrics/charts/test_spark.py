"""The picture in a row of a table."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from metrics.charts import Picture, spark
from tests.metrics.charts.conftest import START


def test_every_state_is_well_formed_and_hidden_from_readers(picture: Picture) -> None:
    svg = spark(picture.points, start=picture.start, band=picture.band)
    root = ElementTree.fromstring(svg)
    assert root.attrib["aria-hidden"] == "true"
    assert "nan" not in svg.lower().replace("narrow", "")
    assert " style=" not in svg


@pytest.mark.parametrize("points", [[], [(START, None)], [(START, float("nan"))]])
def test_nothing_to_draw_is_a_dotted_line(points: list[tuple[object, float | None]]) -> None:
    assert "stroke-dasharray" in spark(points, start=START)  # type: ignore[arg-type]
