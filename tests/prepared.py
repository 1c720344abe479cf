"""Statements stay prepared from test to test.

Each test ends with a rollback, and at each rollback psycopg forgets what it has prepared, lest a table be gone that a
statement asks for: PostgreSQL then planned every statement anew for every test. It undoes no PREPARE itself, looks at
a plan again when a table changes, and tests make and drop none without saying so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from unittest.mock import patch

from psycopg._preparing import Prepare, PrepareManager

MOST: Final = 1000  # on one connection; more than all pages ask together
_FORGOTTEN_AFTER: Final = (b"DROP", b"ALTER", b"DISCARD", b"DEALLOCATE")


@contextmanager
def kept() -> Iterator[None]:
    forget = PrepareManager.clear

    def forget_if_tables_change(manager: PrepareManager, prep: Prepare, results: Sequence[Any]) -> bool:
        changed = any((result.command_status or b"").startswith(_FORGOTTEN_AFTER) for result in results)
        return changed and forget(manager)

    with patch.multiple(
        PrepareManager,
        prepared_max=MOST,
        clear=lambda manager: False,
        _should_discard=forget_if_tables_change,
    ):
        yield
