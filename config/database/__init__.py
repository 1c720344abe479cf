"""Which database: the one that DATABASE_URL names, else the embedded one."""

import os
from pathlib import Path
from typing import Any

import dj_database_url

from config import embedded
from config.environment import flag
from config.troubles import Trouble

_SHAPE = "it looks like postgresql://user:password@host:5432/name"


# What is asked again and again is planned once a connection, not once a request: a pilot's page spends more of
# PostgreSQL's time on plans than on rows. A pooler between must know of it (``docs/operator.md``).
_PREPARED = {"server_side_binding": True, "prepare_threshold": 3}


def settings(var_dir: Path) -> dict[str, Any]:
    """What Django's DATABASES["default"] is to hold."""
    given = os.environ.get("DATABASE_URL", "")
    found: dict[str, Any] = dict(_parsed(given) if given else _parsed(embedded.database_url(var_dir)))
    if not given:
        found["ENGINE"] = "config.database"
    found |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    found["OPTIONS"] = {
        "connect_timeout": 5,
        # A lock that is not to be had is an answer (409, or a later try), not a wait.
        "options": "-c lock_timeout=3s -c idle_in_transaction_session_timeout=60s",
        **({} if flag("PILOTLIGHT_UNPREPARED") else _PREPARED),
    } | found.get("OPTIONS", {})
    return found


def _parsed(url: str) -> dict[str, Any]:
    try:
        found = dict(dj_database_url.parse(url))
    except ValueError:
        raise Trouble(f"DATABASE_URL is not an address of a database: {_SHAPE}.") from None
    if found["ENGINE"] != "django.db.backends.postgresql":
        raise Trouble(f"DATABASE_URL names no PostgreSQL, and Pilotlight needs one: {_SHAPE}.")
    if not found["NAME"]:
        raise Trouble(f"DATABASE_URL names no database on its server: {_SHAPE}.")
    return found
