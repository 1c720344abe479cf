"""A deck of slides, without what a slide is about. The only module that knows python-pptx, which is imported when it is used."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal
from xml.sax.saxutils import escape

from metrics.charts.svg import CONCERN, EDGE, GOOD, INK, MUTED, RULE

MIME: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
INCH: Final = 914_400
STEP: Final = 50
# Of the scale of bars with ranges, as in the picture on the page: what lies beyond it is cut.
LEAST, MOST = -100, 200
# A table with thin lines and no colours, where there is no template that has a better one.
PLAIN_TABLE: Final = "{5940675A-B579-460E-94D1-54222C63F5DA}"
WIDE: Final = (int(13.333 * INCH), int(7.5 * INCH))
_COLOURS: Final = {"good": GOOD, "concern": CONCERN, "ordinary": INK, "muted": MUTED, "edge": EDGE}
# From the drawing markup language: error bars are not in the library.
_CHART: Final = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_DRAWING: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"

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


@dataclass(frozen=True, slots=True)
class Page:
    """A slide: its sentence, what is said below it, a few figures, a chart or a table, and what stands at the foot."""

    sentence: str
    lede: str = ""
    figures: Sequence[tuple[str, str]] = ()
    chart: Bars | Lines | None = None
    table: Sequence[Sequence[str]] = ()  # the first row is the head
    foot: str = ""
    said: str = ""  # the chart in words, for who cannot see it


@dataclass
class Deck:
    """Pages on a template. ``write`` gives the file; a template that cannot be used raises ``ValueError``."""

    template: bytes | None = None
    pages: list[Page] = field(default_factory=list)

    def write(self) -> bytes:
        deck = _opened(self.template)
        for page in self.pages:
            _Drawn(deck, page, own=self.template is None).draw()
        out = io.BytesIO()
        deck.save(out)
        return out.getvalue()


def _opened(template: bytes | None) -> Any:
    import pptx

    if template is None:
        deck: Any = pptx.Presentation()
        deck.slide_width, deck.slide_height = WIDE
        return deck
    try:
        deck = pptx.Presentation(io.BytesIO(template))
        _layout(deck)
    except Exception as error:  # whatever is wrong inside a file that somebody gave
        raise ValueError("this template cannot be used") from error
    _empty(deck)
    return deck


def _empty(deck: Any) -> None:
    """A template's own slides are examples."""
    ids = deck.slides._sldIdLst
    for slide in list(ids):
        deck.part.drop_rel(slide.rId)
        ids.remove(slide)


def _layout(deck: Any) -> Any:
    """The layout that has a title and the least beside it."""
    titled = [layout for layout in deck.slide_layouts if _kinds(layout) & {"TITLE", "CENTER_TITLE"}]
    return min(titled, key=lambda layout: ("CENTER_TITLE" in _kinds(layout), len(layout.placeholders)))


def _kinds(layout: Any) -> set[str]:
    return {placeholder.placeholder_format.type.name for placeholder in layout.placeholders}


