"""SQL Server, Snowflake, BigQuery and Redshift, each by its SQLAlchemy dialect and a driver that the operator adds.

None of them runs on a developer's machine: what is sent is tested, the connection itself is not.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from . import sql_faults, sql_libpq, sql_network
from .base import SourceError
from .sql_limits import Allowance, watchdog
from .sql_place import BIGQUERY, MSSQL, REDSHIFT, SNOWFLAKE, VERIFY, Place
from .sql_query import Query, driver_text
from .sql_rows import Result

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

NAMES: Mapping[str, str] = {
    MSSQL: "SQL Server",
    SNOWFLAKE: "Snowflake",
    BIGQUERY: "BigQuery",
    REDSHIFT: "Redshift",
}
# The only address at which Google's own keys are redeemed. The key file names one too, and is not believed.
_GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"


@contextmanager
def ask(place: Place, query: Query, zone: tzinfo, allowance: Allowance) -> Iterator[Result]:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    with sql_network.authorities(place) as authorities:
        # Snowflake's and Google's drivers open their connections themselves, by name, to their makers' own domains.
        address = "" if place.kind == BIGQUERY else sql_network.reachable(place, allowance)
        try:
            engine = create_engine(
                url(place, address), poolclass=NullPool, **arguments(place, address, authorities, allowance)
            )
        except (ImportError, NoSuchModuleError):
            raise sql_faults.no_driver(NAMES[place.kind], place.kind) from None
        opened: list[Any] = []
        try:
            with watchdog(allowance, lambda: _hang_up(opened)):
                connection = engine.connect()
                opened.append(connection.connection.dbapi_connection)
                yield _asked(connection, place, query, allowance)
        except DBAPIError as error:
            # Not chained: drivers name the user, the server, and some the whole address.
            raise _explained(error, place) from None
        except SQLAlchemyError:
            raise sql_faults.broke_off() from None
        finally:
            with suppress(Exception):
                _hang_up(opened)
            engine.dispose()


def url(place: Place, address: str) -> "URL":
    from sqlalchemy.engine import URL

    if place.kind == BIGQUERY:
        project, _slash, dataset = place.database.partition("/")
        return URL.create("bigquery", host=project, database=dataset or None, query=dict(place.parameters))
    if place.kind == SNOWFLAKE:
        account = place.host.removesuffix(".snowflakecomputing.com")
        return URL.create(
            "snowflake", place.user, place.password, account, None, place.database, dict(place.parameters)
        )
    if place.kind == MSSQL:
        checked = {
            "Encrypt": "yes",
            "TrustServerCertificate": "no" if place.tls == VERIFY else "yes",
            # We connect to the address that was checked; the certificate has to bear the name.
            "HostnameInCertificate": place.host,
        }
        return URL.create(
            "mssql+mssqlpython", place.user, place.password, address, place.port, place.database, checked
        )
    # Redshift speaks PostgreSQL's protocol. libpq gets its parameters below.
    return URL.create("postgresql+psycopg2", database=place.database)


def arguments(place: Place, address: str, authorities: str, allowance: Allowance) -> dict[str, Any]:
    """What the engine is made with, beside the URL."""
    seconds = max(int(allowance.seconds()), 1)
    if place.kind == BIGQUERY:
        return {"credentials_info": google_key(place.password)}
    if place.kind == SNOWFLAKE:
        session = {"STATEMENT_TIMEOUT_IN_SECONDS": seconds, "QUERY_TAG": sql_libpq.NAME}
        waiting = {"login_timeout": seconds, "network_timeout": seconds, "session_parameters": session}
        return {"connect_args": {**waiting, "application": sql_libpq.NAME, "ocsp_fail_open": True}}
    if place.kind == MSSQL:
        return {"connect_args": {"timeout": seconds}}
    return {
        "connect_args": sql_libpq.parameters(place, address, authorities, allowance),
        "use_native_hstore": False,
        "execution_options": {"postgresql_readonly": True},
    }


def google_key(text: str) -> dict[str, Any]:
    """A service account's key. Keys of other kinds name programs to run and addresses to ask."""
    try:
        key = json.loads(text)
        if key["type"] != "service_account" or not key["client_email"] or not key["private_key"]:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SourceError(
            _("For BigQuery the password is the key file (JSON) of a service account. This is not one."),
            field="password",
        ) from None
    wanted = ("type", "project_id", "private_key_id", "private_key", "client_email", "client_id")
    return {**{name: str(key[name]) for name in wanted if name in key}, "token_uri": _GOOGLE_TOKENS}


def before(place: Place, allowance: Allowance) -> tuple[str, ...]:
    """What is said to the database before the query, as far as it knows such words."""
    if place.kind == REDSHIFT:
        return (f"set statement_timeout to {allowance.milliseconds()}",)
    if place.kind == MSSQL:
        return ("set lock_timeout 5000",)
    return ()


def _asked(connection: Any, place: Place, query: Query, allowance: Allowance) -> Result:
    for statement in before(place, allowance):
        connection.exec_driver_sql(statement)
    text, values = driver_text(query, connection.dialect.paramstyle)
    streaming = connection.execution_options(
        stream_results=True, max_row_buffer=500, no_parameters=values is None
    )
    result = streaming.exec_driver_sql(text, values)
    if not result.returns_rows:
        raise sql_faults.writes()
    return Result(tuple(result.keys()), _counted(result, allowance))


def _counted(result: Any, allowance: Allowance) -> Iterator[Any]:
    """These drivers keep their bytes to themselves: what a row weighs is taken from its texts."""
    for row in result:
        allowance.took_bytes(sum(len(cell) if isinstance(cell, str | bytes) else 8 for cell in row))
        yield row


def _hang_up(opened: list[Any]) -> None:
    for connection in opened:
        with suppress(Exception):
            connection.cancel()  # Redshift's driver can, the others end their query with the connection
        connection.close()


def _explained(error: Any, place: Place) -> SourceError:
    words = str(error.orig)
    low = words.lower()
    if place.kind == REDSHIFT and not getattr(error.orig, "pgcode", None):
        return sql_libpq.unconnected(words)
    if any(word in low for word in ("login failed", "incorrect username or password", "invalid_grant")):
        return sql_faults.sign_in()
    if any(word in low for word in ("permission", "access denied", "not authorized")):
        return sql_faults.not_allowed(words)
    if "certificate" in low:
        return sql_network.untrusted()
    if error.connection_invalidated:
        return sql_faults.broke_off()
    return sql_faults.not_understood(words)
