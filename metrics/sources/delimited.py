"""CSV, TSV and their relatives, read row by row however large they are."""

import codecs
import contextlib
import csv
import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from . import headings
from .base import SourceError
from .cells import MAX_COLUMNS, Row, Table, is_blank

# One line, and so one field, is held in memory: this bounds it whatever the file holds.
LONGEST_LINE = 1_000_000
LONGEST_FIELD = 100_000
_CHUNK = 1 << 20
_SAMPLE_LINES = 20


def read(stream: IO[bytes]) -> Table:
    """A table from a seekable stream. The stream stays open and belongs to the caller."""
    encoding, label = _encoding(stream)
    text = _Text(stream, encoding)
    delimiter, sep_line = _delimiter(text)
    source = _Delimited(text, delimiter, 1 if sep_line else 0)
    names = {";": _("semicolons"), "\t": _("tabs"), ",": _("commas"), "|": _("bars")}
    understood = (label, _("Columns separated by %(marks)s") % {"marks": names[delimiter]})
    header, rows, said = headings.split(source.records, _empty())
    return Table(header, rows, (*understood, *said))


def _empty() -> SourceError:
    return SourceError(_("The file is empty."), retry=True)


def _encoding(stream: IO[bytes]) -> tuple[str, str]:
    stream.seek(0)
    start = stream.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _require(stream, "utf-16")
        return "utf-16", _("Letters read as UTF-16")
    if _decodes(stream, "utf-8-sig"):
        return "utf-8-sig", _("Letters read as UTF-8")
    _require(stream, "cp1252")
    return "cp1252", _("Letters read as Windows-1252")


def _require(stream: IO[bytes], encoding: str) -> None:
    if not _decodes(stream, encoding):
        raise SourceError(
            _("The letters in this file cannot be read. Please save it as “CSV UTF-8” and try again.")
        )


def _decodes(stream: IO[bytes], encoding: str) -> bool:
    """Whether the whole file is in that encoding; refuses NUL characters, which no database can hold."""
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while chunk := stream.read(_CHUNK):
            if "\0" in decoder.decode(chunk):
                raise SourceError(
                    _(
                        "The file holds NUL characters, so it is not a plain table. Please save it as “CSV UTF-8”."
                    )
                )
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Text:
    """The lines of a file, each time from the start, none longer than allowed."""

    stream: IO[bytes]
    encoding: str

    def lines(self) -> Generator[str]:
        self.stream.seek(0)
        text = io.TextIOWrapper(self.stream, encoding=self.encoding, newline="")
        try:
            number = 0
            while line := text.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise SourceError(_("Line %(line)s is too long for a table.") % {"line": number})
                yield line
        finally:
            # Else the wrapper would close the caller's stream. The caller may have closed it first.
            with contextlib.suppress(ValueError):
                text.detach()


def _delimiter(text: _Text) -> tuple[str, bool]:
    """The mark that splits most sample lines as often as the first one. True when Excel's 'sep=' line names it."""
    sample: list[str] = []
    lines = text.lines()
    for line in lines:
        if line.strip():
            sample.append(line)
        if len(sample) == _SAMPLE_LINES:
            break
    lines.close()
    if not sample:
        raise _empty()
    first = sample[0].strip().casefold()
    if first.startswith("sep=") and first[4:] in (";", ",", "|"):
        return first[4:], True
    if sample[0].casefold().startswith("sep=\t"):
        return "\t", True
    return max(("\t", ";", ",", "|"), key=lambda mark: _agreement(sample, mark)), False


def _agreement(sample: list[str], delimiter: str) -> int:
    """How many lines are split into as many cells as most are: a title above the table is not."""
    widths: list[int] = []
    with contextlib.suppress(csv.Error):  # said later, with its line
        widths.extend(len(row) for row in csv.reader(sample, delimiter=delimiter))
    several = [width for width in widths if width > 1]
    return max(map(several.count, several), default=0)


@dataclass(frozen=True, slots=True)
class _Delimited:
    text: _Text
    delimiter: str
    skip: int

    def records(self) -> Iterator[Row]:
        lines = self.text.lines()
        for _skipped in range(self.skip):
            next(lines, None)
        # strict: a quotation mark that never closes would otherwise swallow the following rows without a word.
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        before = self.skip
        try:
            for cells in reader:
                line, before = before + 1, reader.line_num + self.skip
                self._check(line, cells)
                if not is_blank(cells):
                    yield line, cells
        except csv.Error as error:
            message = _(
                "Line %(line)s cannot be read: a quotation mark is missing or stands in the wrong place."
            )
            if "field larger" in str(error):
                message = _("Line %(line)s holds a field that is too long for a table.")
            raise SourceError(message % {"line": before + 1}) from error

    def _check(self, line: int, cells: list[str]) -> None:
        if len(cells) > MAX_COLUMNS:
            raise SourceError(_("Line %(line)s has too many columns.") % {"line": line})
        if max(map(len, cells), default=0) > LONGEST_FIELD:
            raise SourceError(_("Line %(line)s holds a field that is too long for a table.") % {"line": line})
