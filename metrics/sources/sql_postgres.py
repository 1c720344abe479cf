"""PostgreSQL: one query, in a read-only transaction of a connection of its own.

The query is declared as a cursor, by the extended protocol: the server itself takes no second statement and nothing but
a query there. A query can still take its own time limit away (`set_config`), so we stop it from here as well.
"""

import os
import select
import socket
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.utils.translation import gettext as _
from psycopg.types import datetime as pg_datetime
from psycopg.waiting import Wait

from . import sql_faults, sql_libpq, sql_network
from .base import SourceError
from .sql_limits import Allowance, too_long
from .sql_place import Place
from .sql_query import Query
from .sql_rows import Result

_AT_ONCE = 2_000
_CANCEL_SECONDS = 2.0
_MOMENT = 0.1
_PIECE = 64 * 1024

# A role that may do more than read: by what it is, by what it owns, by what it was given.
_RIGHTS = """
select r.rolsuper, r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls,
  exists (select from pg_roles p where p.rolname in ('pg_write_all_data', 'pg_execute_server_program',
    'pg_read_server_files', 'pg_write_server_files', 'pg_signal_backend', 'pg_maintain', 'pg_checkpoint',
    'pg_create_subscription', 'pg_database_owner') and pg_has_role(r.oid, p.oid, 'member')),
  exists (select from pg_class c where c.relkind in ('r', 'p', 'm', 'v', 'f')
    and c.relpersistence <> 't' and pg_has_role(r.oid, c.relowner, 'member')),
  exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'f') and n.nspname not in ('pg_catalog', 'information_schema')
    and n.nspname not like 'pg\\_%' and has_schema_privilege(r.oid, n.oid, 'usage')
    and (has_table_privilege(r.oid, c.oid, 'insert, update, delete, truncate')
      or has_any_column_privilege(r.oid, c.oid, 'insert, update')))
from pg_roles r where r.rolname = session_user
"""


class _Connection(psycopg.Connection[Any]):
    """Looks at the clock and at what has come in at each step, however long the server says nothing."""

    allowance: Allowance | None = None
    line: "_Line | None" = None

    def wait[Got](
        self,
        gen: Generator[Any, Any, Got],
        interval: float = 0.1,
        timeout: float | None = None,
    ) -> Got:
        if self.allowance is None or self.line is None:
            return super().wait(gen, interval, timeout)
        return super().wait(self._measured(gen, self.allowance, self.line), 0.0, timeout)

    def _measured[Got](
        self, gen: Generator[Any, Any, Got], allowance: Allowance, line: "_Line"
    ) -> Generator[Any, Any, Got]:
        try:
            wanted = next(gen)
            while True:
                allowance.seconds()
                allowance.took_bytes(line.carry(0 if wanted & Wait.W else _MOMENT))
                ready = yield wanted
                wanted = gen.send(ready)
        except StopIteration as done:
            got: Got = done.value
            return got

    def keep_to(self, allowance: Allowance) -> None:
        self.allowance, self.line = allowance, _Line(self.pgconn.socket)

    def leave(self) -> None:
        """Whatever still runs is stopped; closing undoes the rest."""
        self.allowance = None
        with suppress(Exception):
            self.cancel_safe(timeout=_CANCEL_SECONDS)
        self.close()
        if self.line is not None:
            self.line.close()


class _Line:
    """Carries what comes to libpq piece by piece, and counts it.

    libpq reads on as long as there is more, and tells of a row only when it has all of it in memory: a server that is
    quick can have it hold a cell of a gigabyte. So libpq gets one end of a pair in place of its socket, and never more
    than one piece at once. What is carried may be encrypted.
    """

    def __init__(self, descriptor: int) -> None:
        self.server = socket.socket(fileno=os.dup(descriptor))
        self.near, far = socket.socketpair()
        self.near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _PIECE)
        for end in (self.server, self.near, far):
            end.setblocking(False)
        with far:
            os.dup2(far.fileno(), descriptor, inheritable=False)
        self.libpq = descriptor
        self.asked = b""

    def carry(self, seconds: float) -> int:
        """Both ways, as much as goes; how many bytes came from the server, which is given some time."""
        self._pass_on()
        if _is_ready(self.libpq, select.POLLIN, 0):
            return 0  # it has not taken all of the last piece yet
        if not _is_ready(self.server, select.POLLIN | (select.POLLOUT if self.asked else 0), seconds):
            return 0
        try:
            piece = self.server.recv(_PIECE)
        except BlockingIOError:
            return 0
        except OSError:
            piece = b""
        if piece:
            self.near.sendall(piece)
        else:
            self.near.shutdown(socket.SHUT_WR)
        return len(piece)

    def _pass_on(self) -> None:
        with suppress(OSError):  # nothing there, or nobody
            self.asked += self.near.recv(_PIECE)
        if self.asked:
            with suppress(OSError):
                self.asked = self.asked[self.server.send(self.asked) :]

    def close(self) -> None:
        self._pass_on()  # libpq's word that it goes
        self.near.close()
        self.server.close()


