"""Where a database is and how it is entered, from the fields of the form or from one address (URL)."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from . import addresses
from .base import SourceError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

POSTGRESQL, MYSQL, SQLITE, MSSQL = "postgresql", "mysql", "sqlite", "mssql"
SNOWFLAKE, BIGQUERY, REDSHIFT = "snowflake", "bigquery", "redshift"
PORTS: Mapping[str, int] = {POSTGRESQL: 5432, MYSQL: 3306, MSSQL: 1433, SNOWFLAKE: 443, REDSHIFT: 5439}
VERIFY, ENCRYPT, OPEN = "verify", "encrypt", "open"

_SCHEMES = {
    "postgres": POSTGRESQL,
    "postgresql": POSTGRESQL,
    "mysql": MYSQL,
    "mariadb": MYSQL,
    "sqlite": SQLITE,
    "mssql": MSSQL,
    "snowflake": SNOWFLAKE,
    "bigquery": BIGQUERY,
    "redshift": REDSHIFT,
}
# Everything else that drivers take there (files, services, lists of hosts, sockets, options) is refused.
_PARAMETERS: Mapping[str, frozenset[str]] = {
    POSTGRESQL: frozenset({"sslmode"}),
    REDSHIFT: frozenset({"sslmode"}),
    SNOWFLAKE: frozenset({"warehouse", "role"}),
    BIGQUERY: frozenset({"location"}),
}
_SSL_MODES = {"verify-full": VERIFY, "require": ENCRYPT, "disable": OPEN}
_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[^\s/?#\\@:,\[\]]+|[0-9A-Fa-f:.]+")
_WORD = re.compile(r"[A-Za-z0-9_.$-]{1,200}")
_ACCOUNT = re.compile(r"[A-Za-z0-9_-]{1,100}(?:\.[A-Za-z0-9_-]{1,60}){0,4}")
_SNOWFLAKE_HOME = ".snowflakecomputing.com"


@dataclass(frozen=True, slots=True)
class Place:
    kind: str
    host: str = ""
    port: int = 0
    database: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = VERIFY
    authorities: str = ""  # certificates (PEM) of the authority that vouches for the server
    parameters: Mapping[str, str] = field(default_factory=dict)
    allowed: bool = False  # named by the operator: may be inside, and may be open


def from_settings(settings: Mapping[str, Any], secrets: Mapping[str, str]) -> Place:
    """SourceError, with its field, when this leads to no database."""
    kind = str(settings.get("database_kind", ""))
    if kind not in _SCHEMES.values():
        raise SourceError(_("Please say what kind of database it is."), field="database_kind")
    host, database = str(settings.get("host", "")), str(settings.get("database", ""))
    if secrets.get("database_url") and not host and not database:
        return _from_url(secrets["database_url"], kind, str(settings.get("authorities", "")))
    if secrets.get("password") and secrets.get("password_for", signature(settings)) != signature(settings):
        raise SourceError(
            _("The password was given for another server or user. Please enter it again."), field="password"
        )
    return _checked(
        kind,
        host=host,
        port=settings.get("port"),
        database=database,
        user=str(settings.get("user", "")),
        password=secrets.get("password", ""),
        tls=str(settings.get("tls", "") or VERIFY),
        authorities=str(settings.get("authorities", "")),
        parameters={},
    )


def signature(settings: Mapping[str, Any]) -> str:
    """For whom a password was typed: it goes nowhere else, and with no less protection."""
    names = ("database_kind", "host", "port", "user", "tls", "authorities")
    said = "\n".join(str(settings.get(name) or "").strip().casefold() for name in names)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def parse_url(text: str) -> "URL":
    """SourceError that does not repeat what was typed: it is a secret."""
    # Heavy, and needed by few.
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise _unusable_url() from None
    if url.get_backend_name() not in _SCHEMES:
        raise _unusable_url()
    return url


def _unusable_url() -> SourceError:
    return SourceError(
        _("This is not the address of a database, as in postgresql://user:password@host:5432/name."),
        field="database_url",
    )


def _from_url(text: str, kind: str, authorities: str) -> Place:
    url = parse_url(text)
    if _SCHEMES[url.get_backend_name()] != kind:
        raise SourceError(
            _("The address belongs to another kind of database than the one chosen."), field="database_kind"
        )
    parameters: dict[str, str] = {}
    for name, value in url.query.items():
        if name not in _PARAMETERS.get(kind, ()) or not isinstance(value, str) or not _WORD.fullmatch(value):
            raise SourceError(
                _(
                    "The address carries a setting that cannot be used here. Please leave out all after the “?”."
                ),
                field="database_url",
            )
        parameters[name] = value
    mode = parameters.pop("sslmode", "verify-full")
    if mode not in _SSL_MODES:
        raise SourceError(_("“sslmode” has to be verify-full, require or disable."), field="database_url")
    return _checked(
        kind,
        host=url.host or "",
        port=url.port,
        database=url.database or "",
        user=url.username or "",
        password=str(url.password or ""),
        tls=_SSL_MODES[mode],
        authorities=authorities,
        parameters=parameters,
    )


def _checked(
    kind: str, *, host: str, port: Any, database: str, user: str, password: str, tls: str, **more: Any
) -> Place:
    if any("\0" in text for text in (database, user, password)):
        raise SourceError(_("The name of the database or the user cannot be used."), field="database")
    if not database and kind != SNOWFLAKE:
        raise SourceError(_("Please fill this in too."), field="database")
    if kind == SQLITE:
        return Place(kind, database=database)
    if kind == BIGQUERY:
        return _bigquery(database, password, more["parameters"])
    if not host or not user:
        raise SourceError(_("Please fill this in too."), field="user" if host else "host")
    if kind == SNOWFLAKE:
        host = _snowflake_host(host)
    target = _target(host, port or PORTS[kind])
    if tls not in (VERIFY, ENCRYPT, OPEN) or (tls == OPEN and not target.allowed):
        raise SourceError(
            _(
                "Without encryption the password and the figures could be read on the way. "
                "That is possible only for systems that the people who run Pilotlight have named."
            ),
            field="tls",
        )
    return Place(
        kind, target.host, target.port, database, user, password, tls, allowed=target.allowed, **more
    )


def _target(host: str, port: Any) -> addresses.Target:
    """The same parser, the same rules and the same words as for web addresses."""
    bare = host.strip()
    try:
        if not _HOST.fullmatch(bare):
            raise addresses.refused()
        bracketed = f"[{bare}]" if ":" in bare and not bare.startswith("[") else bare
        return addresses.target(f"https://{bracketed}:{int(port)}")
    except (SourceError, ValueError):
        raise SourceError(addresses.refused().message, field="host") from None


def _snowflake_host(account: str) -> str:
    account = account.strip().lower().removesuffix(_SNOWFLAKE_HOME)
    if not _ACCOUNT.fullmatch(account):
        raise SourceError(addresses.refused().message, field="host")
    return account + _SNOWFLAKE_HOME


def _bigquery(database: str, password: str, parameters: Mapping[str, str]) -> Place:
    if not all(_WORD.fullmatch(part) for part in database.split("/")) or database.count("/") > 1:
        raise SourceError(
            _("Please give the project, or the project and the data set as in “project/dataset”."),
            field="database",
        )
    return Place(BIGQUERY, database=database, password=password, parameters=parameters)
