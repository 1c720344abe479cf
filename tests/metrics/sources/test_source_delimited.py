"""Text files with their letters, marks, quotes and sizes."""

import tracemalloc
from io import BytesIO
from typing import Any

import pytest

from metrics.sources import SourceError, delimited

PLAIN = "date;value;größe\n2026-01-01;1,5;x\n2026-01-02;2,5;y\n"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")],
)
def test_letters(read_file: Any, encoding: str, said: str) -> None:
    fetched = read_file(PLAIN.encode(encoding), value_column="value", filter_column="Größe", filter_value="X")
    assert [o.value for o in fetched.observations] == [1.5]
    assert f"Letters read as {said}" in fetched.understood


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_utf16_in_both_orders(read_file: Any, order: str) -> None:
    assert len(read_file("\ufeff".encode(order) + PLAIN.encode(order)).observations) == 2


@pytest.mark.parametrize(
    ("mark", "said"), [(";", "semicolons"), ("\t", "tabs"), (",", "commas"), ("|", "bars")]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_marks_and_line_ends(read_file: Any, mark: str, said: str, end: str) -> None:
    lines = [["date", "note", "value"], ["2026-01-01", '"a, b"', "1.5"], ["2026-01-02", '"c"', "2.5"]]
    fetched = read_file(end.join(mark.join(line) for line in lines))
    assert [o.value for o in fetched.observations] == [1.5, 2.5]
    assert f"Columns separated by {said}" in fetched.understood


def test_excel_names_its_mark(read_file: Any) -> None:
    fetched = read_file("sep=;\ndate;value\n2026-01-01;x\n2026-01-02;2\n")
    assert [o.value for o in fetched.observations] == [2]
    assert fetched.problems[0].line == 3


def test_a_heading_with_another_mark_inside(read_file: Any) -> None:
    assert len(read_file("date;value, EUR\n2026-01-01;12,5\n", value_column="value, EUR").observations) == 1


def test_lines_count_as_an_editor_counts_them(read_file: Any) -> None:
    text = 'date,note,value\n2026-01-01,"two\nlines",1\n\n2026-01-02,x,bad\n2026-01-03,"a\n\nb",bad\n'
    assert [problem.line for problem in read_file(text).problems] == [5, 6]


def test_a_decimal_comma_among_commas_is_noticed(read_file: Any) -> None:
    fetched = read_file("date,value\n2026-01-01,12,5\n2026-01-02,13\n")
    assert [o.value for o in fetched.observations] == [13]
    assert "more cells" in fetched.problems[0].message


def test_empty_cells_at_the_end_do_no_harm(read_file: Any) -> None:
    assert len(read_file("date,value\n2026-01-01,12,,\n").observations) == 1


def test_repeated_headings_and_a_total(read_file: Any) -> None:
    fetched = read_file("date,value\n2026-01-01,1\ndate,value\n2026-01-02,2\nTotal,3\n")
    assert [o.value for o in fetched.observations] == [1, 2]
    assert (fetched.problems, fetched.rows) == ((), 2)
    assert "A line of totals was left out (line 5)" in fetched.understood


def test_two_hundred_columns(read_file: Any) -> None:
    names = ["date", "value", *(f"c{n}" for n in range(198))]
    assert len(read_file(",".join(names) + "\n2026-01-01,1" + "," * 198 + "\n").observations) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"date,value\n", "no rows"),
        (b"date,value\n2026-01-01,1\0\n", "NUL"),
        ("date,value\n2026-01-01,1\n".encode("utf-16-le"), "NUL"),
        (b"date,value\n2026-01-01,\x81\n", "letters"),
        (b"\xff\xfed\x00\x00\xd8", "letters"),
        (b'date,value\n2026-01-01,"1\n2026-01-02,2\n', "Line 2 cannot be read"),
        (b'date,value\n2026-01-01,1\n2026-01-02,"2"3\n', "Line 3 cannot be read"),
        (b"date,value\n2026-01-01," + b"1" * 150_000 + b"\n", "Line 2 holds a field"),
        (b'date,value\n2026-01-01,"' + b"1\n" * 100_000 + b'"\n', "Line 2 holds a field"),
        (b"date,value\n2026-01-01," + b"1" * 1_000_100, "Line 2 is too long"),
        (b"date,value\n2026-01-01" + b"," * 2000 + b"\n", "too many columns"),
        (b"day,amount\n2026-01-01,1\n", "“day”, “amount”"),
        (b"2026-01-01,1\n2026-01-02,2\n", "“Column 1”, “Column 2”"),
        (b"date,value,value\n2026-01-01,1,2\n", "Several columns"),
        (b"%PDF-1.7 ...", "not a table"),
        (b"\x89PNG\r\n", "not a table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old kind"),
        (b"<!DOCTYPE html><html></html>", "web page"),
    ],
)
def test_refused_in_plain_words(read_file: Any, content: bytes, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_file(content)
    assert words in caught.value.message


def test_more_than_an_upload_may_hold(read_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.sources.file.MAX_BYTES", 20)
    with pytest.raises(SourceError, match="100 MB"):
        read_file("date,value\n2026-01-01,1\n")


def test_a_large_file_is_read_row_by_row() -> None:
    """Kept together, the rows would take several megabytes."""
    content = BytesIO(b"date,value\n" + b"2026-01-01,1.5\n" * 20_000)
    table = delimited.read(content)
    tracemalloc.start()
    assert sum(1 for _ in table.rows()) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 19


def test_the_stream_stays_open_and_can_be_read_twice() -> None:
    content = BytesIO(PLAIN.encode())
    table = delimited.read(content)
    assert list(table.rows()) == list(table.rows())
    assert not content.closed
