"""XLSX: sizes checked before anything is opened, then read by a process that cannot take ours down."""

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _

from . import headings, reader_process
from .base import SourceError
from .cells import MAX_COLUMNS, Row, Table, is_blank

MAX_UNPACKED = 50 * 1024 * 1024
MAX_MEMBERS = 2000
# What the reader may take, of memory and of room for its answer.
MEMORY = 640 << 20
OUTPUT = 256 << 20


def read(stream: IO[bytes]) -> tuple[Table, bool]:
    """The first visible sheet that holds something, and whether the workbook counts its days from 1904."""
    from_1904 = _check(stream)
    stream.seek(0)
    answer = reader_process.run("workbook_reader.py", given=stream.read(), memory=MEMORY, output_bytes=OUTPUT)
    sheet = _Sheet(answer)
    about = sheet.about()
    understood = []
    if about["sheets"] > 1:
        understood.append(
            _("Sheet “%(name)s” was read, the first one of the file") % {"name": about["sheet"]}
        )
    empty = SourceError(_("The workbook is empty."), retry=True)
    header, rows, said = headings.split(sheet.records, empty)
    return Table(header, rows, (*understood, *said)), from_1904


def _check(stream: IO[bytes]) -> bool:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(m.file_size for m in members) > MAX_UNPACKED:
                raise SourceError(
                    _(
                        "The workbook is too large: unpacked it may hold %(size)s MB. Please save the sheet as CSV."
                    )
                    % {"size": MAX_UNPACKED // 1024 // 1024}
                )
            if "xl/workbook.xml" not in archive.namelist():
                raise reader_process.unreadable()
            return re.search(rb"date1904\s*=\s*[\"'](?:1|true)", archive.read("xl/workbook.xml")) is not None
    except SourceError:
        raise
    except Exception as error:  # damaged archives raise whatever the part that is damaged raises
        raise reader_process.unreadable() from error


@dataclass(frozen=True, slots=True)
class _Sheet:
    answer: IO[bytes]

    def about(self) -> dict[str, Any]:
        self.answer.seek(0)
        about: dict[str, Any] = json.loads(self.answer.readline())
        return about

    def records(self) -> Iterator[Row]:
        self.answer.seek(0)
        self.answer.readline()
        number = 0
        # Not 'for line in file': that buffers ahead, and a second reader would start in the wrong place.
        while line := self.answer.readline():
            number += 1
            cells = [reader_process.cell(value) for value in json.loads(line)]
            if len(cells) > MAX_COLUMNS:
                raise SourceError(_("Line %(line)s has too many columns.") % {"line": number})
            if not is_blank(cells):
                yield number, cells
