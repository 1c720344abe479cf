"""Answers of many pages, days that are filled in, tokens that are fetched, two groups: each from a real server."""

import base64
import json
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from metrics.sources import Ask, Fetched, SourceError, http, json_rows, kind, paging

TODAY = date(2026, 6, 30)
DAYS = [{"day": f"2026-01-{n:02}", "value": n} for n in range(1, 8)]
OAUTH = {"token_url": "/token", "client_id": "pilot light", "client_secret": "planted & secret"}


def query(request: Any) -> dict[str, str]:
    return {name: found[0] for name, found in parse_qs(urlsplit(request.path).query).items()}


@pytest.fixture
def fetch(serve: Any, respond: Any, settings: Any) -> Any:
    """Serves what `answer` makes of a request (a status, headers or data) and reads it through the kind."""

    def run(answer: Callable[[Any], Any], ask: dict[str, Any] | None = None, **more: Any) -> Fetched:
        def send(request: Any) -> None:
            said = answer(request)
            data, headers, status = said if isinstance(said, tuple) else (said, {}, 200)
            respond(json.dumps(data).encode(), status=status, headers=headers)(request)

        server = serve(send)
        run.server = server  # type: ignore[attr-defined]
        settings.PILOTLIGHT_ALLOWED_ADDRESSES = [*settings.PILOTLIGHT_ALLOWED_ADDRESSES, server.address]
        secrets = {
            name: more.pop(name) for name in ("client_secret", "password", "bearer_token") if name in more
        }
        said = {"url": "/figures", "date_column": "day", "value_column": "value", **more}
        for name in ("url", "comparison_url", "token_url"):
            if str(said.get(name, "")).startswith("/"):
                said[name] = server.url + said[name][1:]
        return kind("http_json").fetch(Ask(settings=said, secrets=secrets, today=TODAY, **(ask or {})))

    return run


