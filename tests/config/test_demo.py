"""The demo's supervisor: one line when it cannot run, nothing of a killed one left, no stranger touched."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.demo.check import Page
from config.demo.child import Child
from config.demo.place import MARK, Place
from config.troubles import Trouble
from tests.config.processes import free_port, start, until

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def told(*arguments: str, var: Path, **more: str) -> tuple[int, str]:
    process = start("-m", "config.demo", *arguments, var=var, **more)
    output, errors = process.communicate(timeout=60)
    assert output == ""
    return process.returncode, errors


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, line = told("--port", str(port), var=tmp_path)
    assert code == 1
    assert line.startswith(
        f"Pilotlight: port {port} is taken: choose another one, for example bin/demo --port "
    )
    assert line.count("\n") == 1


def test_a_wrong_database_url(tmp_path: Path) -> None:
    port = free_port()
    url = f"postgresql://me:geheim@127.0.0.1:{port}/x"
    process = start("-m", "config.demo", "--port", str(free_port()), var=tmp_path, DATABASE_URL=url)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert (
        errors == f"Pilotlight: nothing answers as a database at 127.0.0.1:{port}, x (check DATABASE_URL).\n"
    )


def test_var_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    code, line = told("--port", str(free_port()), var=tmp_path / "var")
    assert code == 1
    assert line.startswith("Pilotlight: cannot write to ")
    assert line.count("\n") == 1


def test_one_demo_per_folder(tmp_path: Path) -> None:
    with Place(tmp_path).mine():
        Place(tmp_path).tell("http://127.0.0.1:8000")
        for _ in range(2):  # being refused changes nothing for the next
            code, line = told("--port", str(free_port()), var=tmp_path)
            assert code == 1
            assert f"a demo is running here already (process {os.getpid()}, http://127.0.0.1:8000)" in line
    assert list((tmp_path / "run").iterdir()) == []


def test_reset_leaves_a_database_of_others_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/x")
    with pytest.raises(Trouble, match="embedded database only"):
        Place(tmp_path).reset()


def test_reset_deletes_what_the_demo_made_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name in ("files", "mail", "letters"):
        (tmp_path / name).mkdir()
    Place(tmp_path).reset()
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_orphans_of_a_killed_demo_are_ended_and_nobody_else(tmp_path: Path) -> None:
    ours = subprocess.Popen(SLEEP, env=os.environ | {MARK: str(tmp_path)}, start_new_session=True)
    other_demo = subprocess.Popen(SLEEP, env=os.environ | {MARK: str(tmp_path / "check")})
    assert until(lambda: Place(tmp_path).end_orphans() == 1, within=5)
    assert ours.poll() is not None
    assert other_demo.poll() is None
    other_demo.kill()
    other_demo.wait()


def test_logs_of_earlier_runs_stay_beside(tmp_path: Path) -> None:
    for run in range(6):
        Place(tmp_path).log("web").write_text(str(run))
    kept = {path.name: path.read_text() for path in (tmp_path / "logs").iterdir()}
    assert kept == {"web.log": "5", "web.log.1": "4", "web.log.2": "3", "web.log.3": "2"}


def test_a_child_that_dies_is_started_again_later_each_time(tmp_path: Path) -> None:
    child = Child(
        "web", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ), tmp_path / "web.log"
    )
    child.start()
    assert until(lambda: child.exit_code == 3)
    now = time.monotonic()
    assert child.revive(now) == "web ended unexpectedly (exit code 3); starting it again in 1 s."
    assert child.revive(now + 0.5) is None
    assert child.revive(now + 1.1) is None
    assert until(lambda: child.exit_code == 3)
    assert "in 2 s" in str(child.revive(now + 1.5))


def test_a_child_that_does_not_stop_is_ended_with_its_children(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    child = Child("worker", [sys.executable, "-c", code], dict(os.environ), tmp_path / "worker.log")
    child.start()
    assert until(lambda: child.log.read_text().strip())
    child.terminate()
    assert child.end(time.monotonic() + 0.3) is False
    grandchild = int(child.log.read_text())
    assert until(lambda: not _runs(grandchild), within=5)


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (Page("/x/", 200, "http://h/x/", "fine", 1), []),
        (Page("/x/", 500, "http://h/x/", "", 1), ["/x/: status 500"]),
        (Page("/x/", 200, "http://h/accounts/login/?next=/x/", "", 1), ["/x/: sent to the sign-in page"]),
        (Page("/x/", 200, "http://h/x/", "Traceback (most recent call last)", 1), ["/x/: a traceback"]),
    ],
)
def test_what_the_check_minds(page: Page, problem: list[str]) -> None:
    assert page.problems == problem


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
