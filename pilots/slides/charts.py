"""Native charts on a slide: bars with their ranges, lines over the days. With ``deck`` alone it knows python-pptx."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from xml.sax.saxutils import escape

from metrics.charts.svg import CONCERN, EDGE, GOOD, INK, MUTED, RULE

STEP: Final = 50
# Of the scale of bars with ranges, as in the picture on the page: what lies beyond it is cut.
LEAST, MOST = -100, 200
_COLOURS: Final = {"good": GOOD, "concern": CONCERN, "ordinary": INK, "muted": MUTED, "edge": EDGE}
# From the drawing markup language: error bars are not in the library.
_CHART: Final = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DRAWING: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"

type Tone = Literal["good", "concern", "ordinary", "muted", "edge"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with the range that its value is likely to lie in, where there is one."""

    name: str
    value: float
    tone: Tone = "ordinary"
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the days: nothing where a day has no value."""

    name: str
    values: Sequence[float | None]
    tone: Tone = "ordinary"
    dashed: bool = False
    points: float = 1.5  # how bold


@dataclass(frozen=True, slots=True)
class Bars:
    bars: Sequence[Bar]
    number_format: str = "0"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    days: Sequence[date]
    lines: Sequence[Line]
    number_format: str = "General"
    title: str = ""


def add_bars(slide: Any, chart: Bars, place: tuple[int, int, int, int]) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    data = CategoryChartData(number_format=chart.number_format)
    data.categories = [bar.name for bar in chart.bars]
    data.add_series(chart.title, [bar.value for bar in chart.bars])
    shape = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data)
    drawn: Any = shape.chart
    drawn.has_legend = False
    drawn.font.size = Pt(12)
    _name(drawn, chart.title)
    plot, ranged = drawn.plots[0], _ranged(chart)
    plot.gap_width, plot.vary_by_categories, plot.has_data_labels = 90, False, not ranged
    if not ranged:
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = (
            chart.number_format,
            False,
        )
        plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    drawn.category_axis.reverse_order = True
    drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    drawn.category_axis.has_major_gridlines = False
    drawn.value_axis.has_major_gridlines = drawn.value_axis.visible = ranged
    if ranged:
        drawn.value_axis.major_gridlines.format.line.color.rgb = _hex(RULE)
        drawn.value_axis.minimum_scale, drawn.value_axis.maximum_scale = _scale(chart)
        drawn.value_axis.major_unit = STEP
        drawn.value_axis.tick_labels.number_format = chart.number_format
        drawn.value_axis.tick_labels.number_format_is_linked = False
    series = plot.series[0]
    for number, bar in enumerate(chart.bars):
        fill = series.points[number].format.fill
        fill.solid()
        fill.fore_color.rgb = rgb(bar.tone if bar.tone != "ordinary" else "edge")
    if ranged:
        _add_ranges(series, chart.bars)
    return shape


def add_lines(slide: Any, chart: Lines, place: tuple[int, int, int, int]) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    data = CategoryChartData(number_format=chart.number_format)
    data.categories = list(chart.days)
    for line in chart.lines:
        data.add_series(line.name, list(line.values))
    shape = slide.shapes.add_chart(XL_CHART_TYPE.LINE, *place, data)
    drawn: Any = shape.chart
    drawn.has_legend = True
    _name(drawn, chart.title)
    drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    drawn.font.size = Pt(12)
    drawn.value_axis.major_gridlines.format.line.color.rgb = _hex(RULE)
    drawn.value_axis.tick_labels.number_format = chart.number_format
    drawn.value_axis.tick_labels.number_format_is_linked = False
    low, high = _reach(chart)
    drawn.value_axis.minimum_scale, drawn.value_axis.maximum_scale = low, high
    drawn.category_axis.tick_labels.number_format = "d mmm"
    drawn.category_axis.tick_labels.number_format_is_linked = False
    if len(chart.days) > 31:
        _by_months(drawn.category_axis)
    for series, line in zip(drawn.plots[0].series, chart.lines, strict=True):
        series.smooth = False
        series.format.line.color.rgb = rgb(line.tone)
        series.format.line.width = Pt(line.points)
        if line.dashed:
            series.format.line.dash_style = MSO_LINE.ROUND_DOT
    return shape


def _name(drawn: Any, title: str) -> None:
    from pptx.util import Pt

    drawn.has_title = bool(title)
    if title:
        drawn.chart_title.text_frame.text = title
        drawn.chart_title.text_frame.paragraphs[0].font.size = Pt(12)
        drawn.chart_title.text_frame.paragraphs[0].font.bold = False


def _by_months(axis: Any) -> None:
    """A label a month: a day each would be a hundred of them."""
    from lxml import etree

    known = [
        child
        for child in axis._element
        if etree.QName(child).localname in {"auto", "lblOffset", "baseTimeUnit"}
    ]
    for name, value in (("majorTimeUnit", "months"), ("majorUnit", "1")):
        known[-1].addnext(etree.Element(f"{{{_CHART}}}{name}", val=value))


def _scale(chart: Bars) -> tuple[float, float]:
    """Whole steps around every bar and range, no change and the target among them."""
    low = min([0.0, *(bar.value if bar.low is None else bar.low for bar in chart.bars)])
    high = max([125.0, *(bar.value if bar.high is None else bar.high for bar in chart.bars)])
    return max(STEP * math.floor(low / STEP), LEAST), min(STEP * math.ceil(high / STEP), MOST)


def _ranged(chart: Bars) -> bool:
    return any(bar.low is not None for bar in chart.bars)


def _add_ranges(series: Any, bars: Sequence[Bar]) -> None:
    """The ranges as error bars of the series: how far each lies above and below."""
    from lxml import etree

    def numbers(name: str, values: Sequence[float]) -> str:
        points = "".join(f'<c:pt idx="{i}"><c:v>{value:.6g}</c:v></c:pt>' for i, value in enumerate(values))
        return (
            f"<c:{name}><c:numLit><c:formatCode>General</c:formatCode>"
            f'<c:ptCount val="{len(values)}"/>{points}</c:numLit></c:{name}>'
        )

    above = [max((bar.high if bar.high is not None else bar.value) - bar.value, 0) for bar in bars]
    below = [max(bar.value - (bar.low if bar.low is not None else bar.value), 0) for bar in bars]
    xml = (
        f'<c:errBars xmlns:c="{_CHART}" xmlns:a="{DRAWING}"><c:errBarType val="both"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="0"/>{numbers("plus", above)}{numbers("minus", below)}'
        f'<c:spPr><a:ln w="19050"><a:solidFill><a:srgbClr val="{escape(INK[1:])}"/></a:solidFill></a:ln></c:spPr></c:errBars>'
    )
    before = series._element.find(f"{{{_CHART}}}cat")
    before.addprevious(etree.fromstring(xml))


def _reach(chart: Lines) -> tuple[float, float]:
    """From somewhat below the lowest to somewhat above the highest, on a round step."""
    from metrics.charts.frame import ticks

    known = [value for line in chart.lines for value in line.values if value is not None]
    low, high = min(known), max(known)
    air = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    values, _decimals = ticks(low - air, high + air, 290)
    step = values[1] - values[0] if len(values) > 1 else air
    return values[0] - step, values[-1] + step


def rgb(tone: Tone) -> Any:
    return _hex(_COLOURS[tone])


def _hex(colour: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour[1:].upper())
