"""The rows of a file to import, one after the other, however large it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

LONGEST_LINE: Final = 100_000
_NAMES: Final = ("metric", "group", "day", "value", "numerator", "denominator", "n", "sum_of_squares")

type Record = tuple[int, str, dict[str, Any]]


class UnreadableError(ValueError):
    """The file cannot be read on from here. Its text says where and why."""


class CellError(ValueError):
    """A cell that is not what its column says."""

    def __init__(self, line: int, name: str, message: str) -> None:
        super().__init__(message)
        self.line, self.field = line, name


def rows_of(file: IO[bytes]) -> Iterator[Record | CellError]:
    """Line, metric and the fields that are filled in; or what is wrong with a line."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        first = text.readline(LONGEST_LINE)
        if first.lstrip().startswith("{"):
            yield from _objects(_lines(text, 1, first))
        else:
            yield from _cells(first, _lines(text, 2))
    except UnicodeDecodeError:
        raise UnreadableError("The file is not written in UTF-8. Save it as “CSV UTF-8”.") from None
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper, number: int, *before: str) -> Iterator[str]:
    yield from before
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise UnreadableError(f"line {number}: it is too long.")
        number += 1
        yield line


def _cells(first: str, lines: Iterator[str]) -> Iterator[Record | CellError]:
    mark = next((mark for mark in (";", "\t") if mark in first), ",")
    header = [name.strip().lower() for name in next(csv.reader([first], delimiter=mark), [])]
    header = ["day" if name == "date" else name for name in header]
    _check(header)
    reader = csv.reader(lines, delimiter=mark, strict=True)
    columns = [(place, name, _READERS.get(name, str)) for place, name in enumerate(header)]
    width, before = len(header), 1
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num + 1
            if len(cells) != width:
                if any(cells):
                    yield CellError(line, "", f"there are {len(cells)} cells, and {width} headings.")
                continue
            fields: dict[str, Any] = {}
            try:
                for place, name, read in columns:
                    if text := cells[place]:
                        fields[name] = read(text)
            except ValueError as error:
                yield CellError(line, name, str(error))
                continue
            if fields:
                yield line, fields.pop("metric", ""), fields
    except csv.Error:
        raise UnreadableError(
            f"line {before + 1}: a quotation mark is missing or stands in the wrong place."
        ) from None


def _check(header: list[str]) -> None:
    known = ", ".join("date" if name == "day" else name for name in _NAMES)
    if unknown := [name for name in header if name not in _NAMES]:
        raise UnreadableError(f"There is no column “{unknown[0][:40]}”. The columns are: {known}.")
    if len(set(header)) < len(header):
        raise UnreadableError("Two columns have the same heading.")
    if not {"metric", "day"} <= set(header):
        raise UnreadableError(f"The first line names the columns: {known}. Metric and date are needed.")


def _number(text: str) -> float:
    # Python would also read 1_000 and full-width digits.
    try:
        if text.isascii() and "_" not in text:
            return float(text)
    except ValueError:
        pass
    raise ValueError(f"“{text[:40]}” is not a number. Write numbers with a point and without other marks.")


def _whole(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)
    raise ValueError(f"“{text[:40]}” is not a whole number.")


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    **dict.fromkeys(("value", "numerator", "denominator", "sum_of_squares"), _number),
    "n": _whole,
}


def _objects(lines: Iterator[str]) -> Iterator[Record | CellError]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            yield CellError(number, "", "this is not JSON.")
            continue
        if not isinstance(fields, dict):
            yield CellError(number, "", "this is no object with a metric, a date and a value.")
            continue
        if "date" in fields and "day" not in fields:
            fields["day"] = fields.pop("date")
        metric = fields.pop("metric", "")
        yield number, str(metric) if isinstance(metric, str | int) else "", fields
