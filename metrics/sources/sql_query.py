"""The text of a query: told early, in plain words, when it cannot be asked, and where its two parameters stand.

What holds a query back is the account, the read-only transaction and the limits; nothing here is a guard.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from .base import Ask, SourceError

LONGEST = 20_000
# A query that names :since without anybody asking for a period gets a little more than a baseline and a pilot.
USUAL_DAYS = 400
SINCE, UNTIL = "since", "until"
_BEGINNINGS = frozenset({"select", "with", "values", "table", "from", "("})
# Where a backslash keeps a quotation mark from ending a text.
_ESCAPING = frozenset({"mysql", "bigquery", "snowflake"})


def _lexer(text_of_quoted: str) -> re.Pattern[str]:
    return re.compile(
        rf"""(?P<skip>
            {text_of_quoted} | "(?:[^"]|"")*" | `[^`]*` | \[[^\]'"]*\]
            | --[^\n]* | /\*.*?\*/ | \$(?P<tag>[A-Za-z_]\w*|)\$.*?\$(?P=tag)\$
        )
        | (?<![\w)\]":]):(?P<name>since|until)\b
        | (?P<end>;)
        | (?P<open>['"`]|/\*)""",
        re.VERBOSE | re.DOTALL,
    )


_LEXERS = {False: _lexer(r"'(?:[^']|'')*'"), True: _lexer(r"'(?:[^'\\]|\\.|'')*'")}
_LEADING = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_WORD = re.compile(r"\(|[a-z]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """A query cut at its parameters: text, name, text, name, … text."""

    pieces: tuple[str, ...]
    values: dict[str, date]

    @property
    def names(self) -> tuple[str, ...]:
        return self.pieces[1::2]

    def written(self, placeholder: Callable[[str], str], literal: Callable[[str], str] = str) -> str:
        """The query with each parameter as the driver writes it."""
        return "".join(
            placeholder(piece) if place % 2 else literal(piece) for place, piece in enumerate(self.pieces)
        )


def parse(text: str, database_kind: str, values: dict[str, date] | None = None) -> Query:
    """SourceError in plain words when this cannot be one query that reads."""
    text = text.strip().rstrip(";").rstrip()
    if not text:
        raise _refused(_("Please write the query."))
    if len(text) > LONGEST or "\0" in text:
        raise _refused(_("The query is too long, or holds characters that no query has."))
    leading = _LEADING.match(text)
    word = _WORD.match(text, leading.end() if leading else 0)
    if not word or word[0].lower() not in _BEGINNINGS:
        raise _refused(_("This is not a query that reads. It has to begin with SELECT or WITH."))
    return Query(_pieces(text, _LEXERS[database_kind in _ESCAPING]), values or {})


def asks_for_days(text: str) -> bool:
    """Whether the query leaves the first day open. A mark inside a quotation counts too: it does no harm."""
    return f":{SINCE}" in text


def bounds(ask: Ask) -> dict[str, date]:
    """The first day that is asked for, and the day after the last."""
    since, until = ask.period or (ask.today - timedelta(days=USUAL_DAYS), ask.today + timedelta(days=1))
    return {SINCE: since, UNTIL: until}


def _refused(message: str) -> SourceError:
    return SourceError(message, field="query")


def _pieces(text: str, lexer: re.Pattern[str]) -> tuple[str, ...]:
    pieces: list[str] = []
    done = 0
    for match in lexer.finditer(text):
        if match["open"]:
            raise _refused(_("The query breaks off: a quotation mark or the end of a comment is missing."))
        if match["end"]:
            raise _refused(_("These are several statements. Please write one query, without a semicolon."))
        if match["name"]:
            pieces += [text[done : match.start()], match["name"]]
            done = match.end()
    return (*pieces, text[done:])


def driver_text(query: Query, paramstyle: str) -> tuple[str, Any]:
    """The query and its parameters in one of the styles of Python's database drivers (PEP 249); no parameters: None."""
    if not query.names:
        return query.written(str), None
    if paramstyle == "qmark":
        return query.written(lambda _name: "?"), tuple(query.values[name] for name in query.names)
    if paramstyle == "named":
        return query.written(lambda name: f":{name}"), dict(query.values)
    doubled = query.written(lambda name: f"%({name})s", lambda text: text.replace("%", "%%"))
    return doubled, {name: query.values[name] for name in query.names}
