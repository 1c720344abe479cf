"""Queries to a real PostgreSQL, through the kind itself: what comes, what is stopped, and in which words."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from metrics.sources import Ask, Fetched, SourceError, kind, sql_limits
from tests.metrics.sources.databases import PASSWORD, Postgres, encrypted, grown, postgres

TODAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with postgres(tmp_path_factory.mktemp("pg")) as one:
        yield one


@pytest.fixture
def fetch(server: Postgres, settings: Any) -> Any:
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]

    def run(query: str, *, password: str = PASSWORD, **more: Any) -> Fetched:
        about = {name: more.pop(name) for name in ("zone", "period", "cadence") if name in more}
        given = {
            "database_kind": "postgresql", "host": "127.0.0.1", "port": server.port, "database": "pilotlight",
            "user": "reader", "tls": "open", "query": query, "date_column": "day", "value_column": "value", **more,
        }  # fmt: skip
        return kind("sql").fetch(Ask(settings=given, secrets={"password": password}, today=TODAY, **about))

    return run


def refused(fetch: Any, *args: Any, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(*args, **more)
    assert PASSWORD not in repr(caught.value) + caught.value.message
    assert PASSWORD not in repr(caught.value.__cause__)
    return caught.value


# What comes


def test_days_with_two_counts(fetch: Any) -> None:
    fetched = fetch(
        "select day, sum(won) as won, sum(total) as total from deals group by day",
        value_column="", numerator_column="won", denominator_column="TOTAL",
    )  # fmt: skip
    assert len(fetched.observations) == 10
    assert {o.value for o in fetched.observations} == {0.75}
    assert "Rows that the query gave: 10" in fetched.understood


def test_two_queries_are_two_groups(fetch: Any) -> None:
    fetched = fetch(
        "select day, won as value from deals where region = 'north'",
        comparison_query="select day, total as value from deals where region = 'süd'",
    )
    assert {(o.group, o.value) for o in fetched.observations} == {("pilot", 3), ("comparison", 4)}
    assert len(fetched.observations) == 10


def test_the_period_is_bound(fetch: Any) -> None:
    query = "select day, 1 as value, ':since' as x -- :until\n from deals where day >= :since and day < :until and ':until' <> ''"
    days = [o.day.day for o in fetch(query, period=(date(2026, 6, 3), date(2026, 6, 5))).observations]
    assert days == [3, 4]
    assert len(fetch(query).observations) == 10  # the usual days


def test_types(fetch: Any) -> None:
    rows = (
        "('2026-06-01'::date, 1.50::numeric), ('2026-06-02', 2), ('2026-06-03', 'NaN'), ('2026-06-04', 'Infinity'), "
        "('2026-06-05', null), ('infinity', 1), ('-infinity', 1), ('0044-03-15 BC', 1), (null, 1)"
    )
    fetched = fetch(f"select * from (values {rows}) t (day, value)")
    assert [o.value for o in fetched.observations] == [1.5, 2]
    assert [p.line for p in fetched.problems] == [3, 4, 5, 6, 7, 8, 9]
    assert "“infinity” is not a date" in fetched.problems[3].message


def test_a_moment_counts_on_the_day_of_the_organisation(fetch: Any) -> None:
    query = "select timestamptz '2026-06-01 23:30+00' as day, 1 as value"
    assert fetch(query).observations[0].day == date(2026, 6, 1)
    fetched = fetch(query, zone=ZoneInfo("Europe/Berlin"))
    assert fetched.observations[0].day == date(2026, 6, 2)
    assert "Moments counted on the day of Europe/Berlin" in fetched.understood
    in_the_query = "select (timestamptz '2026-06-01 23:30+00')::date as day, 1 as value"
    assert fetch(in_the_query, zone=ZoneInfo("Europe/Berlin")).observations[0].day == date(2026, 6, 2)


def test_cases_are_counted(fetch: Any) -> None:
    fetched = fetch(
        "select day, n < 3 as ok from deals, generate_series(0, 3) n",
        rows="events", outcome_column="ok", value_column="",
    )  # fmt: skip
    assert {(o.value, o.n) for o in fetched.observations} == {(0.75, 4)}


def test_what_is_not_asked_for_does_not_matter(fetch: Any) -> None:
    fetched = fetch(
        "select *, '\\x00'::bytea as raw, '{}'::jsonb as more, interval '1 day' as took, 5 as value from deals"
    )
    assert len(fetched.observations) == 10


@pytest.mark.parametrize(
    "odd", ["'\\x00'::bytea", "'{}'::jsonb", "array[1]", "interval '1 day'", "time '12:00'"]
)
def test_types_that_are_no_figures(fetch: Any, odd: str) -> None:
    error = refused(fetch, f"select day, {odd} as value from deals")
    assert "The column “value” holds" in error.message
    assert not error.retry


def test_a_name_twice(fetch: Any) -> None:
    assert (
        "Several columns are called “value”"
        in refused(fetch, "select day, 1 as value, 2 as value from deals").message
    )


def test_no_such_column_names_those_that_are_there(fetch: Any) -> None:
    assert "“day”, “won”" in refused(fetch, "select day, won from deals").message


def test_no_rows_yet(fetch: Any) -> None:
    assert refused(fetch, "select day, 1 as value from deals where false").retry


# What is stopped


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_limits, "SECONDS", 0.5)


@pytest.mark.parametrize(
    "query",
    [
        "select current_date as day, pg_sleep(60)::text as value",
        # It takes the server's limit away; what stops it is ours.
        "select day, set_config('statement_timeout', '0', false) as value, pg_sleep(20) from deals",
        "with recursive r as (select 1 n union all select n from r) select current_date as day, count(*) as value from r",
    ],
    ids=["sleeps", "without its limit", "never ends"],
)
def test_a_query_that_takes_too_long(fetch: Any, server: Postgres, quick: None, query: str) -> None:
    begun = time.monotonic()
    error = refused(fetch, query)
    assert "did not finish" in error.message
    assert error.retry
    assert time.monotonic() - begun < 3
    assert server.sessions() == 0


def test_a_million_rows(fetch: Any, server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_limits, "MAX_ROWS", 5_000)
    error = refused(fetch, "select current_date as day, n as value from generate_series(1, 1000000) n")
    assert "more than 5,000 rows" in error.message
    assert server.sessions() == 0


def test_a_cell_of_100_megabytes(fetch: Any, server: Postgres) -> None:
    def ask() -> None:
        error = refused(fetch, "select current_date as day, repeat('x', 100000000) as value")
        assert "more than 50 MB" in error.message

    assert grown(ask) < 60_000_000
    assert server.sessions() == 0


def test_what_comes_encrypted_is_counted_too(
    fetch: Any, server: Postgres, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_limits, "MAX_BYTES", 5_000_000)
    with encrypted(server, tmp_path) as port:
        settings.PILOTLIGHT_ALLOWED_ADDRESSES = [f"127.0.0.1:{port}"]
        told = {"port": port, "tls": "encrypt"}
        assert len(fetch("select day, won as value from deals", **told).observations) == 10

        def ask() -> None:
            assert (
                "MB"
                in refused(fetch, "select day, repeat('x', 30000000) as value from deals", **told).message
            )

        assert grown(ask) < 10_000_000


def test_a_server_that_hangs_up(fetch: Any, server: Postgres) -> None:
    begun = time.monotonic()
    error = refused(fetch, "select day, pg_terminate_backend(pg_backend_pid())::int as value from deals")
    assert error.retry
    assert time.monotonic() - begun < 3
    assert server.sessions() == 0


def test_a_large_cell(fetch: Any) -> None:
    assert (
        "a cell of more than 1 MB"
        in refused(fetch, "select day, repeat('x', 1048577) as value from deals").message
    )


def test_many_rows_that_weigh_too_much(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_limits, "MAX_BYTES", 1_000_000)
    assert (
        "MB"
        in refused(
            fetch, "select day, repeat('x', 10000) as value from deals, generate_series(1, 1000)"
        ).message
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select 1; select 2", "several statements"),
        ("set statement_timeout = 0; select 1", "begin with SELECT"),
        ("select set_config('statement_timeout', '0', false); select pg_sleep(60)", "several statements"),
        ("insert into deals values (current_date)", "begin with SELECT"),
        ("drop table deals", "begin with SELECT"),
        ("create temp table t (n int)", "begin with SELECT"),
        ("begin read write; create temp table t (n int)", "begin with SELECT"),
        ("do $$ begin perform 1; end $$", "begin with SELECT"),
        ("copy deals to program 'id'", "begin with SELECT"),
        ("explain analyze select 1", "begin with SELECT"),
        ("", "write the query"),
        ("-- nothing", "begin with SELECT"),
        ("select 'open", "breaks off"),
        ("select 1 /* open", "breaks off"),
    ],
)
def test_told_before_it_is_asked(fetch: Any, query: str, words: str) -> None:
    error = refused(fetch, query)
    assert words in error.message
    assert error.field == "query"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("with x as (insert into deals values (current_date) returning day) select day, 1 as value from x", "cannot carry out"),
        ("select day, 1 as value into temp t from deals", "cannot carry out"),
        ("select day, 1 as value from deals for update", "may not read|tries to change"),
        ("select current_date as day, nextval('s') as value", "tries to change|may not read"),
        ("select current_date as day, amount as value from salaries", "“permission denied for table salaries”"),
        ("select current_date as day, pg_read_file('/etc/passwd') as value", "may not read"),
        ("select current_date as day, lo_import('/etc/passwd') as value", "may not read|tries to change"),
        ("select current_date as day, rolpassword as value from pg_authid", "may not read"),
        ("select nothing from nowhere", "“relation \"nowhere\" does not exist”"),
        ("select day, won / 0 as value from deals", "division by zero"),
        ("select day, region::int as value from deals", "invalid input syntax"),
        ("select day, $1 as value from deals", "cannot carry out"),
    ],
)  # fmt: skip
def test_held_back_by_the_database(fetch: Any, server: Postgres, query: str, words: str) -> None:
    server.run("create sequence if not exists s", "grant usage on sequence s to reader")
    error = refused(fetch, query)
    assert re.search(words, error.message), error.message
    assert not error.retry
    assert error.field == "query"


def test_the_server_itself_takes_one_statement_only(
    server: Postgres, fetch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: our own early word is no guard, and is not needed as one."""
    monkeypatch.setattr("metrics.sources.sql_query._refused", lambda message: None)
    monkeypatch.setattr(
        "metrics.sources.sql_query._BEGINNINGS", {"select", "set", "begin", "insert", "create"}
    )
    monkeypatch.setattr(
        "metrics.sources.sql_query._LEXERS",
        {False: re.compile("(?P<open>x)(?P<name>x)(?P<end>x)")},
    )
    for query in (
        "select 1; create temp table t (n int)",
        "set statement_timeout = 0; select pg_sleep(60)",
        "begin read write; create temp table t (n int)",
        "insert into deals values (current_date)",
        "create temp table t (n int)",
    ):
        assert "cannot carry out" in refused(fetch, query).message


