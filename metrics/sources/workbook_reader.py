"""Runs alone, as a process of its own: reads a workbook from standard input, writes one JSON line a row.

A workbook of a few kilobytes can ask for gigabytes (one cell at A1 and one at XFD1048576, or one long text used a
million times), and the reader then takes its whole process down. So the process is not ours, and it has limits.
The first line of the answer describes the sheet: {"sheet": name, "sheets": how many}.
"""

import json
import sys
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any


def plain(value: object) -> Any:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time | timedelta):
        return str(value)
    return None if value == "" else value


def main() -> None:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum, load_workbook

    book = load_workbook(BytesIO(sys.stdin.buffer.read()))
    sheets = [
        s.name
        for s in book.sheets_metadata
        if s.visible == SheetVisibleEnum.Visible and s.typ == SheetTypeEnum.WorkSheet
    ]
    filled = ((name, book.get_sheet_by_name(name)) for name in sheets)
    name, sheet = next(((name, sheet) for name, sheet in filled if sheet.height), ("", None))
    print(json.dumps({"sheet": name, "sheets": len(sheets)}))
    if sheet is None:
        return
    for row in sheet.iter_rows():
        print(json.dumps([plain(value) for value in row]))


if __name__ == "__main__":
    main()
