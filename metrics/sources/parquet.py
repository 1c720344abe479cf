"""Parquet: read by columns, within limits, by a process that cannot take ours down."""

import importlib.util
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from . import reader_process
from .base import SourceError
from .cells import MAX_COLUMNS, Row, Table, key_of

MAX_UNPACKED = 50 * 1024 * 1024
MEMORY = 3 << 30  # of addresses: the library maps more than it uses
OUTPUT = 110 << 20


def read(stream: IO[bytes], columns: Sequence[str]) -> Table:
    """All headings, and the cells of the wanted columns; the others stay empty."""
    if importlib.util.find_spec("pyarrow") is None:
        raise SourceError(
            _("Parquet files cannot be read by this installation. Please save the table as CSV or XLSX.")
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        _copy(stream, path)
        answer = reader_process.run(
            "parquet_reader.py", str(path), json.dumps([key_of(name) for name in columns]),
            memory=MEMORY, output_bytes=OUTPUT,
        )  # fmt: skip
    about = json.loads(answer.readline())
    if about.get("unpacked", 0) > MAX_UNPACKED:
        raise SourceError(
            _(
                "The file is too large: unpacked it may hold %(size)s MB. Please leave columns out or save it as CSV."
            )
            % {"size": MAX_UNPACKED // 1024 // 1024}
        )
    header = tuple(about["columns"])
    if len(header) > MAX_COLUMNS:
        raise SourceError(_("The table has too many columns."))
    if not header:
        raise SourceError(_("The file is empty."), retry=True)
    return Table(header, _Rows(answer, answer.tell(), len(header), about["read"]).rows)


def _copy(stream: IO[bytes], path: Path) -> None:
    stream.seek(0)
    with path.open("wb") as file:
        while chunk := stream.read(1 << 20):
            file.write(chunk)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows are numbered from 1: the format has no line of headings."""

    answer: IO[bytes]
    begin: int
    width: int
    places: list[int]

    def rows(self) -> Iterator[Row]:
        self.answer.seek(self.begin)
        number = 0
        while line := self.answer.readline():
            number += 1
            cells: list[Any] = [None] * self.width
            for place, value in zip(self.places, json.loads(line), strict=True):
                cells[place] = reader_process.cell(value)
            yield number, cells
