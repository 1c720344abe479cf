"""What an operator can put right, told in one line instead of a traceback."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from config.environment import VAR_DIR


class Trouble(Exception):  # noqa: N818 - it is what the operator sees, not a fault of ours
    """Its text says what is wrong and what to do, and needs no traceback."""


_FULL: Final = (
    f"the disk that holds {VAR_DIR} is full: make room, or set PILOTLIGHT_VAR to a folder elsewhere."
)
#: What libpq says → what we say. ``{where}`` is host, port and database, never the password.
_DATABASE: Final = (
    ("password authentication failed", "the database {where} refuses this user or password"),
    ("no password supplied", "the database {where} wants a password"),
    ("no pg_hba.conf entry", "the database {where} does not let this machine or user in"),
    ("does not exist", "there is no such database or user: {where}"),
    ("failed to resolve", "the name of the database's machine is unknown: {where}"),
    ("could not translate host name", "the name of the database's machine is unknown: {where}"),
    ("too many clients", "the database {where} has no connection left"),
    ("remaining connection slots", "the database {where} has no connection left"),
    ("starting up", "the database {where} is still starting; try again in a moment"),
    ("timeout", "the database {where} does not answer"),
    ("connection refused", "nothing answers as a database {where}"),
    ("no such file or directory", "nothing answers as a database {where}"),
    ("connection failed", "the database {where} cannot be reached"),
    ("invalid", "the database {where} cannot be reached with these options"),
)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Run a command; end with one line and exit code 1 where one line says it all."""
    try:
        yield
    except Exception as error:
        line = explain(error)
        if line is None:
            raise
        sys.exit(f"Pilotlight: {line}")


def explain(error: BaseException) -> str | None:
    """The line for this error, or None where only a traceback will do."""
    if isinstance(error, Trouble):
        return str(error)
    if isinstance(error, OSError):
        return _explain_files(error)
    # By name, so that a command which needs no database loads no driver.
    if type(error).__name__ == "OperationalError" and type(error).__module__.split(".")[0] in {
        "django",
        "psycopg",
    }:
        return _explain_database(str(error))
    if type(error).__name__ == "ImproperlyConfigured":
        return " ".join(str(error).split())
    return None


def _explain_database(text: str) -> str | None:
    said = " ".join(text.split())
    if "no space left on device" in said.lower():
        return _FULL
    for mark, line in _DATABASE:
        if mark in said.lower():
            advice = "check DATABASE_URL" if os.environ.get("DATABASE_URL") else "see var/logs/postgres.log"
            return f"{line.format(where=_where())} ({advice})."
    return None


def _where() -> str:
    parts = urlsplit(os.environ.get("DATABASE_URL", ""))
    host = parts.hostname or "this machine"
    return f"at {host}{f':{parts.port}' if parts.port else ''}, {parts.path.strip('/') or 'pilotlight'}"


def _explain_files(error: OSError) -> str | None:
    path = str(error.filename or "")
    ours = path and (path.startswith(str(VAR_DIR)) or str(VAR_DIR).startswith(path))
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _FULL
    if ours and error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
        return f"cannot write to {path}: change its owner, or set PILOTLIGHT_VAR to a folder of yours."
    return None