def refusal(fetch: Any, answer: Any, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        fetch(answer, **more)
    return caught.value


def numbers(fetched: Fetched) -> list[float | None]:
    return [o.value for o in fetched.observations]


# --- pages ------------------------------------------------------------------------------------------


def by_link(request: Any) -> Any:
    page = int(query(request).get("p", 0))
    headers = {"Link": f'</figures?p={page + 1}>; rel="next", </figures?p=9>; rel="last"'} if page < 3 else {}
    return DAYS[2 * page : 2 * page + 2], headers, 200


def by_cursor(request: Any) -> Any:
    after = json.loads(request.posted or b"{}").get("after") or query(request).get("after") or 0
    end = int(after) + 3
    return {"rows": DAYS[int(after) : end], "next": {"after": str(end) if end < 7 else None}}


def by_address(request: Any) -> Any:
    after = int(query(request).get("after", 0))
    return {"rows": DAYS[after : after + 3], "next": f"?after={after + 3}" if after < 6 else ""}


def by_number(request: Any) -> Any:
    page = int(query(request)["page"])
    return {"rows": DAYS[2 * page : 2 * page + 2], "more": page < 3}


def by_offset(request: Any) -> Any:
    start = int(query(request)["from"])
    return DAYS[start : start + 3]


CURSOR = {"paging": "cursor", "rows_at": "rows", "next_at": "next.after", "page_parameter": "after"}
NUMBER = {"paging": "page", "rows_at": "rows", "page_parameter": "page", "first_page": 0}
OFFSET = {"paging": "offset", "page_parameter": "from", "page_size": 3}


@pytest.mark.parametrize(
    ("answer", "form", "requests"),
    [
        (by_link, {"paging": "link"}, 4),
        (by_cursor, CURSOR, 3),
        (by_cursor, {**CURSOR, "method": "POST", "body": '{"limit": 3}'}, 3),
        (by_address, {"paging": "cursor", "rows_at": "rows", "next_at": "next"}, 3),
        (by_number, NUMBER, 5),
        (by_number, {**NUMBER, "more_at": "more"}, 4),
        (by_offset, OFFSET, 4),
    ],
)
def test_all_pages_come(fetch: Any, answer: Any, form: Any, requests: int) -> None:
    assert numbers(fetch(answer, **form)) == [1, 2, 3, 4, 5, 6, 7]
    assert len(fetch.server.requests) == requests


def test_what_is_posted_comes_again_with_each_page(fetch: Any) -> None:
    fetch(by_cursor, **CURSOR, method="POST", body='{"limit": 3}')
    posted = [json.loads(request.posted) for request in fetch.server.requests]
    assert posted == [{"limit": 3}, {"limit": 3, "after": "3"}, {"limit": 3, "after": "6"}]
    assert {request.command for request in fetch.server.requests} == {"POST"}
    assert {request.headers["Content-Type"] for request in fetch.server.requests} == {"application/json"}


@pytest.mark.parametrize(
    ("answer", "form", "words", "field"),
    [
        (
            lambda r: (DAYS, {"Link": "</figures>; rel=next"}, 200),
            {"paging": "link"},
            "in a circle",
            "paging",
        ),
        (lambda r: {"rows": DAYS, "next": {"after": 3}}, CURSOR, "same page again", "page_parameter"),
        (lambda r: {"rows": DAYS}, NUMBER, "same page again", "page_parameter"),
        (by_offset, {**OFFSET, "page_size": 5}, "fewer entries a page", "page_size"),
        (lambda r: {"rows": DAYS, "next": {"after": {}}}, CURSOR, "no next page", "next_at"),
        (
            lambda r: {"rows": DAYS, "next": {"after": "x"}},
            {**CURSOR, "next_at": "abs(next)"},
            "does not fit",
            "next_at",
        ),
    ],
)
def test_pages_that_lead_nowhere(fetch: Any, answer: Any, form: Any, words: str, field: str) -> None:
    error = refusal(fetch, answer, **form)
    assert words in error.message
    assert (error.field, error.retry) == (field, False)


def endless(request: Any) -> Any:
    page = int(query(request)["page"])
    return {"rows": [{"day": "2026-01-01", "value": 1, "page": page}]}


def test_the_number_of_pages_is_limited(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_PAGES", 4)
    assert "more than 4 pages" in refusal(fetch, endless, **NUMBER).message
    assert len(fetch.server.requests) == 4


def test_the_entries_of_all_pages_are_limited(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "MAX_CONTAINERS", 10)
    assert "too many entries" in refusal(fetch, endless, **NUMBER).message


def test_the_bytes_of_all_pages_are_limited(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metrics.sources.http_json.PAGED", http.Limits(total_bytes=1000))
    assert "All pages together" in refusal(fetch, endless, **NUMBER).message


def test_one_deadline_for_all_pages(fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    def slow(request: Any) -> Any:
        time.sleep(0.2)
        return endless(request)

    monkeypatch.setattr("metrics.sources.http_json.PAGED", http.Limits(seconds=0.5))
    error = refusal(fetch, slow, **NUMBER)
    assert "in time" in error.message
    assert error.retry
    assert len(fetch.server.requests) <= 4


def test_a_page_that_fails_fails_the_whole(fetch: Any) -> None:
    def third_is_down(request: Any) -> Any:
        return ({}, {"Retry-After": "40"}, 503) if query(request)["page"] == "2" else by_number(request)

    error = refusal(fetch, third_is_down, **NUMBER)
    assert (error.retry, error.retry_after) == (True, 40)


@pytest.mark.parametrize("secret", [{"bearer_token": "planted"}, {}])
def test_a_key_stays_with_the_first_page(
    fetch: Any, serve: Any, respond: Any, settings: Any, secret: Any
) -> None:
    other = serve(respond(json.dumps(DAYS[1:2]).encode()))
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [other.address]

    def leads_away(request: Any) -> Any:
        return DAYS[:1], {"Link": f"<{other.url}>; rel=next"}, 200

    if secret:
        assert "another address" in refusal(fetch, leads_away, paging="link", **secret).message
        assert other.requests == []
    else:
        assert numbers(fetch(leads_away, paging="link")) == [1, 2]


# --- days -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ask", "more", "filled"),
    [
        ("{since}/{until}/{last}/{today}", {}, {}, "2025-12-30/2026-07-01/2026-06-30/2026-06-30"),
        ("{since}/{until}", {}, {"window_days": 7}, "2026-06-23/2026-07-01"),
        ("{since}/{until}/{last}/{today}", {"period": (date(2026, 1, 1), date(2026, 2, 1))}, {},
         "2026-01-01/2026-02-01/2026-01-31/2026-06-30"),
        ("{since:moment}", {"zone": ZoneInfo("Europe/Berlin")}, {"window_days": 1}, "2026-06-28T22:00:00Z"),
        ("{since:s}/{since:ms}", {}, {"window_days": 1}, "1782691200/1782691200000"),
    ],
)  # fmt: skip
def test_days_are_filled_in(fetch: Any, text: str, ask: Any, more: Any, filled: str) -> None:
    fetch(lambda r: DAYS, ask, url=f"/figures/{text}", method="POST", body=json.dumps({"days": text}), **more)
    [request] = fetch.server.requests
    assert request.path == f"/figures/{filled}"
    assert json.loads(request.posted) == {"days": filled}


def test_what_a_recipe_left_open_is_asked_for(fetch: Any) -> None:
    error = refusal(fetch, lambda r: DAYS, url="https://{domain}.example/")
    assert "“{domain}” still stands there" in error.message
    assert error.field == "url"


# --- groups -----------------------------------------------------------------------------------------


def of_group(request: Any) -> Any:
    group = json.loads(request.posted or b"{}").get("team") or query(request).get("team")
    return [{"day": "2026-01-01", "value": 1 if group == "a" else 2}]


@pytest.mark.parametrize(
    "form",
    [
        {"url": "/figures?team=a", "comparison_url": "/figures?team=b"},
        {"method": "POST", "body": '{"team": "a"}', "comparison_body": '{"team": "b"}'},
    ],
)
def test_two_groups(fetch: Any, form: Any) -> None:
    found = [(o.group, o.value) for o in fetch(of_group, **form).observations]
    assert sorted(found) == [("comparison", 2), ("pilot", 1)]


def test_two_groups_belong_to_one_system(fetch: Any) -> None:
    error = refusal(fetch, of_group, comparison_url="https://elsewhere.example/", bearer_token="planted")
    assert error.field == "comparison_url"
    assert fetch.server.requests == []


# --- ways in ----------------------------------------------------------------------------------------


def with_token(answer: Any) -> Callable[[Any], Any]:
    return lambda request: answer if request.path == "/token" else DAYS


def test_a_name_and_a_password(fetch: Any) -> None:
    fetch(lambda r: DAYS, username="jo", password="pa:ss wört")
    [request] = fetch.server.requests
    assert (
        base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode() == "jo:pa:ss wört"
    )


@pytest.mark.parametrize("sent", ["", "body"])
def test_client_credentials(fetch: Any, sent: str) -> None:
    token = with_token({"access_token": "issued", "token_type": "Bearer", "expires_in": 60})
    fetch(token, **OAUTH, scope="figures.read", audience="https://figures.example", client_auth=sent)
    asked, figures = fetch.server.requests
    posted = {name: value[0] for name, value in parse_qs(asked.posted.decode()).items()}
    assert posted.pop("grant_type") == "client_credentials"
    assert posted.pop("scope") == "figures.read"
    assert posted.pop("audience") == "https://figures.example"
    if sent:
        assert posted == {"client_id": "pilot light", "client_secret": "planted & secret"}
        assert "Authorization" not in asked.headers
    else:
        assert posted == {}
        said = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
        assert said == "pilot%20light:planted%20%26%20secret"
    assert figures.headers["Authorization"] == "Bearer issued"


@pytest.mark.parametrize(
    ("answer", "words", "field", "retry"),
    [
        (({"error": "invalid_client"}, {}, 401), "refused the client id", "client_secret", False),
        (
            ({"error": "invalid_client", "error_description": "planted"}, {}, 400),
            "refused",
            "client_secret",
            False,
        ),
        (({"error": "invalid_scope"}, {}, 400), "scope", "scope", False),
        (({"error": "unauthorized_client"}, {}, 400), "without a person", "client_id", False),
        (({"error": "unsupported_grant_type"}, {}, 400), "gives no keys", "token_url", False),
        (([], {}, 400), "refused", "client_secret", False),
        (({}, {}, 404), "nothing at this address", "token_url", False),
        (({}, {"Retry-After": "30"}, 503), "trouble", "", True),
        (({}, {"Location": "/elsewhere"}, 302), "sends us on", "token_url", False),
        ({}, "no token", "token_url", False),
        ([], "no token", "token_url", False),
        ({"access_token": 7}, "no token", "token_url", False),
        ({"access_token": "a\nb"}, "no token", "token_url", False),
        ({"access_token": "a", "token_type": "mac"}, "kind of token", "token_url", False),
    ],
)
def test_client_credentials_that_are_refused(
    fetch: Any, answer: Any, words: str, field: str, retry: bool
) -> None:
    error = refusal(fetch, with_token(answer), **OAUTH)
    assert words in error.message
    assert "planted" not in error.message
    assert (error.field, error.retry) == (field, retry)
    assert len(fetch.server.requests) == 1


def test_a_missing_client_secret(fetch: Any) -> None:
    error = refusal(fetch, with_token({}), token_url="/token", client_id="x")
    assert error.field == "client_secret"
    assert fetch.server.requests == []


def test_a_client_secret_never_travels_unprotected(fetch: Any) -> None:
    for sent in ("", "body"):
        said = {**OAUTH, "token_url": "http://sign-in.example/"}
        error = refusal(fetch, with_token({}), **said, client_auth=sent)
        assert "unprotected" in error.message
        assert error.field == "token_url"


def test_what_is_posted_is_not_handed_on(fetch: Any) -> None:
    error = refusal(fetch, lambda r: ([], {"Location": "/elsewhere"}, 307), method="POST", body="{}")
    assert "sends us on" in error.message
    assert len(fetch.server.requests) == 1