def test_locks_go_with_the_connection(fetch: Any, server: Postgres) -> None:
    fetch("select day, case when pg_advisory_lock(7) is null then 0 else 1 end as value from deals limit 1")
    assert server.sessions() == 0
    assert server.run("select count(*) from pg_locks where locktype = 'advisory'")[0][0] == 0


def test_what_somebody_else_holds(fetch: Any, server: Postgres, quick: None) -> None:
    with psycopg.connect(
        host=str(server.server.socket_dir), port=server.port, user="pilotlight", dbname="pilotlight"
    ) as other:
        other.execute("lock table deals in access exclusive mode")
        assert refused(fetch, "select day, 1 as value from deals").retry


# Who is let in


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ("boss", "superuser"),
        ("owner", "it owns tables"),
        ("writer", "it may change tables"),
        ("pilotlight", "superuser"),
    ],
)
def test_who_may_do_more_than_read_is_refused(fetch: Any, server: Postgres, user: str, why: str) -> None:
    server.run(f"alter role pilotlight password '{PASSWORD}'")
    error = refused(fetch, "select day, 1 as value from deals", user=user)
    assert why in error.message
    assert 'GRANT CONNECT ON DATABASE "pilotlight" TO pilotlight_reader' in error.message
    assert error.field == "user"


def test_membership_counts(fetch: Any, server: Postgres) -> None:
    server.run(
        f"create role heir login password '{PASSWORD}' noinherit", "grant pg_execute_server_program to heir"
    )
    assert "server's files" in refused(fetch, "select day, 1 as value from deals", user="heir").message


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"password": ""}, "password"),
        ({"user": "nobody-at-all"}, "password"),
        ({"database": "nothing"}, "database"),
        ({"database": "host=/tmp dbname=pilotlight"}, "database"),
        ({"database": "postgresql:///pilotlight"}, "database"),
        ({"tls": "verify"}, "tls"),
        ({"tls": "encrypt"}, "tls"),
        ({"tls": "none"}, "tls"),
    ],
)
def test_not_let_in(fetch: Any, more: dict[str, str], field: str) -> None:
    error = refused(fetch, "select day, 1 as value from deals", **more)
    assert error.field == field
    assert not error.retry
