"""The embedded PostgreSQL: runs while it is used, survives ``kill -9``, leaves nothing behind."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded, troubles
from tests.config.processes import python, start, until, working_in

HOLD = "from config import embedded; embedded.hold(); print('held', flush=True); input()"
ASK = """
import sys, psycopg
from config import embedded
from config.environment import VAR_DIR
embedded.hold()
with psycopg.connect(embedded.database_url(VAR_DIR)) as connection:
    row = connection.execute(sys.stdin.read()).fetchone()
    print(row[0] if row else "")
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A var folder with a database that was made once, for all tests here."""
    folder = Path(tempfile.mkdtemp(prefix="pl"))
    assert python("from config import embedded; embedded.hold()", folder).returncode == 0
    yield folder
    for process in working_in(folder):
        process.kill()
    shutil.rmtree(folder)


def hold(var: Path) -> subprocess.Popen[str]:
    holder = start("-c", HOLD, var=var)
    assert holder.stdout is not None
    line = holder.stdout.readline()
    assert line == "held\n", holder.communicate(input="")[1]
    return holder


def end(holder: subprocess.Popen[str]) -> None:
    holder.communicate(input="\n", timeout=60)


def query(var: Path, sql: str) -> str:
    with psycopg.connect(embedded.database_url(var), autocommit=True) as connection:
        cursor = connection.execute(sql)
        row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""


def left_over(var: Path) -> list[str]:
    files = [
        str(path) for path in var.rglob("*") if path.is_socket() or path.name.endswith((".pid", ".lock"))
    ]
    return [*files, *(str(process) for process in working_in(var))]


def test_nothing_is_left_behind(made: Path) -> None:
    holder = hold(made)
    assert query(made, "SHOW server_version").startswith("18")
    end(holder)
    assert left_over(made) == []


def test_the_last_user_stops_it(made: Path) -> None:
    first, second = hold(made), hold(made)
    end(first)
    assert query(made, "SELECT 1") == "1"
    end(second)
    assert left_over(made) == []


def test_kill_9_of_everything_loses_nothing_committed(made: Path) -> None:
    holder = hold(made)
    query(made, "CREATE TABLE IF NOT EXISTS kept (id int)")
    query(made, "INSERT INTO kept VALUES (1)")
    victims = working_in(made)
    os.kill(holder.pid, signal.SIGKILL)
    for process in victims:
        with contextlib.suppress(psutil.NoSuchProcess):  # a server's child that saw its parent die
            process.kill()
    holder.communicate()
    assert (made / "pg/data/postmaster.pid").exists()

    holder = hold(made)
    assert query(made, "SELECT count(*) FROM kept") == "1"
    query(made, "DROP TABLE kept")
    end(holder)
    assert left_over(made) == []


def test_a_server_that_outlived_its_users_is_used_and_then_stopped(made: Path) -> None:
    holder = hold(made)
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    before = query(made, "SELECT pg_postmaster_start_time()")
    holder = hold(made)
    assert query(made, "SELECT pg_postmaster_start_time()") == before
    end(holder)
    assert left_over(made) == []


def test_a_stranger_with_the_old_process_id_is_left_alone(made: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    stale = [str(stranger.pid), str(made / "pg/data"), "1", "5432", str(made / "pg"), "", "0 0", "ready", ""]
    (made / "pg/data/postmaster.pid").write_text("\n".join(stale))
    holder = hold(made)
    assert query(made, "SELECT 1") == "1"
    end(holder)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_kill_while_it_is_made_leaves_no_half_database(tmp_path: Path) -> None:
    (tmp_path / "pg/data.new/base").mkdir(parents=True)
    (tmp_path / "pg/data/base").mkdir(parents=True)
    done = python("from config import embedded; embedded.hold()", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "pg/data/PG_VERSION").exists()
    assert not (tmp_path / "pg/data.new").exists()
    assert left_over(tmp_path) == []


def test_two_starting_at_once_start_one(made: Path) -> None:
    both = [start("-c", HOLD, var=made) for _ in range(2)]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "held\n"
    assert sum(process.ppid() in {one.pid for one in both} for process in working_in(made)) == 1
    for one in both:
        end(one)
    assert until(lambda: left_over(made) == [], within=5)


def test_a_long_path_gets_a_private_socket_folder(tmp_path: Path) -> None:
    server = embedded.Server(tmp_path / ("long" * 30))
    folder = server.socket_dir
    assert folder.parent == Path("/tmp")
    server._make_socket_dir()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    with pytest.raises(troubles.Trouble, match="belongs to somebody else"):
        server._make_socket_dir()
    folder.rmdir()


@pytest.mark.parametrize("name", ["with, comma", 'with " quote'])
def test_a_path_that_is_no_socket_address_is_not_used_as_one(tmp_path: Path, name: str) -> None:
    assert embedded.Server(tmp_path / name).socket_dir.parent == Path("/tmp")


def test_a_full_disk_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(OSError, match="No space") as caught:
        embedded.Server(tmp_path / "var").hold()
    assert "is full" in str(troubles.explain(caught.value))