class _Drawn:
    """One slide being drawn. Measures are shares of the slide, so that a template of another shape serves too."""

    def __init__(self, deck: Any, page: Page, *, own: bool) -> None:
        self.page, self.own = page, own
        self.width, self.height = int(deck.slide_width or WIDE[0]), int(deck.slide_height or WIDE[1])
        self.slide: Any = deck.slides.add_slide(_layout(deck))
        self.left, self.across = int(0.06 * self.width), int(0.88 * self.width)

    def draw(self) -> None:
        page = self.page
        self._title()
        top = 0.25
        if page.lede:
            self._text(page.lede, top, 0.15, size=16, tone="muted")
            top = 0.41
        if page.figures:
            self._figures(top)
            top += 0.15
        room = 0.90 - top
        if page.chart is not None:
            self._chart(top, room)
        elif page.table:
            self._table(top, room)
        if page.foot:
            self._text(page.foot, 0.925, 0.06, size=10, tone="muted")

    def _title(self) -> None:
        from pptx.enum.text import MSO_ANCHOR
        from pptx.util import Pt

        for placeholder in list(self.slide.placeholders):
            if placeholder.placeholder_format.type.name not in {"TITLE", "CENTER_TITLE"}:
                placeholder._element.getparent().remove(placeholder._element)
        title = self.slide.shapes.title
        assert title is not None, "the layout was chosen for its title"
        title.left, title.top, title.width, title.height = (
            self.left, int(0.06 * self.height), self.across, int(0.18 * self.height),
        )  # fmt: skip
        frame = title.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
        frame.text = self.page.sentence
        paragraph = frame.paragraphs[0]
        paragraph.alignment = _left()
        paragraph.font.size = Pt(30 if len(self.page.sentence) < 90 else 24)
        paragraph.font.bold = True

    def _text(self, words: str, top: float, height: float, *, size: int, tone: Tone = "ordinary") -> None:
        box = self.slide.shapes.add_textbox(
            self.left, int(top * self.height), self.across, int(height * self.height)
        )
        self._fill(box.text_frame, words, size=size, tone=tone)

    def _fill(
        self, frame: Any, words: str, *, size: int, tone: Tone = "ordinary", bold: bool = False
    ) -> None:
        from pptx.util import Pt

        frame.word_wrap = True
        frame.text = words
        for paragraph in frame.paragraphs:
            paragraph.font.size, paragraph.font.bold = Pt(size), bold
            if tone != "ordinary":
                paragraph.font.color.rgb = _rgb(tone)

    def _figures(self, top: float) -> None:
        each = self.across // len(self.page.figures)
        for number, (figure, label) in enumerate(self.page.figures):
            box = self.slide.shapes.add_textbox(
                self.left + number * each, int(top * self.height), each, int(0.14 * self.height)
            )
            self._fill(box.text_frame, figure, size=24)
            paragraph = box.text_frame.add_paragraph()
            paragraph.text = label
            from pptx.util import Pt

            paragraph.font.size, paragraph.font.color.rgb = Pt(12), _rgb("muted")

    # --- charts -----------------------------------------------------------------------------------------

    def _chart(self, top: float, room: float) -> None:
        place = (self.left, int(top * self.height), self.across, int(room * self.height))
        shape = (
            self._bars(self.page.chart, place)
            if isinstance(self.page.chart, Bars)
            else self._lines(self.page.chart, place)
        )
        shape._element.nvGraphicFramePr.cNvPr.set("descr", self.page.said)

    def _bars(self, chart: Bars, place: tuple[int, int, int, int]) -> Any:
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_TICK_LABEL_POSITION
        from pptx.util import Pt

        data = CategoryChartData(number_format=chart.number_format)
        data.categories = [bar.name for bar in chart.bars]
        data.add_series(chart.title, [bar.value for bar in chart.bars])
        shape = self.slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data)
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
            fill.fore_color.rgb = _rgb(bar.tone if bar.tone != "ordinary" else "edge")
        if ranged:
            _add_ranges(series, chart.bars)
        return shape

    def _lines(self, chart: Any, place: tuple[int, int, int, int]) -> Any:
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
        from pptx.enum.dml import MSO_LINE
        from pptx.util import Pt

        data = CategoryChartData(number_format=chart.number_format)
        data.categories = list(chart.days)
        for line in chart.lines:
            data.add_series(line.name, list(line.values))
        shape = self.slide.shapes.add_chart(XL_CHART_TYPE.LINE, *place, data)
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
            series.format.line.color.rgb = _rgb(line.tone)
            series.format.line.width = Pt(line.points)
            if line.dashed:
                series.format.line.dash_style = MSO_LINE.ROUND_DOT
        return shape

    def _table(self, top: float, room: float) -> None:
        rows = self.page.table
        shape = self.slide.shapes.add_table(
            len(rows), len(rows[0]), self.left, int(top * self.height), self.across, int(min(room, 0.07 * len(rows)) * self.height)
        )  # fmt: skip
        table = shape.table
        if self.own:
            shape._element.graphic.graphicData.tbl.tblPr.find(
                f"{{{_DRAWING}}}tableStyleId"
            ).text = PLAIN_TABLE
        shares = {2: (0.3, 0.7), 3: (0.26, 0.56, 0.18)}.get(len(rows[0]))
        for number, share in enumerate(shares or ()):
            table.columns[number].width = int(share * self.across)
        for y, row in enumerate(rows):
            for x, words in enumerate(row):
                self._fill(table.cell(y, x).text_frame, words, size=12, bold=y == 0)


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
        f'<c:errBars xmlns:c="{_CHART}" xmlns:a="{_DRAWING}"><c:errBarType val="both"/><c:errValType val="cust"/>'
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


def _left() -> Any:
    from pptx.enum.text import PP_ALIGN

    return PP_ALIGN.LEFT


def _rgb(tone: Tone) -> Any:
    return _hex(_COLOURS[tone])


def _hex(colour: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour[1:].upper())


def _white() -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor(255, 255, 255)
