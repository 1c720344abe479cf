"""Sessions of browsers, in the database, as Django keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.lookup import Lookup

_SESSION: Final = Lookup(
    Session.objects.all, session_key="", expire_date__gt=datetime(2000, 1, 1, tzinfo=UTC)
)


class SessionStore(db.SessionStore):
    """Looked up at every request of a page, so by SQL that is made once."""

    def _get_session_from_db(self) -> Session | None:
        found = _SESSION.get(self.session_key, timezone.now())
        if found is None:
            self._session_key = None
        return found