def _is_ready(end: socket.socket | int, events: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(end, events)
    return bool(poll.poll(seconds * 1000))


@contextmanager
def ask(place: Place, query: Query, zone: tzinfo, allowance: Allowance) -> Iterator[Result]:
    address = sql_network.reachable(place, allowance)
    with sql_network.authorities(place) as authorities:
        connection = _connect(place, address, authorities, allowance)
    try:
        connection.keep_to(allowance)
        _begin(connection, zone, allowance)
        _require_reader(connection, place)
        with connection.cursor("pilotlight") as cursor:
            yield _declared(cursor, query)
    except psycopg.Error as error:
        raise _explained(error, allowance) from error
    finally:
        connection.leave()


def _connect(place: Place, address: str, authorities: str, allowance: Allowance) -> _Connection:
    try:
        connection = _Connection.connect(
            **sql_libpq.parameters(place, address, authorities, allowance),
            cursor_factory=psycopg.RawCursor,
            prepare_threshold=None,
        )
    except (psycopg.Error, UnicodeError) as error:
        # Not chained: what libpq says here names the user and the server.
        raise sql_libpq.unconnected(str(error), getattr(error, "sqlstate", None) or "") from None
    connection.server_cursor_factory = psycopg.RawServerCursor
    return connection


def _begin(connection: _Connection, zone: tzinfo, allowance: Allowance) -> None:
    connection.read_only = True
    limit = str(allowance.milliseconds())
    connection.execute(
        "select set_config('statement_timeout', $1, true), set_config('lock_timeout', '5000', true), "
        "set_config('idle_in_transaction_session_timeout', $1, true)",
        [limit],
    )
    if isinstance(zone, ZoneInfo):
        # Where the query itself makes days of moments, they are the organisation's days.
        connection.execute("select set_config('timezone', $1, true)", [zone.key])
    for name, loader in (("date", _Date), ("timestamp", _Timestamp), ("timestamptz", _Moment)):
        connection.adapters.register_loader(name, loader)


def _declared(cursor: Any, query: Query) -> Result:
    names = list(dict.fromkeys(query.names))
    written = query.written(lambda name: f"${names.index(name) + 1}")
    cursor.execute(written, [query.values[name] for name in names])
    return Result(tuple(column.name for column in cursor.description or ()), _rows(cursor))


def _rows(cursor: Any) -> Iterator[Sequence[Any]]:
    # A few first: rows may be large, and libpq holds all that were asked for at once.
    size = 1
    while rows := cursor.fetchmany(size):
        yield from rows
        size = min(size * 4, _AT_ONCE)


class _Spoken:
    """'infinity' and days before our era are no dates of Python's: they come as they are written, and are listed."""

    def load(self, data: Any) -> Any:
        try:
            return super().load(data)  # type: ignore[misc]
        except psycopg.DataError:
            return bytes(data).decode()


class _Date(_Spoken, pg_datetime.DateLoader):
    pass


class _Timestamp(_Spoken, pg_datetime.TimestampLoader):
    pass


class _Moment(_Spoken, pg_datetime.TimestamptzLoader):
    pass


# Who may be used


def _require_reader(connection: _Connection, place: Place) -> None:
    found = connection.execute(_RIGHTS).fetchone()
    reasons = (
        _("it is a superuser"),
        _("it may create roles or databases, or pass over row security"),
        _("it belongs to a role that may write or reach the server's files"),
        _("it owns tables"),
        _("it may change tables"),
    )
    for reason, applies in zip(reasons, found or (True,), strict=False):
        if applies:
            raise sql_faults.may_write(reason, recipe(place.database))


def recipe(database: str) -> str:
    name = '"' + sql_faults.own_words(database).replace('"', '""') + '"'
    return (
        "CREATE ROLE pilotlight_reader LOGIN PASSWORD '…'; "
        f"GRANT CONNECT ON DATABASE {name} TO pilotlight_reader; "
        "GRANT USAGE ON SCHEMA public TO pilotlight_reader; "
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO pilotlight_reader;"
    )


# What went wrong


def _explained(error: psycopg.Error, allowance: Allowance) -> SourceError:
    state = error.sqlstate or ""
    words = error.diag.message_primary or str(error)
    if state == "57014":
        return too_long()
    if state == "55P03":
        return sql_faults.locked()
    if state == "25006":
        return sql_faults.writes()
    if state == "42501":
        return sql_faults.not_allowed(words)
    if state[:2] in {"53", "57"}:
        return sql_faults.busy()
    if state == "08P01":  # a $1 of the query's own, which nobody fills
        return sql_faults.not_understood(words)
    if state[:2] == "08" or isinstance(error, psycopg.OperationalError):
        return sql_faults.broke_off()
    return sql_faults.not_understood(words)
