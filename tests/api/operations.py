"""The API's operations, as its table in ``docs/access.md`` has them: to read it is quicker than to make the API's document.

``test_api_access.py`` holds that both have the same ones.
"""

from __future__ import annotations

from functools import cache

from tests.access import matrix


@cache
def table() -> dict[str, dict[str, str]]:
    """Operation → caller → answer."""
    lines = matrix.PAGE.read_text().splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("| Operation |"))
    heads = [cell.strip() for cell in lines[begin].strip("|").split("|")]
    rows = {}
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            break
        operation, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows[operation.strip("`")] = dict(zip(heads[1:], cells, strict=True))
    return rows
