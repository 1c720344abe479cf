"""How PostgreSQL's own client library is led to a server, for PostgreSQL itself and for Redshift, and what it says."""

from typing import Any

from . import sql_faults, sql_network
from .base import SourceError
from .sql_limits import Allowance, too_long
from .sql_place import ENCRYPT, OPEN, VERIFY, Place

NAME = "Pilotlight"
_SSL_MODES = {VERIFY: "verify-full", ENCRYPT: "require", OPEN: "disable"}


def parameters(place: Place, address: str, authorities: str, allowance: Allowance) -> dict[str, Any]:
    """All that libpq would else take from its environment and from files of whoever runs us."""
    return {
        "host": place.host,
        "hostaddr": address,
        "port": place.port,
        "dbname": _literal(place.database),
        "user": place.user,
        "password": place.password,
        "passfile": "/nonexistent",
        "sslmode": _SSL_MODES[place.tls],
        # With a root certificate “require” would silently check more than was asked for.
        "sslrootcert": authorities if place.tls == VERIFY else "/nonexistent",
        "sslcertmode": "disable",
        "gssencmode": "disable",
        "require_auth": "!password" if place.tls == OPEN else "!gss,!sspi",
        "connect_timeout": max(int(allowance.seconds(sql_network.CONNECT_SECONDS)), 2),
        "application_name": NAME,
        "client_encoding": "UTF8",
        "options": "",
    }


def _literal(database: str) -> str:
    """libpq takes a database name with “=” in it, or one that begins like an address, for a whole set of parameters."""
    if "=" in database or database.startswith(("postgres://", "postgresql://")):
        raise sql_faults.no_database()
    return database


def unconnected(text: str, state: str = "") -> SourceError:
    """libpq tells no code of what failed before the connection stood, so its words are looked at."""
    low = text.lower()
    if "does not support ssl" in low or "ssl is not enabled" in low:
        return sql_network.no_tls()
    if "certificate" in low or "ssl error" in low:
        return sql_network.untrusted()
    if "pg_hba.conf" in low:
        return sql_faults.not_admitted()
    if state == "3D000" or ("database" in low and "does not exist" in low) or "connect privilege" in low:
        return sql_faults.no_database()
    if "too many" in low or "starting up" in low or "shutting down" in low or state[:2] in {"53", "57"}:
        return sql_faults.busy()
    if "timeout" in low:
        return too_long()
    if state[:2] == "28" or "password" in low or "authentication" in low or "fatal" in low:
        return sql_faults.sign_in()
    return sql_faults.broke_off()
