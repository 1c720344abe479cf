"""Django's PostgreSQL, for the embedded server: the first connection of a process starts it."""

from typing import Any

from django.db.backends.postgresql import base

from config import embedded


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        embedded.hold()
        return super().get_new_connection(conn_params)
