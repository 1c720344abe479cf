"""Queries to a real SQLite file: what comes, what is stopped, and in which words."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from metrics.sources import Ask, Fetched, SourceError, kind, sql_limits

TODAY = date(2026, 6, 30)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    inside = tmp_path / "opened"
    inside.mkdir()
    settings.PILOTLIGHT_SOURCE_DIRS = [str(inside)]
    for path in (inside / "sales 100%.sqlite", tmp_path / "outside.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("create table deals (day text, value real)")
            connection.executemany(
                "insert into deals values (?, ?)", [(f"2026-06-0{day}", day / 2) for day in range(1, 10)]
            )
            connection.commit()
    (inside / "link.sqlite").symlink_to(tmp_path / "outside.sqlite")
    (inside / "values.csv").write_text("day,value\n2026-06-01,1\n")
    return inside


@pytest.fixture
def fetch(folder: Path) -> Any:
    def run(query: str, database: str = "sales 100%.sqlite", **more: Any) -> Fetched:
        given = {
            "database_kind": "sqlite", "database": database, "query": query,
            "date_column": "day", "value_column": "value",
        }  # fmt: skip
        return kind("sql").fetch(Ask(settings=given, today=TODAY, **more))

    return run


def refused(fetch: Any, *args: Any, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(*args, **more)
    return caught.value


def test_days(fetch: Any) -> None:
    query = "select * from deals where day >= :since and day < :until"
    assert len(fetch(query).observations) == 9
    fetched = fetch(query, period=(date(2026, 6, 3), date(2026, 6, 5)))
    assert [o.value for o in fetched.observations] == [1.5, 2]


def test_odd_values_become_problems(fetch: Any) -> None:
    rows = ", ".join(
        f"('2026-06-0{n}', {value})"
        for n, value in enumerate(["9e999", "null", "'x'", "cast(x'ff' as text)"], 1)
    )
    assert [
        p.line
        for p in fetch(f"select '2026-06-09' day, 1 value union all select * from (values {rows})").problems
    ] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select x'00' as value, day from deals", "neither text nor number"),
        ("select load_extension('x')", "tries to change|cannot carry out|not authorized"),
        ("select * from pragma_database_list", "tries to change"),
        ("select * from deals where day = :other", "cannot carry out"),
        ("select zeroblob(200000000) as value, day from deals", "a cell of more than 1 MB"),
        ("select nought from deals", "no such column"),
        ("with x as (select 1) insert into deals select 1, 2", "tries to change"),
        ("with x as (select 1) delete from deals", "tries to change"),
        ("attach 'x' as y", "begin with SELECT"),
        ("pragma query_only = off", "begin with SELECT"),
        ("select 1; drop table deals", "several statements"),
    ],
)  # fmt: skip
def test_held_back(fetch: Any, folder: Path, query: str, words: str) -> None:
    error = refused(fetch, query)
    assert re.search(words, error.message), error.message
    assert not error.retry
    assert len(fetch("select * from deals").observations) == 9


def test_the_file_itself_is_closed_to_more(fetch: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: our own early word is no guard, and is not needed as one."""
    monkeypatch.setattr(
        "metrics.sources.sql_query._BEGINNINGS",
        {"attach", "pragma", "drop", "insert", "vacuum", "create", "begin"},
    )
    for query in (
        "attach 'other.sqlite' as other",
        "pragma query_only = off",
        "drop table deals",
        "insert into deals values (1, 2)",
        f"vacuum into '{folder}/copy.sqlite'",
        "create temp table t (n)",
        "begin immediate",
    ):
        assert "tries to change" in refused(fetch, query).message
    assert not (folder / "copy.sqlite").exists()


def test_a_query_that_never_ends(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_limits, "SECONDS", 0.3)
    begun = time.monotonic()
    error = refused(
        fetch,
        "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) as value, 1 as day from r",
    )
    assert "did not finish" in error.message
    assert time.monotonic() - begun < 2


def test_too_many_rows(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_limits, "MAX_ROWS", 5)
    assert "more than 5 rows" in refused(fetch, "select * from deals").message


@pytest.mark.parametrize(
    "path",
    [
        "../outside.sqlite",
        "link.sqlite",
        "/etc/passwd",
        "nothing.sqlite",
        "values.csv",
        "a\0b",
        ":memory:",
        "file:x?mode=rwc",
        "",
        ".",
    ],
)
def test_only_databases_of_the_opened_folder(fetch: Any, path: str) -> None:
    error = refused(fetch, "select 1 as day, 1 as value", path)
    assert error.field == "database"
    if path and "\0" not in path:
        assert error.message == "There is no such database in the shared folder."
