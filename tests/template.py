"""The test database, migrated once and kept as a template: other processes, and the next run, copy it.

Its name holds a digest of all that it is made from, so that a changed migration makes another one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import connection

from config.environment import BASE_DIR, VAR_DIR

_PREFIX: Final = "migrated_"
_MADE_FROM: Final = ("uv.lock", "config/settings.py", "accounts/tables.py", "*/migrations/*.py")


@dataclass(frozen=True)
class Template:
    name: str
    lock: int

    @classmethod
    @contextmanager
    def mine(cls) -> Iterator[Template]:
        """Nobody else makes a database until ``keep``."""
        with alone() as lock:
            yield cls(_PREFIX + digest(), lock)

    def use(self) -> None:
        if self.is_there():
            connection.settings_dict["TEST"]["TEMPLATE"] = self.name

    def keep(self, *, fresh: bool) -> None:
        """Our database, when it was made just now, becomes the template unless there is one."""
        if fresh and not self.is_there():
            made = connection.settings_dict["NAME"]
            connection.close()
            with connection._nodb_cursor() as cursor:
                for (old,) in self._names(cursor):
                    cursor.execute(f'DROP DATABASE "{old}"')
                cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{made}"')
        fcntl.flock(self.lock, fcntl.LOCK_UN)

    def is_there(self) -> bool:
        with connection._nodb_cursor() as cursor:
            return (self.name,) in self._names(cursor)

    @staticmethod
    def _names(cursor) -> list[tuple[str]]:
        cursor.execute(f"SELECT datname FROM pg_database WHERE datname LIKE '{_PREFIX}%'")
        return cursor.fetchall()


@contextmanager
def alone(name: str = "template.lock") -> Iterator[int]:
    """One process at a time makes what others copy."""
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    lock = os.open(VAR_DIR / name, os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def digest(*more: Path) -> str:
    """Of everything that decides what an empty database looks like."""
    made_from = hashlib.sha256()
    for path in (*(path for pattern in _MADE_FROM for path in sorted(BASE_DIR.glob(pattern))), *more):
        made_from.update(path.read_bytes())
    return made_from.hexdigest()[:16]
