"""The one door through which append-only tables are emptied or altered: in tests, and nowhere else.

``session_replication_role`` is a superuser's setting of PostgreSQL: while it says *replica*, no trigger of
the product fires on that connection. The embedded server of the tests lets us in; the role of a production
database is no superuser, so there the door is a wall. No module of the product names it
(``tests/accounts/test_door.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pgtrigger
from django.db import connection
from django.test import TransactionTestCase


@contextmanager
def opened() -> Iterator[None]:
    """This connection may alter, delete and truncate what else only grows."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = origin")


def ignore_triggers(*names: str) -> str:
    """SQL: of the product's triggers these, or all, do not fire on this connection until ``RESET pgtrigger.ignore``.

    For what only adds rows. The door itself has PostgreSQL plan every statement of the connection anew, twice; and
    ``pgtrigger.ignore`` puts a statement before each other, which a server that prepares them refuses.
    """
    triggers = [trigger.get_pgid(model) for model, trigger in pgtrigger.registered(*names)]
    return f"SET pgtrigger.ignore = '{{{','.join(triggers)}}}'"


@contextmanager
def used_for_resets() -> Iterator[None]:
    """Transactional tests empty every table when they end: let them, through the door.

    By deleting: there are few rows, and truncating makes the files of a hundred tables and their indexes anew.
    """

    def empty_through_the_door(case: TransactionTestCase) -> None:
        with opened(), connection.cursor() as cursor:
            cursor.execute(";".join(f'DELETE FROM "{table}"' for table in _emptied()))

    with patch.object(TransactionTestCase, "_fixture_teardown", empty_through_the_door):
        yield


def _emptied() -> list[str]:
    """All but what a migration fills for good: Django's own list of what models there are."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [table for table in tables if table not in {"django_content_type", "auth_permission"}]
