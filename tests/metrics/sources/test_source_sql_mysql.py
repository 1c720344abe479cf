"""Queries to a real MariaDB, through the kind itself: what comes, what is stopped, and in which words."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from metrics.sources import Ask, Fetched, SourceError, kind, sql_limits
from tests.metrics.sources.databases import PASSWORD, MariaDB, grown, mariadb

# Ten rows, and ten times as many with each of these: a million.
MANY = "".join(f", deals t{number}" for number in range(5))
TODAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    with mariadb(tmp_path_factory.mktemp("my")) as one:
        yield one


@pytest.fixture
def fetch(server: MariaDB, settings: Any) -> Any:
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address, f"localhost:{server.port}"]

    def run(query: str, *, password: str = PASSWORD, **more: Any) -> Fetched:
        about = {name: more.pop(name) for name in ("zone", "period", "cadence") if name in more}
        given = {
            "database_kind": "mysql", "host": "localhost", "port": server.port, "database": "sales", "user": "reader",
            "authorities": server.authority, "query": query, "date_column": "day", "value_column": "value", **more,
        }  # fmt: skip
        return kind("sql").fetch(Ask(settings=given, secrets={"password": password}, today=TODAY, **about))

    return run


def refused(fetch: Any, *args: Any, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(*args, **more)
    assert PASSWORD not in repr(caught.value) + repr(caught.value.__cause__)
    return caught.value


def test_days_with_two_counts(fetch: Any) -> None:
    fetched = fetch(
        "select day, won, total from deals where day >= :since and '100%' = '100%'",
        value_column="", numerator_column="won", denominator_column="total",
    )  # fmt: skip
    assert [o.value for o in fetched.observations] == [0.75] * 10


def test_the_period_is_bound(fetch: Any) -> None:
    query = (
        "select day, 1 as value from deals where day >= :since and day < :until and ':until \\' :since' <> ''"
    )
    days = [o.day.day for o in fetch(query, period=(date(2026, 6, 3), date(2026, 6, 5))).observations]
    assert days == [3, 4]


def test_types(fetch: Any) -> None:
    rows = (
        "select date '2026-06-01' as day, 1.50 as value union all select '2026-06-02', 2 "
        "union all select '0000-00-00', 1 union all select null, 1 union all select '2026-06-03', null"
    )
    fetched = fetch(rows)
    assert [o.value for o in fetched.observations] == [1.5, 2]
    assert [p.line for p in fetched.problems] == [3, 4, 5]


def test_a_bit_is_yes_or_no(fetch: Any) -> None:
    fetched = fetch("select day, flag from deals", rows="events", outcome_column="flag", value_column="")
    assert {o.value for o in fetched.observations} == {1}


@pytest.mark.parametrize("odd", ["x'00ff'", "timediff('10:00', '09:00')"])
def test_types_that_are_no_figures(fetch: Any, odd: str) -> None:
    assert "The column “value” holds" in refused(fetch, f"select day, {odd} as value from deals").message


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_limits, "SECONDS", 0.6)


@pytest.mark.parametrize(
    "query",
    [
        "select day, sleep(60) as value from deals",
        "select day, benchmark(100000000000, md5('x')) as value from deals",
        f"select a.day, count(*) as value from deals a{MANY}{MANY.replace(' t', ' u')}",
    ],
)
@pytest.mark.parametrize("disarmed", [False, True])
def test_a_query_that_takes_too_long(
    fetch: Any, server: MariaDB, quick: None, query: str, disarmed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if disarmed:  # as if the server had no limit of its own: ours is enough
        monkeypatch.setattr(sql_limits.Allowance, "milliseconds", lambda self: 600_000)
    begun = time.monotonic()
    error = refused(fetch, query)
    assert "did not finish" in error.message
    assert error.retry
    assert time.monotonic() - begun < 4
    assert server.sessions() == 0


def test_a_million_rows(fetch: Any, server: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_limits, "MAX_ROWS", 5_000)
    error = refused(fetch, f"select a.day, 1 as value from deals a{MANY}")
    assert "more than 5,000 rows" in error.message
    assert server.sessions() == 0


def test_a_cell_of_100_megabytes(fetch: Any, server: MariaDB) -> None:
    server.run("set global max_allowed_packet = 1073741824")

    def ask() -> None:
        error = refused(fetch, "select date '2026-06-01' as day, repeat('x', 100000000) as value")
        assert "more than 50 MB" in error.message

    assert grown(ask) < 80_000_000
    assert server.sessions() == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select 1; drop table deals", "several statements"),
        ("select 1 /*! ; drop table deals */", "cannot carry out"),
        ("set session max_statement_time = 0", "begin with SELECT"),
        ("insert into deals values ()", "begin with SELECT"),
        ("create temporary table t (n int)", "begin with SELECT"),
        ("load data local infile '/etc/passwd' into table deals", "begin with SELECT"),
        ("select day, 1 as value from deals into outfile '/tmp/x'", "may not read|does not let"),
        (
            "select load_file('/etc/passwd') as value, date '2026-06-01' as day",
            "neither|no rows|There is no value",
        ),
        ("select day, 1 as value from deals for update", "tries to change|may not read"),
        ("select amount as value, curdate() as day from salaries", "“SELECT command denied"),
        ("select password as value, curdate() as day from mysql.global_priv", "may not read"),
        ("select * from nowhere", "may not read|does not exist"),
        ("select nothing from deals", "“Unknown column"),
        ("select 'open", "breaks off"),
    ],
)
def test_held_back(fetch: Any, server: MariaDB, query: str, words: str) -> None:
    if "load_file" in query:
        fetched = fetch(query)
        assert fetched.observations == ()
        assert re.search(words, fetched.problems[0].message)
        return
    error = refused(fetch, query)
    assert re.search(words, error.message), error.message
    assert not error.retry
    assert server.run("select count(*) from sales.deals")[0][0] == 10


def test_the_transaction_only_reads(fetch: Any, server: MariaDB, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: our own early word is no guard, and is not needed as one."""
    monkeypatch.setattr(
        "metrics.sources.sql_query._BEGINNINGS", {"insert", "create", "delete", "drop", "load"}
    )
    monkeypatch.setattr("metrics.sources.sql_mysql._READING", {"SELECT", "INSERT", "USAGE"})
    for query in (
        "insert into deals (won) values (1)",
        "create table t (n int)",
        "drop table deals",
        "load data local infile '/etc/hostname' into table deals",
    ):
        assert re.search(
            "tries to change|may not|has disabled the local infile",
            refused(fetch, query, user="writer").message,
        )
    assert server.run("select count(*) from sales.deals")[0][0] == 10


