"""PostgreSQL: one query, in a read-only transaction of a connection of its own.

The query is declared as a cursor, by the extended protocol: the server itself takes no second statement and nothing but
a query there. A query can still take its own time limit away (`set_config`), so we stop it from here as well.
"""

import array
import fcntl
import os
import socket
import struct
import sys
import termios
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from django.utils.translation import gettext as _
from psycopg.types import datetime as pg_datetime

from . import sql_faults, sql_libpq, sql_network
from .base import SourceError
from .sql_limits import Allowance, too_long
from .sql_place import Place
from .sql_query import Query
from .sql_rows import Result

_AT_ONCE = 2_000
_CANCEL_SECONDS = 2.0
_ROOM = 128 * 1024
_RECEIVED_AT = 128  # tcpi_bytes_received in Linux' struct tcp_info

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
    received: "_Received | None" = None

    def wait[Got](
        self,
        gen: Generator[Any, Any, Got],
        interval: float = 0.1,
        timeout: float | None = None,
    ) -> Got:
        return super().wait(self._measured(gen), interval, timeout)

    def _measured[Got](self, gen: Generator[Any, Any, Got]) -> Generator[Any, Any, Got]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if self.allowance is not None and self.received is not None:
                    self.allowance.seconds()
                    self.allowance.took_bytes(self.received.since_last_asked())
                wanted = gen.send(ready)
        except StopIteration as done:
            got: Got = done.value
            return got

    def keep_to(self, allowance: Allowance) -> None:
        self.allowance, self.received = allowance, _Received(self.pgconn.socket)

    def leave(self) -> None:
        """Whatever still runs is stopped; closing undoes the rest."""
        self.allowance = None
        with suppress(Exception):
            self.cancel_safe(timeout=_CANCEL_SECONDS)
        if self.received is not None:
            self.received.line.close()
        self.close()


class _Received:
    """How much has come in, by the kernel's count: libpq tells of a row only when it has all of it in memory."""

    def __init__(self, descriptor: int) -> None:
        self.line = socket.socket(fileno=os.dup(descriptor))
        # libpq reads on as long as there is more. With little room in between it comes back to us, and we look.
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        self.total = 0

    def since_last_asked(self) -> int:
        if not hasattr(socket, "TCP_INFO") or sys.platform != "linux":
            return self._waiting()
        info = self.line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RECEIVED_AT + 8)
        if len(info) < _RECEIVED_AT + 8:  # an old kernel
            return self._waiting()
        before, (self.total,) = self.total, struct.unpack_from("Q", info, _RECEIVED_AT)
        return self.total - before

    def _waiting(self) -> int:
        """What lies there unread: less than what comes, but as much as other systems tell."""
        count = array.array("i", [0])
        fcntl.ioctl(self.line.fileno(), termios.FIONREAD, count)
        return count[0]


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
