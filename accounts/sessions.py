"""Sessions of browsers, in the database, as Django keeps them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from accounts.lookup import Lookup

_SESSION: Final = Lookup(
    Session.objects.all, session_key="", expire_date__gt=datetime(2000, 1, 1, tzinfo=UTC)
)


class SessionStore(db.SessionStore):
    """Looked up at every request of a page, so by SQL that is made once."""

    def _get_session_from_db(self) -> Session | None:
        found = _first_asked(partial(_SESSION.get, self.session_key, timezone.now()))
        if found is None:
            self._session_key = None
        return found


def _first_asked(ask: Callable[[], Session | None]) -> Session | None:
    """What a request asks first is the test of the kept connection, too: no ``SELECT 1`` goes before it.

    Where the connection broke while it was idle, it is asked again by a new one.
    """
    if connection.in_atomic_block or connection.connection is None or connection.health_check_done:  # type: ignore[attr-defined]
        return ask()
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return ask()
    except (OperationalError, InterfaceError):
        connection.close()
        return ask()
