"""From the bytes of a JSON answer to a table: decoded within limits, rows picked by a JMESPath expression."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jmespath
from django.utils.translation import gettext as _
from jmespath.exceptions import JMESPathError

from .base import SourceError
from .cells import MAX_COLUMNS, Cell, Row, Table

# Each takes some 60 to 200 bytes of memory, whatever few bytes it took on the way.
MAX_CONTAINERS = 250_000
LONGEST_EXPRESSION = 500
_LONGEST_NUMBER = 40
# Lists built in the expression multiply what they hold. This bounds by how much.
_MOST_COPIES = 64
# Left out: to_string, whose nesting doubles its text at each step.
_FUNCTIONS = frozenset(
    [
        "abs",
        "avg",
        "ceil",
        "contains",
        "ends_with",
        "floor",
        "items",
        "join",
        "keys",
        "length",
        "map",
        "max",
        "max_by",
        "merge",
        "min",
        "min_by",
        "not_null",
        "reverse",
        "sort",
        "sort_by",
        "starts_with",
        "sum",
        "to_array",
        "to_number",
        "type",
        "values",
    ]
)


def check_expression(expression: str) -> None:
    """ValueError in plain words when the expression cannot be used."""
    if len(expression) > LONGEST_EXPRESSION:
        raise ValueError(_("This expression is too long."))
    try:
        tree = jmespath.compile(expression).parsed
        copies = _copies(tree)
    except (JMESPathError, RecursionError) as error:
        raise ValueError(_("This is not a valid JMESPath expression.")) from error
    if copies > _MOST_COPIES:
        raise ValueError(_("This expression builds too many lists."))


def _copies(node: Mapping[str, Any]) -> int:
    if node["type"] == "function_expression" and node["value"] not in _FUNCTIONS:
        raise ValueError(_("The function “%(name)s” cannot be used here.") % {"name": node["value"]})
    children = [child for child in node.get("children", []) if isinstance(child, dict)]
    own = max(len(children), 1) if node["type"].startswith("multi_select") else 1
    return own * math.prod(_copies(child) for child in children)


def has_filter(expression: str) -> bool:
    """Whether the expression may leave entries out, so that a page seems empty that is not."""

    def within(node: Any) -> bool:
        if not isinstance(node, dict):
            return False
        return node["type"] == "filter_projection" or any(within(child) for child in node.get("children", []))

    return within(jmespath.compile(expression).parsed) if expression else False


def read(body: bytes, content_type: str, expression: str) -> Table:
    return table(rows_of(decode(body, content_type), expression))


def weight(body: bytes) -> int:
    """How many lists and objects an answer holds, at most."""
    return body.count(b"{") + body.count(b"[")


def too_heavy() -> SourceError:
    return SourceError(_("The answer holds too many entries. Please ask for a shorter period."), field="url")


def decode(body: bytes, content_type: str) -> Any:
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise SourceError(_("The address answered with nothing."), retry=True)
    if start.startswith(b"<"):
        raise SourceError(
            _(
                "The address answered with a web page instead of data, perhaps a sign-in page. "
                "Please check the key and the address."
            ),
            field="url",
        )
    if weight(body) > MAX_CONTAINERS:
        raise too_heavy()
    try:
        return json.loads(body, parse_int=_integer, parse_float=_number, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise _not_json(body, content_type) from error


def _not_json(body: bytes, content_type: str) -> SourceError:
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return SourceError(
            _("The answer broke off or was damaged on the way: it is not complete JSON."), retry=True
        )
    kind = content_type.split(";", maxsplit=1)[0].strip()[:60] or _("unknown")
    return SourceError(
        _("The address answered with something that is not JSON (%(kind)s).") % {"kind": kind}, field="url"
    )


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_NUMBER else text


def _number(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text  # 1e400 stays a text, to be shown in the problem


def pick(answer: Any, expression: str, field: str = "rows_at") -> Any:
    try:
        check_expression(expression)
        return jmespath.search(expression, answer)
    except SourceError:
        raise
    except Exception as error:  # the library lets Python's own errors through for odd data
        raise SourceError(_("The expression does not fit this answer."), field=field) from error


def rows_of(answer: Any, expression: str) -> list[dict[str, Any]]:
    """The entries of one answer; there may be none."""
    rows = pick(answer, expression) if expression else answer
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceError(
            _(
                "The answer is not a list of entries. "
                "Please say with the expression where the list stands, as in “data.items”."
            ),
            field="rows_at",
        )
    return rows


def table(rows: Sequence[Mapping[str, Any]]) -> Table:
    header: dict[str, None] = {}
    for row in rows:
        header.update(dict.fromkeys(row))
        if len(header) > MAX_COLUMNS:
            raise SourceError(_("The entries have too many different fields."), field="rows_at")
    if not rows:
        raise SourceError(_("The address answered, but with no entries yet."), retry=True)
    names = tuple(header)

    def entries() -> Iterator[Row]:
        for number, row in enumerate(rows, 1):
            yield number, [_cell(row.get(name)) for name in names]

    return Table(names, entries)


def _cell(value: Any) -> Cell:
    return value if isinstance(value, str | int | float) or value is None else json.dumps(value)[:100]
