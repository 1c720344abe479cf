"""What an operator can put right comes as one line, with an exit code, and never with a password."""

import errno
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from config import database, troubles
from config.environment import VAR_DIR
from tests.config.processes import free_port, start

MALFORMED = {
    "nonsense": "DATABASE_URL is not an address of a database",
    "mysql://me:geheim@localhost/x": "names no PostgreSQL",
    "postgresql://me:geheim@localhost:5432": "names no database",
    "postgresql://me:geheim@localhost:many/x": "DATABASE_URL is not an address of a database",
}
WRONG = {
    "postgresql://me:geheim@localhost:many/x": "DATABASE_URL is not an address of a database",
    "postgresql://me:geheim@127.0.0.1:{port}/x": "nothing answers as a database at 127.0.0.1:{port}, x",
}


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_database_url(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(troubles.Trouble, match=MALFORMED[url]) as caught:
        database.settings(tmp_path)
    assert "geheim" not in str(caught.value)


def test_manage_py_says_what_is_wrong_with_database_url(tmp_path: Path) -> None:
    port = str(free_port())
    asked: dict[str, subprocess.Popen[str]] = {
        url: start(
            "manage.py", "migrate", "--skip-checks", var=tmp_path, DATABASE_URL=url.replace("{port}", port)
        )
        for url in WRONG
    }
    for url, process in asked.items():
        _, told = process.communicate(timeout=120)
        lines = told.strip().splitlines()
        assert len(lines) == 1, told
        assert lines[0].startswith("Pilotlight: ")
        assert WRONG[url].replace("{port}", port) in lines[0]
        assert "geheim" not in told
        assert process.returncode == 1


def test_manage_py_says_that_var_is_no_folder() -> None:
    with tempfile.NamedTemporaryFile() as file:
        process = start("manage.py", "migrate", var=Path(file.name))
        _, told = process.communicate(timeout=120)
    assert told.startswith(f"Pilotlight: cannot write to {file.name}")
    assert len(told.splitlines()) == 1
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('FATAL: password authentication failed for user "me"', "refuses this user or password"),
        ('FATAL: database "nope" does not exist', "there is no such database or user"),
        ("connection timeout expired", "does not answer"),
        ("FATAL: sorry, too many clients already", "has no connection left"),
        ("could not extend file: No space left on device", "is full"),
    ],
)
def test_what_postgresql_says_in_our_words(said: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:geheim@db.example:5432/pilots")
    line = troubles.explain(psycopg.OperationalError(said))
    assert line is not None
    assert told in line
    assert "geheim" not in line


def test_a_machine_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://me:geheim@no-such-host.invalid/x"
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect(url)
    line = str(troubles.explain(caught.value))
    assert "the name of the database's machine is unknown" in line
    assert "geheim" not in line


def test_files_that_cannot_be_written() -> None:
    inside = str(VAR_DIR / "mail")
    assert "cannot write to" in str(troubles.explain(PermissionError(errno.EACCES, "no", inside)))
    assert "is full" in str(troubles.explain(OSError(errno.ENOSPC, "full", inside)))
    assert troubles.explain(PermissionError(errno.EACCES, "no", "/elsewhere")) is None


def test_everything_else_keeps_its_traceback() -> None:
    assert troubles.explain(ValueError("a fault of ours")) is None
    assert troubles.explain(ImproperlyConfigured("Set\n this.")) == "Set this."
    with pytest.raises(ValueError, match="ours"), troubles.told_plainly():
        raise ValueError("ours")