@pytest.mark.parametrize(
    ("user", "right"), [("writer", "INSERT"), ("roled", "DELETE"), ("chief", "ALL PRIVILEGES")]
)
def test_who_may_do_more_than_read_is_refused(fetch: Any, server: MariaDB, user: str, right: str) -> None:
    server.run(
        f"create user if not exists root@'%' identified by '{PASSWORD}'", "grant all on *.* to root@'%'"
    )
    error = refused(fetch, "select day, 1 as value from deals", user=user)
    assert right in error.message
    assert "GRANT SELECT ON `sales`.* TO pilotlight_reader" in error.message
    assert error.field == "user"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"password": "wrong"}, "password"),
        ({"user": "nobody"}, "password"),
        ({"database": "nothing"}, "database"),
        ({"host": "127.0.0.1"}, "authorities"),  # the certificate is for another name
        ({"authorities": ""}, "authorities"),
        ({"authorities": "no certificate"}, "authorities"),
    ],
)
def test_not_let_in(fetch: Any, more: dict[str, str], field: str) -> None:
    error = refused(fetch, "select day, 1 as value from deals", **more)
    assert error.field == field, error.message
    assert not error.retry


def test_ways_in(fetch: Any) -> None:
    for more in ({"tls": "encrypt", "authorities": ""}, {"tls": "open"}):
        assert fetch("select day, 1 as value from deals", **more).observations


def test_a_server_that_offers_no_encryption_gets_no_password(fetch: Any, serve: Any, settings: Any) -> None:
    """What it would take to read a password: a greeting without TLS."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        settings.PILOTLIGHT_ALLOWED_ADDRESSES = [f"localhost:{port}"]

        def greet() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line:
                    body = (
                        b"\x0a8.0.0\0"
                        + b"\1\0\0\0"
                        + b"abcdefgh\0"
                        + b"\xff\xf7"
                        + b"\x21\2\0"
                        + b"\xff\x81\x15"
                        + b"\0" * 10
                        + b"abcdefghijkl\0mysql_native_password\0"
                    )
                    line.sendall(len(body).to_bytes(3, "little") + b"\0" + body)
                    line.settimeout(1)
                    try:
                        heard.append(line.recv(100))
                    except OSError:
                        heard.append(b"")

        threading.Thread(target=greet, daemon=True).start()
        assert refused(fetch, "select 1 as day", port=port).field == "tls"
    assert b"reader" not in b"".join(heard)
