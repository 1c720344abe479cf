"""A deck of slides, without what a slide is about. With ``charts`` the only one that knows python-pptx, which is imported when it is used."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pilots.slides.charts import DRAWING, Bars, Lines, Tone, add_bars, add_lines, rgb

MIME: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
INCH: Final = 914_400
# A table with thin lines and no colours, where there is no template that has a better one.
PLAIN_TABLE: Final = "{5940675A-B579-460E-94D1-54222C63F5DA}"
WIDE: Final = (int(13.333 * INCH), int(7.5 * INCH))


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
        layout = _layout(deck)
        for page in self.pages:
            _Drawn(deck, layout, page, own=self.template is None).draw()
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

    def __init__(self, deck: Any, layout: Any, page: Page, *, own: bool) -> None:
        self.page, self.own = page, own
        self.width, self.height = int(deck.slide_width or WIDE[0]), int(deck.slide_height or WIDE[1])
        self.slide: Any = deck.slides.add_slide(layout)
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
            self._chart(page.chart, top, room)
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
                paragraph.font.color.rgb = rgb(tone)

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

            paragraph.font.size, paragraph.font.color.rgb = Pt(12), rgb("muted")

    # --- charts -----------------------------------------------------------------------------------------

    def _chart(self, chart: Bars | Lines, top: float, room: float) -> None:
        place = (self.left, int(top * self.height), self.across, int(room * self.height))
        shape = (
            add_bars(self.slide, chart, place)
            if isinstance(chart, Bars)
            else add_lines(self.slide, chart, place)
        )
        shape._element.nvGraphicFramePr.cNvPr.set("descr", self.page.said)

    def _table(self, top: float, room: float) -> None:
        rows = self.page.table
        shape = self.slide.shapes.add_table(
            len(rows), len(rows[0]), self.left, int(top * self.height), self.across, int(min(room, 0.07 * len(rows)) * self.height)
        )  # fmt: skip
        table = shape.table
        if self.own:
            shape._element.graphic.graphicData.tbl.tblPr.find(f"{{{DRAWING}}}tableStyleId").text = PLAIN_TABLE
        shares = {2: (0.3, 0.7), 3: (0.26, 0.56, 0.18)}.get(len(rows[0]))
        for number, share in enumerate(shares or ()):
            table.columns[number].width = int(share * self.across)
        for y, row in enumerate(rows):
            for x, words in enumerate(row):
                self._fill(table.cell(y, x).text_frame, words, size=12, bold=y == 0)


def _left() -> Any:
    from pptx.enum.text import PP_ALIGN

    return PP_ALIGN.LEFT
