"""``bin/``: POSIX sh, and one plain line when the machine lacks something."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted(path for path in (ROOT / "bin").iterdir() if path.is_file())


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone, as far as the commands look."""
    shutil.copytree(ROOT / "bin", tmp_path / "clone/bin")
    for name in ("pyproject.toml", "uv.lock", ".python-version"):
        shutil.copy(ROOT / name, tmp_path / "clone")
    return tmp_path / "clone"


def machine(folder: Path, **programs: str) -> dict[str, str]:
    """A PATH with the usual tools and these programs (name → shell script), and no others."""
    folder.mkdir()
    for tool in ("sh", "dirname", "uname", "cmp", "mkdir", "rm", "tail", "cat", "id", "env", "sed", "head"):
        (folder / tool).symlink_to(str(shutil.which(tool)))
    for name, script in programs.items():
        program = folder / name.replace("_", ".")
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    return {"PATH": str(folder), "HOME": str(folder)}


def run(clone: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [clone / "bin/demo"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd="/",
    )


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.name)
def test_it_is_posix_shell(path: Path) -> None:
    assert subprocess.run(["sh", "-n", path], check=False).returncode == 0
    if path.suffix != ".sh":
        assert os.access(path, os.X_OK)
        assert path.read_text().startswith("#!/bin/sh\n")


def test_a_machine_without_python(clone: Path, tmp_path: Path) -> None:
    done = run(clone, machine(tmp_path / "path"))
    assert done.returncode == 1
    assert done.stderr.startswith("Pilotlight: needs Python 3.12 or later: ")
    assert done.stderr.count("\n") == 1


def test_a_machine_whose_pythons_are_too_old_or_only_shims(clone: Path, tmp_path: Path) -> None:
    done = run(
        clone, machine(tmp_path / "path", python3="exit 1", python3_13="echo pyenv: not found >&2; exit 127")
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "needs Python 3.12 or later" in done.stderr


def test_a_python_without_venv(clone: Path, tmp_path: Path) -> None:
    script = 'case "$2" in *ensurepip*) exit 1 ;; *realpath*) echo "$0" ;; *%d*) echo 3.13 ;; esac'
    done = run(clone, machine(tmp_path / "path", python3_13=script))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "sudo apt-get install python3.13-venv" in done.stderr
