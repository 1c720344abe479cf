"""Only what lies below the operator's folders, and the same words for everything else."""

import contextlib
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from metrics.sources import Ask, SourceError, kind

TABLE = "date,value\n2026-01-01,1\n"


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    inside = tmp_path / "open"
    (inside / "sales").mkdir(parents=True)
    (inside / "sales" / "day.csv").write_text(TABLE)
    (tmp_path / "secret.csv").write_text(TABLE)
    (tmp_path / "open-too").mkdir()
    (tmp_path / "open-too" / "day.csv").write_text(TABLE)
    settings.PILOTLIGHT_SOURCE_DIRS = [inside]
    return inside


def fetch(path: str) -> Any:
    settings = {"path": path, "date_column": "date", "value_column": "value"}
    return kind("folder").fetch(Ask(settings=settings, today=date(2026, 6, 30)))


@pytest.mark.parametrize("path", ["sales/day.csv", "./sales/day.csv", "sales//day.csv", "link.csv"])
def test_inside(folder: Path, path: str) -> None:
    (folder / "link.csv").symlink_to(folder / "sales" / "day.csv")
    assert len(fetch(path).observations) == 1


def test_the_second_folder_is_searched_too(folder: Path, tmp_path: Path, settings: Any) -> None:
    settings.PILOTLIGHT_SOURCE_DIRS = [str(tmp_path / "gone"), str(folder), str(tmp_path / "open-too")]
    assert len(fetch("day.csv").observations) == 1


def test_a_folder_that_is_itself_a_link_works(folder: Path, tmp_path: Path, settings: Any) -> None:
    (tmp_path / "alias").symlink_to(folder)
    settings.PILOTLIGHT_SOURCE_DIRS = [tmp_path / "alias"]
    assert len(fetch("sales/day.csv").observations) == 1


@pytest.mark.parametrize(
    "path",
    [
        "missing.csv",
        "",
        ".",
        "sales",
        "../secret.csv",
        "sales/../../secret.csv",
        "sales/../sales/day.csv",
        "../open-too/day.csv",
        "out.csv",
        "outside/secret.csv",
        "loop",
        "pipe",
        "/etc/passwd",
        "//etc/passwd",
        "..\\secret.csv",
        "sales/day.csv\0.txt",
        "~/secret.csv",
        "a" * 5000,
        "\ud800",
    ],
)
def test_everything_else_sounds_like_a_missing_file(folder: Path, path: str) -> None:
    (folder / "out.csv").symlink_to(folder.parent / "secret.csv")
    (folder / "outside").symlink_to(folder.parent)
    (folder / "loop").symlink_to(folder / "loop")
    os.mkfifo(folder / "pipe")
    with pytest.raises(SourceError) as caught:
        fetch(path)
    assert caught.value.message == "There is no such file in the shared folder."
    assert (caught.value.retry, caught.value.field) == (True, "path")


def test_without_folders_there_are_no_files(folder: Path, settings: Any) -> None:
    settings.PILOTLIGHT_SOURCE_DIRS = []
    with pytest.raises(SourceError, match="no such file"):
        fetch("sales/day.csv")


def test_a_link_put_in_place_after_the_check_is_not_followed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone who may write into the folder swaps it for a link between the check and the opening."""
    real = os.open

    def swap(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if path == "sales":
            (folder / "sales").rename(folder / "was")
            (folder / "sales").symlink_to(tmp_path / "open-too")
        return real(path, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", swap)
    with pytest.raises(SourceError, match="no such file"):
        fetch("sales/day.csv")


def test_no_handle_is_left_open(folder: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    for path in ("sales/day.csv", "sales", "missing.csv", "sales/missing.csv"):
        with contextlib.suppress(SourceError):
            fetch(path)
    assert len(os.listdir("/dev/fd")) == before


def test_a_file_that_is_too_large(folder: Path) -> None:
    with (folder / "huge.csv").open("wb") as file:
        file.truncate((1 << 30) + 1)
    with pytest.raises(SourceError, match="too large"):
        fetch("huge.csv")
