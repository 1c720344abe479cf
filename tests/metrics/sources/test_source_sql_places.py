"""Where a database may be, what its address may carry, and what is said to those that cannot run here."""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

import pytest

from metrics.sources import Ask, SourceError, addresses, kind, sql_place, sql_query, sql_warehouse
from metrics.sources.sql_limits import Allowance
from metrics.sources.sql_place import Place

PASSWORD = "planted-secret-7"
FIELDS = {"host": "db.example.com", "database": "sales", "user": "reader"}


def place(kind: str, url: str = "", **settings: Any) -> Place:
    return sql_place.from_settings(
        {"database_kind": kind, **settings}, {"password": PASSWORD, "database_url": url}
    )


def refused(*args: Any, **settings: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        place(*args, **settings)
    assert PASSWORD not in repr(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


# Addresses


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "[::1]", "::1", "::",
        "::ffff:127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "fe80::1", "fe80::1%eth0",
        "fc00::1", "100.64.0.1", "168.63.129.16", "64:ff9b::7f00:1", "2002:7f00:1::", "１２７.0.0.1", "/tmp",
        "/var/run/postgresql", "@abstract", "a,b", "a b", "allowed@127.0.0.1", "allowed\\@127.0.0.1", "db.example.com:5432",
        "db.example.com/x", "db.example.com?x", "db.example.com#x", "a\0b", "x" * 300, "host=/tmp", "[db.example.com]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("database_kind", ["postgresql", "mysql", "mssql", "redshift"])
def test_inside_and_odd_hosts_are_refused_alike(host: str, database_kind: str) -> None:
    error = refused(database_kind, **{**FIELDS, "host": host})
    assert (error.message, error.field) == (addresses.refused().message, "host")


def test_names_that_lead_inside_are_refused_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is connected to, also for Pilotlight's own database and broker; unknown names read the same."""
    connected: list[Any] = []
    monkeypatch.setattr("socket.create_connection", lambda *args, **more: connected.append(args))
    for leads_to in ("127.0.0.1", "::ffff:127.0.0.1", "169.254.169.254", "10.1.2.3"):
        monkeypatch.setattr(
            "socket.getaddrinfo", lambda *args, found=leads_to, **more: [(2, 1, 6, "", (found, 0))]
        )
        for database_kind, port in (
            ("postgresql", 5432),
            ("mysql", 6379),
            ("mssql", 1433),
            ("snowflake", None),
            ("redshift", 5439),
        ):
            settings = {
                **FIELDS,
                "database_kind": database_kind,
                "port": port,
                "query": "select 1",
                "date_column": "a",
                "value_column": "b",
            }
            with pytest.raises(SourceError) as caught:
                kind("sql").fetch(
                    Ask(settings=settings, secrets={"password": PASSWORD}, today=date(2026, 6, 30))
                )
            assert (caught.value.message, caught.value.field) == (addresses.refused().message, "host")
    assert connected == []


# One address for everything


def test_an_address_in_parts() -> None:
    found = place("postgresql", "postgresql+psycopg://re%40der:p%2Fw@db.example.com/sales?sslmode=require")
    assert found == Place("postgresql", "db.example.com", 5432, "sales", "re@der", "p/w", "encrypt")
    assert "p/w" not in repr(found)


@pytest.mark.parametrize(
    "query",
    [
        "sslrootcert=/etc/passwd", "options=-cstatement_timeout%3D0", "service=x", "passfile=/etc/passwd", "host=/tmp",
        "host=127.0.0.1", "hostaddr=127.0.0.1", "host=a&host=b", "sslmode=prefer", "sslmode=verify-full&sslmode=disable",
        "sslkey=x", "target_session_attrs=any", "unix_socket=/tmp/x", "read_default_file=/etc/passwd", "driver=x",
        "odbc_connect=x", "local_infile=1", "init_command=x", "ssl_ca=/etc/passwd", "load_balance_hosts=random", "dbname=x",
        "application_name=x", "connect_timeout=0", "krbsrvname=x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["postgresql", "mysql+pymysql", "mssql+mssqlpython", "redshift"])
def test_settings_in_an_address_are_refused(query: str, scheme: str) -> None:
    error = refused(scheme.partition("+")[0], f"{scheme}://reader:{PASSWORD}@db.example.com/sales?{query}")
    assert error.field == "database_url"


@pytest.mark.parametrize(
    ("url", "field"),
    [
        (f"postgresql://u:{PASSWORD}@a,b/sales", "host"),
        (f"postgresql://u:{PASSWORD}@%2Ftmp/sales", "host"),
        (f"postgresql://u:{PASSWORD}@127.0.0.1/sales", "host"),
        (f"postgresql://u:{PASSWORD}@/sales", "host"),
        (f"postgresql://:{PASSWORD}@db.example.com/sales", "user"),
        (f"postgresql://u:{PASSWORD}@db.example.com", "database"),
        (f"postgresql://u:{PASSWORD}@db.example.com/sales?sslmode=disable", "tls"),
        (f"mysql://u:{PASSWORD}@db.example.com/sales", "database_kind"),
        (f"oracle://u:{PASSWORD}@db.example.com/sales", "database_url"),
        (f"postgresql://u:{PASSWORD}@db.example.com:port/sales", "database_url"),
        (f"nonsense {PASSWORD}", "database_url"),
    ],
)
def test_addresses_that_are_refused(url: str, field: str) -> None:
    assert refused("postgresql", url).field == field


def test_without_encryption_only_what_the_operator_named(settings: Any) -> None:
    assert refused("postgresql", **FIELDS, tls="open").field == "tls"
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = ["db.example.com:5432"]
    assert place("postgresql", **FIELDS, tls="open").allowed
    assert refused("postgresql", **FIELDS, tls="open", port=5433).field == "tls"


def test_a_password_is_for_whom_it_was_typed() -> None:
    given = {"database_kind": "postgresql", **FIELDS}
    form = kind("sql").form_class(
        {
            **given,
            "password": PASSWORD,
            "query": "select 1",
            "rows": "series",
            "date_column": "a",
            "value_column": "b",
        }
    )
    assert form.is_valid(), form.errors
    secrets = form.secrets()  # type: ignore[attr-defined]
    assert sql_place.from_settings(form.settings(), secrets).password == PASSWORD  # type: ignore[attr-defined]
    for changed in (
        {"host": "evil.example.com"},
        {"port": 5433},
        {"user": "other"},
        {"tls": "encrypt"},
        {"database_kind": "mysql"},
    ):
        with pytest.raises(SourceError) as caught:
            sql_place.from_settings({**given, **changed}, secrets)
        assert caught.value.field == "password"


# The form


def errors(**data: Any) -> dict[str, Any]:
    base = {
        "database_kind": "postgresql",
        "query": "select 1",
        "rows": "series",
        "date_column": "a",
        "value_column": "b",
    }
    return kind("sql").form_class({**base, **data}).errors


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({}, set()),
        ({"query": ""}, {"query"}),
        ({"query": "drop table x"}, {"query"}),
        ({"comparison_query": "select 1; select 2"}, {"comparison_query"}),
        ({"database_kind": "oracle"}, {"database_kind"}),
        ({"port": "0"}, {"port"}),
        ({"port": "65536"}, {"port"}),
        ({"authorities": "no certificate"}, {"authorities"}),
        ({"database_url": f"nonsense {PASSWORD}"}, {"database_url"}),
        ({"database_url": "postgresql://a@b.example/c", "host": "b"}, {"database_url"}),
        ({"tls": "none"}, {"tls"}),
    ],
)
def test_form(data: dict[str, str], fields: set[str]) -> None:
    found = errors(**data)
    assert set(found) == fields
    assert PASSWORD not in str(found)


# Those that cannot run here: the URL and the SQL


KEY = {
    "type": "service_account",
    "project_id": "p",
    "private_key": "k",
    "client_email": "a@b.example",
    "token_uri": "http://169.254.169.254/",
}
PLACES = {
    "mssql": Place("mssql", "db.example.com", 1433, "sales", "reader", "p;w}d"),
    "snowflake": Place("snowflake", "org-acc.snowflakecomputing.com", 443, "db/public", "reader", "pw", parameters={"warehouse": "w"}),
    "bigquery": Place("bigquery", database="project/dataset", password=json.dumps(KEY)),
    "redshift": Place("redshift", "db.example.com", 5439, "sales", "reader", "pw"),
}  # fmt: skip
EXPECTED = {
    "mssql": "mssql+mssqlpython://reader:***@203.0.113.7:1433/sales?Encrypt=yes&HostnameInCertificate=db.example.com&TrustServerCertificate=no",
    "snowflake": "snowflake://reader:***@org-acc/db/public?warehouse=w",
    "bigquery": "bigquery://project/dataset",
    "redshift": "postgresql+psycopg2:///sales",
}


@pytest.mark.parametrize("name", PLACES)
def test_url_and_sql_of_a_warehouse(name: str) -> None:
    url = sql_warehouse.url(PLACES[name], "203.0.113.7")
    assert url.render_as_string() == EXPECTED[name]
    assert url.get_dialect()
    values = {"since": date(2026, 1, 1), "until": date(2026, 2, 1)}
    query = sql_query.parse("select '10% :since' where d >= :since and d < :until", name, values)
    text, given = sql_query.driver_text(query, "pyformat")  # as all four drivers have it
    assert given == values
    assert text % {"since": "S", "until": "U"} == "select '10% :since' where d >= S and d < U"
    assert all(statement.startswith("set ") for statement in sql_warehouse.before(PLACES[name], Allowance()))


@pytest.mark.parametrize(
    ("style", "text", "given"),
    [
        ("qmark", "select '10% :since' where d >= ?", (date(2026, 1, 1),)),
        ("named", "select '10% :since' where d >= :since", {"since": date(2026, 1, 1)}),
        ("pyformat", "select '10%% :since' where d >= %(since)s", {"since": date(2026, 1, 1)}),
    ],
)
def test_how_parameters_are_written(style: str, text: str, given: Any) -> None:
    query = sql_query.parse("select '10% :since' where d >= :since;", "mssql", {"since": date(2026, 1, 1)})
    assert sql_query.driver_text(query, style) == (text, given)
    assert sql_query.driver_text(sql_query.parse("select '10%'", "mssql"), style) == ("select '10%'", None)


def test_what_the_drivers_are_told() -> None:
    told = {
        name: sql_warehouse.arguments(place, "203.0.113.7", "/ca.pem", Allowance())
        for name, place in PLACES.items()
    }
    libpq = told["redshift"]["connect_args"]
    assert (libpq["hostaddr"], libpq["host"], libpq["sslmode"]) == (
        "203.0.113.7",
        "db.example.com",
        "verify-full",
    )
    assert told["bigquery"]["credentials_info"]["token_uri"] == "https://oauth2.googleapis.com/token"
    assert told["snowflake"]["connect_args"]["session_parameters"]["STATEMENT_TIMEOUT_IN_SECONDS"] <= 30
    (words,), _more = (
        sql_warehouse.url(PLACES["mssql"], "203.0.113.7")
        .get_dialect()()
        .create_connect_args(sql_warehouse.url(PLACES["mssql"], "203.0.113.7"))
    )
    assert words.startswith("Server=203.0.113.7,1433;Database=sales;UID=reader;PWD={p;w}}d};")


@pytest.mark.parametrize(
    "key", ["", "x", "[]", "{}", '{"type": "external_account"}', '{"type": "authorized_user"}']
)
def test_other_google_keys_are_refused(key: str) -> None:
    with pytest.raises(SourceError) as caught:
        sql_warehouse.google_key(key)
    assert caught.value.field == "password"


@pytest.mark.parametrize("account", ["../x", "evil.example.com/", "a b", "evil.example.com#", "x@evil", ""])
def test_snowflake_accounts_lead_to_snowflake(account: str) -> None:
    assert refused("snowflake", host=account, database="d", user="u").field == "host"
    assert (
        place("snowflake", host="evil.example.com", database="d", user="u").host
        == "evil.example.com.snowflakecomputing.com"
    )


@pytest.mark.parametrize(
    ("name", "extra"), [("mssql", "mssql"), ("redshift", "redshift"), ("mysql", "mysql")]
)
def test_a_driver_that_is_missing_is_named(name: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("mssql_python", "psycopg2", "pymysql"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "metrics.sources.sql_mysql", raising=False)
    monkeypatch.setattr("metrics.sources.sql_network.reachable", lambda place, allowance: "203.0.113.7")
    settings = {**FIELDS, "database_kind": name, "query": "select 1", "date_column": "a", "value_column": "b"}
    with pytest.raises(SourceError) as caught:
        kind("sql").fetch(Ask(settings=settings, secrets={"password": PASSWORD}, today=date(2026, 6, 30)))
    assert f"uv sync --extra {extra}" in caught.value.message
