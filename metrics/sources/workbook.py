"""XLSX: sizes checked before anything is opened, then read by a process that cannot take ours down."""

import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from .base import SourceError
from .cells import MAX_COLUMNS, Cell, Row, Table, is_blank, text_of

MAX_UNPACKED = 50 * 1024 * 1024
MAX_ANSWER = 2 * MAX_UNPACKED
MAX_MEMBERS = 2000
SECONDS = 30
_READER = Path(__file__).with_name("workbook_reader.py")


def read(stream: IO[bytes]) -> tuple[Table, bool]:
    """The first visible sheet that holds something, and whether the workbook counts its days from 1904."""
    from_1904 = _check(stream)
    stream.seek(0)
    answer = _run(stream.read())
    sheet = _Sheet(answer)
    about = sheet.about()
    understood = []
    if about["sheets"] > 1:
        understood.append(
            _("Sheet “%(name)s” was read, the first one of the file") % {"name": about["sheet"]}
        )
    return Table(sheet.header(), sheet.rows, tuple(understood)), from_1904


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
                raise _unreadable()
            return re.search(rb"date1904\s*=\s*[\"'](?:1|true)", archive.read("xl/workbook.xml")) is not None
    except SourceError:
        raise
    except Exception as error:  # damaged archives raise whatever the part that is damaged raises
        raise _unreadable() from error


def _unreadable() -> SourceError:
    return SourceError(
        _(
            "This workbook cannot be read. It may be damaged, protected by a password, or far too large. "
            "Please save it as CSV."
        )
    )


def _run(workbook: bytes) -> IO[bytes]:
    """What the reader says of the workbook, a line a row."""
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(_READER)],
                input=workbook,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
                env={"PATH": os.defpath},  # nothing of ours, no secrets
            )
        except subprocess.TimeoutExpired as error:
            raise _unreadable() from error
        if done.returncode != 0 or output.tell() > MAX_ANSWER:
            raise _unreadable()
        output.seek(0)
        return BytesIO(output.read())


@dataclass(frozen=True, slots=True)
class _Sheet:
    answer: IO[bytes]

    def about(self) -> dict[str, Any]:
        self.answer.seek(0)
        about: dict[str, Any] = json.loads(self.answer.readline())
        return about

    def header(self) -> tuple[str, ...]:
        for _number, cells in self._filled():
            return tuple(text_of(cell) for cell in cells)
        raise SourceError(_("The workbook is empty."), retry=True)

    def rows(self) -> Iterator[Row]:
        filled = self._filled()
        next(filled, None)
        yield from filled

    def _filled(self) -> Iterator[Row]:
        self.answer.seek(0)
        self.answer.readline()
        number = 0
        # Not 'for line in file': that buffers ahead, and a second reader would start in the wrong place.
        while line := self.answer.readline():
            number += 1
            cells = [_cell(value) for value in json.loads(line)]
            if len(cells) > MAX_COLUMNS:
                raise SourceError(_("Line %(line)s has too many columns.") % {"line": number})
            if not is_blank(cells):
                yield number, cells


def _cell(value: Any) -> Cell:
    if isinstance(value, dict):
        return datetime.fromisoformat(value["t"]) if "t" in value else date.fromisoformat(value["d"])
    cell: Cell = value
    return cell
