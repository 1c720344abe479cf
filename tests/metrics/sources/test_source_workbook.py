"""XLSX, written here by hand so that each file can be as odd as it likes."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import pytest

from metrics.sources import SourceError
from tests.metrics.sources.databases import grown

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

type Cell = str | float | date | bool


def cell(place: str, value: Cell) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else ""


def sheet(rows: Sequence[Sequence[Cell]], first_row: int = 1) -> str:
    body = "".join(
        f'<row r="{r}">' + "".join(cell(f"{chr(65 + c)}{r}", value) for c, value in enumerate(row)) + "</row>"
        for r, row in enumerate(rows, first_row)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'


def workbook(*sheets: str, properties: str = "", hidden: int = -1, shared: str = "") -> bytes:
    numbers = range(1, len(sheets) + 1)
    listed = "".join(
        f'<sheet name="Sheet {n}" sheetId="{n}" r:id="r{n}" state="{"hidden" if n == hidden else "visible"}"/>'
        for n in numbers
    )
    overrides = "".join(
        f'<Override PartName="/xl/s{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="s{n}.xml"/>' for n in numbers
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="r0" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{links}'
        f'<Relationship Id="rs" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rt" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
        '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
        **{f"xl/s{n}.xml": text for n, text in zip(numbers, sheets, strict=True)},
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return target.getvalue()


HEAD = ["date", "value"]
ROWS: list[list[Cell]] = [["date", "value"], [date(2026, 1, 1), 1.5], [date(2026, 1, 2), "2,5"]]


def test_dates_and_numbers(read_file: Any) -> None:
    fetched = read_file(workbook(sheet(ROWS)))
    assert [(o.day, o.value) for o in fetched.observations] == [
        (date(2026, 1, 1), 1.5),
        (date(2026, 1, 2), 2.5),
    ]
    assert fetched.problems == ()


def test_serials_of_both_systems(read_file: Any) -> None:
    rows: list[list[Cell]] = [["date", "value"], [46023, 1]]
    assert read_file(workbook(sheet(rows))).observations[0].day == date(2026, 1, 1)
    rows[1][0] = 46023 - 1462
    fetched = read_file(workbook(sheet(rows), properties='<workbookPr date1904="1"/>'))
    assert fetched.observations[0].day == date(2026, 1, 1)
    assert any("1904" in sentence for sentence in fetched.understood)


def test_rows_are_named_as_excel_names_them(read_file: Any) -> None:
    rows: list[list[Cell]] = [["date", "value"], [date(2026, 1, 1), True], [date(2026, 1, 2), "#N/A"]]
    fetched = read_file(workbook(sheet(rows, first_row=4)))
    assert [problem.line for problem in fetched.problems] == [5, 6]


def test_the_first_visible_sheet_with_content_is_read(read_file: Any) -> None:
    other = sheet([["x"], [1.0]])
    fetched = read_file(workbook(other, sheet([]), sheet(ROWS), hidden=1))
    assert len(fetched.observations) == 2
    assert any("Sheet 3" in sentence for sentence in fetched.understood)


def test_events_with_true_and_false(read_file: Any) -> None:
    rows: list[list[Cell]] = [
        ["date", "won"],
        [date(2026, 1, 1), True],
        [date(2026, 1, 1), 0.0],
        [date(2026, 1, 1), "yes"],
    ]
    fetched = read_file(workbook(sheet(rows)), rows="events", outcome_column="won")
    assert [(o.numerator, o.denominator) for o in fetched.observations] == [(2, 3)]


def test_texts_that_are_shared(read_file: Any) -> None:
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
        '<row r="2"><c r="A2" s="1"><v>46023</v></c><c r="B2"><v>1</v></c></row>'
    )
    text = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    fetched = read_file(workbook(text, shared="<si><t>date</t></si><si><t>value</t></si>"))
    assert len(fetched.observations) == 1


def _zip(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return target.getvalue()


def _torn(book: bytes) -> bytes:
    """Damaged in the middle of a part that is looked at before the workbook is opened."""
    at = book.index(b"xl/workbook.xml") + 40
    return book[:at] + bytes(30) + book[at + 30 :]


def _understated() -> bytes:
    """A member that says it holds 100 bytes and holds 60 MB."""
    bomb = bytearray(workbook(sheet(ROWS) + "<!--" + " " * (60 << 20) + "-->"))
    real = len(sheet(ROWS)) + 7 + (60 << 20)
    return bytes(bomb.replace(real.to_bytes(4, "little"), (100).to_bytes(4, "little")))


_FAR = (
    f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)
_REPEATED = f'<worksheet xmlns="{_MAIN}"><sheetData>' + "".join(
    f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 2001)
) + "</sheetData></worksheet>"  # fmt: skip


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: workbook(sheet([])), "empty"),
        (lambda: workbook(sheet([HEAD])), "no rows"),
        (lambda: workbook(sheet(ROWS))[:300], "cannot be read"),
        (lambda: b"PK\x03\x04" + b"x" * 500, "cannot be read"),
        (lambda: _torn(workbook(sheet(ROWS))), "cannot be read"),
        (lambda: _zip(**{"word/document.xml": b"<x/>"}), "cannot be read"),
        (lambda: _zip(**{"xl/workbook.xml": b"<x"}), "cannot be read"),
        (lambda: _zip(**{"xl/workbook.xml": b"<x/>", "xl/s1.xml": b"0" * (51 << 20)}), "50 MB"),
        (lambda: _zip(**{f"a{n}": b"" for n in range(2100)}), "50 MB"),
        (lambda: workbook(_FAR), "cannot be read"),
        (lambda: workbook(_REPEATED, shared=f"<si><t>{'x' * (1 << 20)}</t></si>"), "cannot be read"),
        (_understated, ""),
    ],
    ids=[
        "empty",
        "headings-only",
        "cut",
        "garbage",
        "torn",
        "word",
        "broken",
        "bomb",
        "members",
        "far-cell",
        "repeated-text",
        "understated",
    ],
)
def test_refused_in_plain_words(read_file: Any, make: Any, words: str) -> None:
    content = make()

    def read() -> None:
        with pytest.raises(SourceError) as caught:
            read_file(content)
        assert words in caught.value.message

    assert grown(read) < 100_000_000  # what it did, it did to a process of its own
