"""MySQL and MariaDB: one query, in a read-only transaction of a connection of its own."""

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pymysql
from pymysql.connections import Connection
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import SSCursor

from . import sql_faults, sql_network
from .base import SourceError
from .sql_limits import Allowance, too_long, watchdog
from .sql_place import OPEN, Place
from .sql_query import Query
from .sql_rows import Result

# All that an account may have been given, beside roles, which are looked into.
_READING = frozenset({"SELECT", "USAGE", "SHOW VIEW", "SHOW DATABASES", "PROCESS"})
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON .+ TO .+", re.IGNORECASE | re.DOTALL)
_COLUMNS = re.compile(r"\([^)]*\)")
_KILL_SECONDS = 2


class _Connection(Connection):
    allowance: Allowance

    def _read_bytes(self, num_bytes: int) -> bytes:
        self.allowance.took_bytes(num_bytes)  # before it is read: one cell may be a gigabyte
        return super()._read_bytes(num_bytes)  # type: ignore[misc, no-any-return]

    def hang_up(self) -> None:
        """Without reading what is still on its way, as the driver else would when its result is thrown away."""
        result = getattr(self, "_result", None)
        if result is not None:
            result.unbuffered_active = False
        with suppress(Exception):
            self._force_close()  # type: ignore[attr-defined]

    @property
    def is_mariadb(self) -> bool:
        return "mariadb" in str(self.get_server_info()).lower()  # type: ignore[no-untyped-call]


@contextmanager
def ask(place: Place, query: Query, zone: tzinfo, allowance: Allowance) -> Iterator[Result]:
    opened, address = sql_network.connected(place, allowance)
    # A copy: TLS takes the socket over, and only this one can still hang up.
    with opened, closing(opened.dup()) as line, sql_network.authorities(place) as authorities:
        connection = _prepared(place, authorities, allowance)

        def kill() -> None:
            _kill(place, address, authorities, connection)

        try:
            with watchdog(allowance, kill, lambda: line.shutdown(socket.SHUT_RDWR)):
                connection.connect(opened)
                _begin(connection, zone, allowance)
                _require_reader(connection, place)
                yield _asked(connection, query)
        except (pymysql.Error, OSError, UnicodeError) as error:
            # Not chained: the driver's errors name the user and the server.
            raise _explained(error) from None
        finally:
            connection.hang_up()


def _prepared(place: Place, authorities: str, allowance: Allowance) -> _Connection:
    """A connection that is not connected yet: it gets the socket whose address was checked."""
    tls: dict[str, Any] = (
        {"ssl_disabled": True} if place.tls == OPEN else {"ssl": sql_network.tls_context(place, authorities)}
    )
    connection = _Connection(
        host=place.host,
        port=place.port,
        user=place.user,
        password=place.password,
        database=place.database,
        charset="utf8mb4",
        local_infile=False,
        read_default_file=None,
        defer_connect=True,
        autocommit=None,
        program_name="Pilotlight",
        **tls,
    )
    connection.allowance = allowance
    return connection


def _begin(connection: _Connection, zone: tzinfo, allowance: Allowance) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set session transaction read only")
        milliseconds = allowance.milliseconds()
        cursor.execute(
            f"set session max_statement_time = {milliseconds / 1000:.3f}"
            if connection.is_mariadb
            else f"set session max_execution_time = {milliseconds}"
        )
        cursor.execute("set session lock_wait_timeout = 5, innodb_lock_wait_timeout = 5")
        if isinstance(zone, ZoneInfo):
            with suppress(pymysql.Error):  # not every server knows the names of the zones
                cursor.execute("set session time_zone = %s", [zone.key])
        cursor.execute("start transaction read only")


def _asked(connection: _Connection, query: Query) -> Result:
    with connection.cursor() as cursor:
        for name in set(query.names):
            cursor.execute(f"set @pilotlight_{name} = %s", [query.values[name].isoformat()])
    rows = connection.cursor(SSCursor)
    rows.execute(query.written(lambda name: f"cast(@pilotlight_{name} as date)"))
    described = rows.description or ()
    if not described:
        raise sql_faults.writes()
    bits = [place for place, column in enumerate(described) if int(column[1]) == FIELD_TYPE.BIT]
    return Result(tuple(str(column[0]) for column in described), _rows(rows, bits))


def _rows(cursor: Any, bits: Sequence[int]) -> Iterator[Sequence[Any]]:
    for row in cursor.fetchall_unbuffered():
        if bits:
            cells = list(row)
            for place in bits:
                cells[place] = None if cells[place] is None else int.from_bytes(cells[place])
            yield cells
        else:
            yield row


def _kill(place: Place, address: str, authorities: str, running: _Connection) -> None:
    """Hanging up alone would leave the query running: the server looks only when it has something to say."""
    number = running.thread_id()  # type: ignore[no-untyped-call]
    opened = socket.create_connection((address, place.port), timeout=_KILL_SECONDS)
    second = _prepared(place, authorities, Allowance())
    second._read_timeout = second._write_timeout = _KILL_SECONDS  # type: ignore[attr-defined]
    second.connect(opened)
    try:
        with second.cursor() as cursor:
            cursor.execute(f"kill connection {int(number)}")
    finally:
        second.close()


# Who may be used


def _require_reader(connection: _Connection, place: Place) -> None:
    more = _rights(connection) - _READING
    if more:
        raise sql_faults.may_write(", ".join(sorted(more)[:5]), recipe(place.database))


def _rights(connection: _Connection) -> set[str]:
    lines: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("show grants")
        lines += [str(row[0]) for row in cursor.fetchall()]
        active = None
        with suppress(pymysql.Error):  # servers from before there were roles
            cursor.execute("select current_role()")
            active = (cursor.fetchone() or [None])[0]
        if active and str(active) != "NONE":
            # What the server itself names; MariaDB has one role at a time, MySQL several.
            whose = "current_role" if connection.is_mariadb else f"current_user() using {active}"
            cursor.execute(f"show grants for {whose}")
            lines += [str(row[0]) for row in cursor.fetchall()]
    rights: set[str] = set()
    for line in lines:
        match = _GRANT.fullmatch(line)
        if match:
            rights |= {part.strip().upper() for part in _COLUMNS.sub("", match["rights"]).split(",")}
    return rights


def recipe(database: str) -> str:
    name = "`" + sql_faults.own_words(database).replace("`", "``") + "`"
    return f"CREATE USER pilotlight_reader IDENTIFIED BY '…'; GRANT SELECT ON {name}.* TO pilotlight_reader;"


# What went wrong


def _explained(error: Exception) -> SourceError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    words = str(error.args[1]) if len(error.args) > 1 else ""
    if isinstance(getattr(error, "original_exception", error), ssl.SSLError):
        return sql_network.untrusted()
    if code == 2026:
        return sql_network.no_tls()
    if code in {1044, 1049}:
        return sql_faults.no_database()
    if code in {1045, 1698, 1251, 2059, 4151}:
        return sql_faults.sign_in()
    if code in {1130, 1129}:
        return sql_faults.not_admitted()
    if code in {3024, 1969, 1317, 1028}:
        return too_long()
    if code in {1205, 1213, 3572}:
        return sql_faults.locked()
    if code in {1792, 1290}:
        return sql_faults.writes()
    if code in {1142, 1143, 1227, 1370}:
        return sql_faults.not_allowed(words)
    if code in {1040, 1203, 1226, 1053}:
        return sql_faults.busy()
    if not code or 2000 <= code < 3000 or code in {1153, 1927}:
        return sql_faults.broke_off()
    return sql_faults.not_understood(words)
