"""A SQLite file in a folder that the operator has opened for sources, read only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import tzinfo
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from django.conf import settings as django_settings
from django.utils.translation import gettext as _

from . import sql_faults
from .base import SourceError
from .sql_limits import MAX_CELL, Allowance, too_large_cell, too_long
from .sql_place import Place
from .sql_query import Query
from .sql_rows import Result

_MAGIC = b"SQLite format 3\0"
_STEPS = 20_000  # of its machine between two looks at the clock: some milliseconds
_PERMITTED = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_FUNCTIONS = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})


@contextmanager
def ask(place: Place, query: Query, zone: tzinfo, allowance: Allowance) -> Iterator[Result]:
    address = f"file:{quote(str(_file(place.database)))}?mode=ro"
    stopped = False

    def look_at_the_clock() -> bool:
        nonlocal stopped
        try:
            allowance.seconds()
        except SourceError:
            stopped = True
        return stopped

    try:
        with closing(sqlite3.connect(address, uri=True, timeout=allowance.seconds(5.0))) as connection:
            _fence(connection)
            connection.set_progress_handler(look_at_the_clock, _STEPS)
            cursor = connection.execute(
                query.written(lambda name: f":{name}"),
                {name: query.values[name].isoformat() for name in query.names},
            )
            yield Result(tuple(column[0] for column in cursor.description or ()), cursor)
    except sqlite3.Error as error:
        raise (too_long() if stopped else _explained(error)) from error


def _fence(connection: sqlite3.Connection) -> None:
    connection.execute("pragma query_only = on")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_CELL)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.set_authorizer(_judge)


def _judge(
    action: int, first: str | None, second: str | None, database: str | None, trigger: str | None
) -> int:
    if action not in _PERMITTED or (action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _file(path: str) -> Path:
    parts = PurePosixPath(path).parts
    if parts and "\0" not in path and not path.startswith("/") and ".." not in parts:
        for directory in getattr(django_settings, "PILOTLIGHT_SOURCE_DIRS", []):
            found = _below(Path(directory), path)
            if found is not None:
                return found
    # The same words for a file that is absent and for one that lies outside.
    raise SourceError(_("There is no such database in the shared folder."), retry=True, field="database")


def _below(directory: Path, path: str) -> Path | None:
    try:
        base = directory.resolve(strict=True)
        file = (base / path).resolve(strict=True)
        file.relative_to(base)
        if not file.is_file():
            return None
        with file.open("rb") as opened:
            return file if opened.read(len(_MAGIC)) == _MAGIC else None
    except (OSError, ValueError, RuntimeError):
        return None


def _explained(error: sqlite3.Error) -> SourceError:
    code = getattr(error, "sqlite_errorcode", None)
    words = str(error)
    if code == sqlite3.SQLITE_TOOBIG:
        return too_large_cell()
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return sql_faults.locked()
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH} or "not authorized" in words:
        return sql_faults.writes()
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR}:
        return SourceError(
            _("The file is damaged, or another program is just writing it."), retry=True, field="database"
        )
    if "one statement" in words:
        return SourceError(
            _("These are several statements. Please write one query, without a semicolon."), field="query"
        )
    return sql_faults.not_understood(words)
