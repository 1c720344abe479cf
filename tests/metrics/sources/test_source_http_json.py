"""JSON answers, from a real server through the kind itself."""

import json
from datetime import date
from typing import Any

import pytest

from metrics.sources import Ask, SourceError, json_rows, kind

TODAY = date(2026, 6, 30)


@pytest.fixture
def fetch(serve: Any, respond: Any, settings: Any) -> Any:
    def run(
        body: Any, secrets: dict[str, str] | None = None, content_type: str = "application/json", **more: Any
    ) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        server = serve(respond(data, kind=content_type))
        run.server = server  # type: ignore[attr-defined]
        settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
        mapped = {"url": server.url, "date_column": "day", "value_column": "value", **more}
        return kind("http_json").fetch(Ask(settings=mapped, secrets=secrets or {}, today=TODAY))

    return run


def test_a_list_of_entries(fetch: Any) -> None:
    fetched = fetch(
        [
            {"day": "2026-01-01", "value": 1},
            {"day": "2026-01-02", "value": 2.5},
            {"day": 20260103, "value": "3"},
        ]
    )
    assert [(o.day.day, o.value) for o in fetched.observations] == [(1, 1), (2, 2.5), (3, 3)]


def test_rows_by_expression(fetch: Any) -> None:
    body = {"data": {"items": [{"d": "2026-01-01", "m": {"won": 1, "all": 4}}]}}
    rows = "data.items[].{day: d, won: m.won, all: m.all}"
    fetched = fetch(body, rows_at=rows, value_column="", numerator_column="won", denominator_column="all")
    assert fetched.observations[0].value == 0.25


def test_keys_are_sent(fetch: Any) -> None:
    fetch(
        [{"day": "2026-01-01", "value": 1}], {"bearer_token": "abc", "headers": "X-Api-Key: k: 1\n\nX-Org: 7"}
    )
    headers = fetch.server.requests[0].headers
    assert (headers["Authorization"], headers["X-Api-Key"], headers["X-Org"]) == ("Bearer abc", "k: 1", "7")


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "null",
        '""',
        '"n/a"',
        "true",
        "false",
        "[]",
        "{}",
        '"12 monkeys"',
    ],
)
def test_refused_entry_by_entry(fetch: Any, value: str) -> None:
    fetched = fetch(
        b'[{"day": "2026-01-01", "value": 1}, {"day": "2026-01-02", "value": %s}]' % value.encode()
    )
    assert [o.value for o in fetched.observations] == [1]
    assert [problem.line for problem in fetched.problems] == [2]


def test_a_missing_field_is_a_problem(fetch: Any) -> None:
    assert [p.line for p in fetch([{"day": "2026-01-01", "value": 1}, {"day": "2026-01-02"}]).problems] == [2]


def test_very_long_numbers(fetch: Any) -> None:
    fetched = fetch(
        b'[{"day": "2026-01-01", "value": 1}, {"day": "2026-01-02", "value": ' + b"9" * 6000 + b"}]"
    )
    assert len(fetched.problems) == 1


@pytest.mark.parametrize(
    ("body", "words", "retry"),
    [
        (b"", "nothing", True),
        (b"   ", "nothing", True),
        (b"<!DOCTYPE html><html><form>Sign in</form></html>", "sign-in page", False),
        (b"\n <html>", "sign-in page", False),
        (b'[{"day": "2026-01-01", "val', "not complete JSON", True),
        (b'{"data": [1, 2', "not complete JSON", True),
        (b"day,value\n2026-01-01,1\n", "not JSON", False),
        (b"\x89PNG\r\n", "not JSON", False),
        (b"[" * 100_000 + b"]" * 100_000, "JSON", True),
        (b"[" * 5000 + b"]" * 5000, "not a list", False),
        (b"[" * 250_001, "too many entries", False),
        (b"{}", "not a list", False),
        (b"[1, 2]", "not a list", False),
        (b"null", "not a list", False),
        (b'"text"', "not a list", False),
        (b"[]", "no entries yet", True),
        (b'[{"when": 1, "what": 2}]', "“when”, “what”", False),
        (b'[{"day": "2026-01-01", "value": "\xff"}]', "JSON", True),
    ],
)
def test_refused_in_plain_words(fetch: Any, body: bytes, words: str, retry: bool) -> None:
    with pytest.raises(SourceError) as caught:
        fetch(body)
    assert words in caught.value.message
    assert caught.value.retry is retry


def test_a_sign_in_page_that_calls_itself_json(fetch: Any) -> None:
    with pytest.raises(SourceError, match="sign-in page"):
        fetch(b"<html>", content_type="application/json")


@pytest.mark.parametrize(
    "rows_at", ["missing", "data.items.x", "length(data)", "data.items | [0]", "abs(data)"]
)
def test_an_expression_that_finds_no_rows(fetch: Any, rows_at: str) -> None:
    with pytest.raises(SourceError) as caught:
        fetch({"data": {"items": [{"day": "2026-01-01", "value": 1}]}}, rows_at=rows_at)
    assert caught.value.field == "rows_at"


@pytest.mark.parametrize(
    "expression",
    [
        "data[",
        "a" * 501,
        "|".join(["[@,@][]"] * 60),
        "|".join(["values({a:@,b:@})[]"] * 20),
        "to_string(to_string(@))",
        "nope(@)",
    ],
)
def test_expressions_that_are_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        json_rows.check_expression(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "data",
        "data.items[?state=='won'].{day: d, value: v}",
        "sort_by(a.b, &c)[*].{x: a, y: not_null(b, c), z: join('-', [y, m, d])}",
    ],
)
def test_expressions_that_are_fine(expression: str) -> None:
    json_rows.check_expression(expression)
