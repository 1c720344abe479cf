"""Slides: native text, native charts, the page's figures; on the organisation's template if it gave a good one."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pilots.errors import RefusedError
from pilots.models import Outcome, Pilot, SlideTemplate
from pilots.outcome_page import outcome_page
from pilots.slides.charts import Bar, Bars, Line, Lines
from pilots.slides.deck import Deck, Page
from pilots.slides.outcome import outcome_deck
from tests.access.house import close, make_stopped
from tests.cast import NOW, Cast, make_decided, make_measured_metric, make_pilot
from tests.conftest import BROUGHT
from tests.pages.test_executive import decided

if TYPE_CHECKING:
    import pptx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def opened(content: bytes | None) -> pptx.presentation.Presentation:
    """None: an empty one."""
    import pptx

    return pptx.Presentation(io.BytesIO(content) if content else None)


def words(slide: pptx.slide.Slide) -> str:
    return "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


def charts(slide: pptx.slide.Slide) -> list[pptx.chart.chart.Chart]:
    return [shape.chart for shape in slide.shapes if shape.has_chart]


def test_text_and_charts_are_native_and_hold_what_was_given() -> None:
    bars = Bars(
        [Bar("One  110 %", 110, "good", 80, 140), Bar("Two  −20 %", -20, "concern", -60, 20)],
        '0" %"',
        "Share",
    )
    days = [date(2026, 5, 4) + timedelta(weeks=week) for week in range(4)]
    lines = Lines(
        days, [Line("Pilot", [61.0, None, 63.5, 70.1], "good"), Line("target", [70.0] * 4, dashed=True)]
    )
    deck = opened(
        Deck(
            None,
            [
                Page("A <sentence> & more", "Below it", [("12", "pilots")], bars, foot="At the foot", said="In words"),
                Page("Second", chart=lines),
                Page("Third", table=[("Pilot", "Result"), ("A", "B")]),
            ],
        ).write()
    )  # fmt: skip
    first, second, third = deck.slides
    assert first.shapes.title.text_frame.text == "A <sentence> & more"
    assert "Below it" in words(first)
    assert "12\npilots" in words(first)
    (chart,) = charts(first)
    assert list(chart.plots[0].categories) == ["One  110 %", "Two  −20 %"]
    assert list(chart.plots[0].series[0].values) == [110.0, -20.0]
    xml = chart._chartSpace.xml
    assert xml.count("<c:errBars") == 1
    assert '<c:pt idx="1">\n' in xml or 'idx="1"' in xml
    assert [
        shape._element.nvGraphicFramePr.cNvPr.get("descr") for shape in first.shapes if shape.has_chart
    ] == ["In words"]
    (chart,) = charts(second)
    assert [list(series.values) for series in chart.plots[0].series] == [[61.0, None, 63.5, 70.1], [70.0] * 4]
    table = next(shape.table for shape in third.shapes if shape.has_table)
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["Pilot", "Result"], ["A", "B"]]


def test_the_portfolio_s_slides_say_what_its_page_says(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    close(make_stopped(scoped, metric, "Real one"), by=scoped.manager)
    for number, share in enumerate((1.104, 0.55, 0.02)):
        verdict = ("reached", "short", "not_moved")[number]
        decided(scoped, metric, title=f"Pilot {number}", share=share, low=share - 0.3, high=share + 0.3, verdict=verdict,
                p_value=(0.0001, 0.001, 0.7)[number], value=(9_000, None, None)[number], cost=1_500, currency="€")  # fmt: skip
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(scoped.viewer)
    page = browser.get("/northwind/outcomes/?area=service").content.decode()
    answer = browser.get("/northwind/outcomes/slides/?area=service")
    assert answer["Content-Disposition"] == 'attachment; filename="northwind-outcomes.pptx"'
    first, second = opened(answer.content).slides
    assert first.shapes.title.text_frame.text == "2 of 4 pilots moved their metric."
    for said in (
        "2 of 4 pilots moved their metric.",
        "expect at most 1 to be noise",
        "at least €9,000",
        "The 3 pilots whose costs are stated cost €4,500.",
    ):
        assert said in words(first)
        assert said in page
    plot = charts(first)[0].plots[0]
    drawn = dict(zip(plot.categories, plot.series[0].values, strict=True))
    assert [drawn[name] for name in drawn if name.startswith("Pilot")] == [110.0, 55.0, 2.0]
    for name in drawn:
        assert name.rsplit("  ", 1)[1] in page, "the figure beside the name is that of the page"
    table = next(shape.table for shape in second.shapes if shape.has_table)
    assert [row.cells[0].text for row in table.rows] == ["Pilot", "Pilot 0", "Pilot 1", "Pilot 2", "Real one"]
    for number in range(3, 18):
        decided(scoped, metric, title=f"Pilot {number}", share=0.9, low=0.5, high=1.3)
    many = charts(opened(browser.get("/northwind/outcomes/slides/").content).slides[0])[0].plots[0]
    assert dict(zip(many.categories, many.series[0].values, strict=True)) == {
        "moved": 17.0, "no effect": 1.0, "cannot tell": 1.0,
    }  # fmt: skip


def test_no_pilot_is_left_off_the_slides_and_harm_never(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    close(make_stopped(scoped, metric, "Real one"), by=scoped.manager)
    for number in range(9):
        decided(scoped, metric, title=f"Pilot {number}")
    decided(scoped, metric, title="Did harm", verdict="wrong_way", share=-0.8, low=-1.2, high=-0.4)
    _first, *slides = opened(slides_of(scoped)).slides
    assert [slide.shapes.title.text_frame.text for slide in slides] == [
        "What came of each pilot, 1 of 2",
        "What came of each pilot, 2 of 2",
    ]
    told = [name for slide in slides for name in rows(slide) if name != "Pilot"]
    assert sorted(told) == sorted(Pilot.objects.values_list("title", flat=True))
    assert "more on the page" not in words(slides[-1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pilots.slides.delivered.MOST_ROWS", 3)
        _first, slide = opened(slides_of(scoped)).slides
    assert list(rows(slide)) == ["Pilot", "Pilot 8", "Pilot 7", "Did harm"]
    assert "And 8 more on the page." in words(slide)


def slides_of(cast: Cast) -> bytes:
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(cast.viewer)
    content: bytes = browser.get("/northwind/outcomes/slides/").content
    return content


def rows(slide: pptx.slide.Slide) -> dict[str, str]:
    """The table of a slide by its first column."""
    table = next(shape.table for shape in slide.shapes if shape.has_table)
    return {row.cells[0].text: row.cells[1].text for row in table.rows}


def test_one_outcome_has_the_points_of_its_picture(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    close(make_stopped(scoped, metric, "Onboarding guide"), by=scoped.manager)
    outcome = Outcome.objects.select_related("pilot__standing", "pilot__organisation", "pilot__metric").get()
    first, _sure, follows = opened(outcome_deck(outcome, template=None)).slides
    values = list(charts(first)[0].plots[0].series[0].values)
    assert values == [row[1] for row in outcome.facts["series"]]
    assert "Onboarding guide" in words(first)
    assert "People like to practise alone." in rows(follows)["Decision"]


@pytest.mark.usefixtures("bell")
def test_an_outcome_s_slides_leave_out_no_reservation(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    make_pilot(scoped, "running", metric=metric)
    outcome = make_decided(scoped, metric, other_causes="A price list came too.")
    page = outcome_page(outcome)
    _first, sure, follows = opened(outcome_deck(outcome, template=None)).slides
    told = rows(sure)
    assert told["Evidence"] == f"Limited · {page['grade'].why}"
    assert told["Other causes considered"] == "A price list came too."
    assert told.keys() == {"Question", "Verdict", "Evidence"} | {term for term, _words in page["evidence"]}
    assert rows(follows)["What it is worth"] == page["unstated"]


def template() -> bytes:
    """Another size, and a slide of its own that shall not come along."""
    deck = opened(None)
    deck.slide_width, deck.slide_height = 9_000_000, 5_000_000
    deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = "An example"
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def test_slides_are_made_on_the_organisation_s_template(scoped: Cast) -> None:
    def give(content: bytes, name: str = "ours.pptx") -> SlideTemplate:
        return SlideTemplate.objects.give(
            scoped.organisation, SimpleUploadedFile(name, content), by=scoped.administrator, at=NOW
        )

    given = give(template())
    assert give(template()).file.name == given.file.name or SlideTemplate.objects.count() == 1
    kept = SlideTemplate.objects.bytes_of(scoped.organisation)
    deck = opened(Deck(kept, [Page("A sentence")]).write())
    assert (deck.slide_width, deck.slide_height, len(deck.slides)) == (9_000_000, 5_000_000, 1)
    assert deck.slides[0].shapes.title.text_frame.text == "A sentence"
    with zipfile.ZipFile(io.BytesIO(Deck(kept, [Page("A")]).write())) as archive:
        assert sum(name.startswith("ppt/slides/slide") for name in archive.namelist()) == 1
    broken = io.BytesIO()
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("ppt/presentation.xml", "<nothing/>")
    for content, name in (
        (b"no zip at all", "a.pptx"),
        (broken.getvalue(), "a.pptx"),
        (b"%PDF-1.7 no", "a.pdf"),
        (b"just words", "a.txt"),
    ):
        with pytest.raises(RefusedError):
            give(content, name)
    assert SlideTemplate.objects.get().sha256 == given.sha256, "what was good before stays"
    default_storage.delete(SlideTemplate.objects.get().file.name)
    assert SlideTemplate.objects.bytes_of(scoped.organisation) is None, "plain slides are better than none"
    SlideTemplate.objects.get().take_away(by=scoped.administrator, at=NOW)
    assert not SlideTemplate.objects.exists()


_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.mark.parametrize(
    ("where", "kind", "target", "outside", "said"),
    [
        ("slideLayout6", "image", "https://tracker.example/pixel.png", True, "from elsewhere, unseen: https://tracker.example/pixel.png"),
        ("slideMaster1", "oleObject", "file:///\\\\files\\share\\budget.xlsx", True, "from elsewhere"),
        ("slideMaster1", "hyperlink", "file://files/share/start.lnk", True, "from elsewhere"),
        ("slideLayout6", "oleObject", "/ppt/embeddings/one.bin", False, "another program"),
        ("slideMaster1", "hyperlink", "https://northwind.example/", True, ""),
        ("slide1", "image", "https://tracker.example/pixel.png", True, ""),  # an example: it never leaves
    ],
)  # fmt: skip
def test_a_template_loads_nothing_unseen_and_holds_nothing_that_runs(
    scoped: Cast, where: str, kind: str, target: str, outside: bool, said: str
) -> None:
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI

    deck = opened(template())
    parts = {part.partname.rpartition("/")[2]: part for part in deck.part.package.iter_parts()}
    part = parts[f"{where}.xml"]
    if outside:
        part.relate_to(target, f"{_TYPES}/{kind}", is_external=True)
    else:
        name = PackURI(target)
        part.relate_to(
            Part(name, "application/vnd.openxmlformats-officedocument.oleObject", part.package, b"?"),
            f"{_TYPES}/{kind}",
        )
    out = io.BytesIO()
    deck.save(out)

    def give() -> SlideTemplate:
        upload = SimpleUploadedFile("ours.pptx", out.getvalue())
        return SlideTemplate.objects.give(scoped.organisation, upload, by=scoped.administrator, at=NOW)

    if said:
        with pytest.raises(RefusedError, match=said):
            give()
        assert not SlideTemplate.objects.exists()
    else:
        assert give().file_name == "ours.pptx"


def test_a_template_with_macros_is_refused(scoped: Cast) -> None:
    out = io.BytesIO(template())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("ppt/vbaProject.bin", b"Sub AutoOpen()")
    with pytest.raises(RefusedError):
        SlideTemplate.objects.give(
            scoped.organisation,
            SimpleUploadedFile("ours.pptx", out.getvalue()),
            by=scoped.administrator,
            at=NOW,
        )


def test_nothing_loads_the_library_before_a_slide_is_made() -> None:
    assert "config.urls" in BROUGHT
    assert "pptx" not in BROUGHT


def test_the_settings_take_a_template_and_say_why_not(scoped: Cast) -> None:
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(scoped.administrator)
    refused = browser.post("/northwind/slides/", {"upload": SimpleUploadedFile("ours.pptx", b"no zip")})
    assert refused.status_code == 422
    assert "The content of the file is not what its name says" in refused.content.decode()
    assert (
        browser.post(
            "/northwind/slides/", {"upload": SimpleUploadedFile("ours.pptx", template())}
        ).status_code
        == 302
    )
    assert "Slides are made on your own template." in browser.get("/northwind/slides/").content.decode()
    assert browser.post("/northwind/slides/end/").status_code == 302
    assert not SlideTemplate.objects.exists()
