"""From bytes to a table, by what the bytes are and not by what the file is called."""

from collections.abc import Sequence
from dataclasses import replace
from typing import IO

from django.utils.translation import gettext as _

from . import delimited, parquet, workbook
from .base import SourceError
from .cells import EPOCH_1904, Table

_ZIP = b"PK\x03\x04"
_PARQUET = b"PAR1"
_OLE = b"\xd0\xcf\x11\xe0"
_NO_TABLES = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\x1f\x8b", b"SQLite format 3")


def read(stream: IO[bytes], columns: Sequence[str] = ()) -> Table:
    """The table of a seekable stream, which belongs to the caller and stays open.

    ``columns`` are those that are wanted (all, where none is named): a format that is kept by columns reads no others.
    """
    stream.seek(0)
    start = stream.read(16)
    if start.startswith(_ZIP):
        table, from_1904 = workbook.read(stream)
        return replace(table, epoch=EPOCH_1904) if from_1904 else table
    if start.startswith(_PARQUET):
        return parquet.read(stream, columns)
    if start.startswith(_OLE):
        raise SourceError(
            _(
                "This is a workbook of an old kind or protected by a password. "
                "Please save it as .xlsx or CSV, without a password."
            )
        )
    if start.startswith(_NO_TABLES):
        raise SourceError(_("This is not a table. Please use a CSV, TSV, XLSX or Parquet file."))
    if start.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise SourceError(_("This is a web page, not a table. Please export the report as CSV or XLSX."))
    return delimited.read(stream)
