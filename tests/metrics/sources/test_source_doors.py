"""Every place of every kind at which an address of somebody else's comes in: none of them leads inside.

The door itself is tried in test_source_addresses.py, spelling by spelling; here, that no kind has a way around it.
"""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from metrics.sources import Ask, SourceError, addresses, kind
from tests.metrics.sources.conftest import TODAY, csv_rows
from tests.metrics.sources.hostile import HOSTILE, PUBLIC, answers, assert_refused

ROWS = b'[{"date": "2026-01-01", "value": 1}]'
MAPPING = {"date_column": "date", "value_column": "value"}
SECRETS = {"access_key": "AKIA", "secret_key": "planted", "client_secret": "planted", "password": "planted"}
NAME = "figures.example"
LISTED = b"<ListBucketResult><Name>figures</Name><IsTruncated>false</IsTruncated><Contents><Key>a/b.csv</Key>" \
    b"<LastModified>2026-01-01T00:00:00Z</LastModified><Size>9</Size></Contents></ListBucketResult>"  # fmt: skip


@dataclass(frozen=True)
class Door:
    """A place where an address comes in. `outside` is a public system that this address is asked after or from."""

    kind: str
    field: str
    settings: Callable[[str, str], dict[str, Any]]
    # What the outside answers, when it names the address itself; None when a person typed it.
    leads: Callable[[str], tuple[bytes, dict[str, str]]] | None = None

    def ask(self, address: str, outside: str) -> Ask:
        return Ask(settings={**MAPPING, **self.settings(address, outside)}, secrets=SECRETS, today=TODAY)


def _json(data: Any) -> bytes:
    return json.dumps(data).encode()


TYPED = {
    "json": Door("http_json", "url", lambda to, out: {"url": to}),
    "json, key": Door("http_json", "url", lambda to, out: {"url": to, "username": "jo"}),
    "json, posted": Door("http_json", "url", lambda to, out: {"url": to, "method": "POST"}),
    "json, token": Door(
        "http_json", "token_url", lambda to, out: {"url": out, "token_url": to, "client_id": "x"}
    ),
    "table": Door("web_table", "url", lambda to, out: {"url": to}),
    "bucket": Door(
        "bucket", "endpoint", lambda to, out: {"endpoint": to, "bucket": "figures", "key": "a.csv"}
    ),
    "xapi": Door("xapi", "url", lambda to, out: {"url": to, "username": "jo"}),
}
NAMED = {
    "json, next page by link": Door(
        "http_json", "url", lambda to, out: {"url": out, "paging": "link"},
        lambda to: (ROWS, {"Link": f"<{to}>; rel=next"}),
    ),
    "json, next page in the answer": Door(
        "http_json", "url", lambda to, out: {"url": out, "paging": "cursor", "next_at": "next", "rows_at": "rows"},
        lambda to: (_json({"rows": json.loads(ROWS), "next": to}), {}),
    ),
    "xapi, more": Door(
        "xapi", "url", lambda to, out: {"url": out, "username": "jo"},
        lambda to: (_json({"statements": [], "more": to}), {}),
    ),
}  # fmt: skip
each_typed = pytest.mark.parametrize("door", TYPED.values(), ids=TYPED)
each_named = pytest.mark.parametrize("door", NAMED.values(), ids=NAMED)


def refusal(door: Door, address: str, outside: str = f"https://{NAME}/") -> SourceError:
    with pytest.raises(SourceError) as caught:
        kind(door.kind).fetch(door.ask(address, outside))
    return caught.value


def assert_refused_at(door: Door, error: SourceError) -> None:
    """The same words for all of them, beside the field in which the address stands."""
    assert error.message == addresses.refused().message
    assert (error.retry, error.retry_after, error.field) == (False, None, door.field)


@each_typed
def test_literal(door: Door, connections: list[str]) -> None:
    for spelling, _meant in HOSTILE:
        for scheme in ("http", "https"):
            assert_refused_at(door, refusal(door, f"{scheme}://{spelling}:5432/"))
    assert connections == []


@each_typed
def test_literal_in_the_form(door: Door) -> None:
    for spelling, _meant in HOSTILE:
        data = {**MAPPING, **door.settings(f"https://{spelling}/", f"https://{NAME}/")}
        form = kind(door.kind).form_class({"rows": "series", "count": "people", **data})
        assert form.errors.get(door.field) == [addresses.refused().message]


@each_typed
def test_dns_name(door: Door, monkeypatch: pytest.MonkeyPatch, connections: list[str]) -> None:
    for _spelling, meant in HOSTILE[
        :: 1 if door.kind != "bucket" else 4
    ]:  # its library takes its time to start
        for found in ([meant], [PUBLIC, meant]):
            monkeypatch.setattr(socket, "getaddrinfo", answers(found))
            assert_refused_at(door, refusal(door, f"https://{NAME}/"))
    assert connections == []


@each_typed
def test_redirect(door: Door, serve: Any, settings: Any, connections: list[str]) -> None:
    """Where it is followed, it leads nowhere; where something was posted or signed, it is not followed at all."""
    inside = serve(lambda request: None)
    spellings = iter([spelling for spelling, _meant in HOSTILE])

    def redirect(request: Any) -> None:
        request.send_response(307)
        request._headers_buffer.append(f"Location: http://{next(spellings)}:{inside.port}/\r\n".encode())
        request.send_header("Content-Length", "0")
        request.end_headers()

    outside = serve(redirect)
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [outside.address]
    said = {refusal(door, outside.url, outside.url).message for _ in HOSTILE}
    assert len(said) == 1
    assert inside.requests == []
    assert set(connections) == {"127.0.0.1"}  # the one that is allowed
    assert len(outside.requests) == len(HOSTILE)


@each_named
def test_named_by_the_answer(door: Door, serve: Any, settings: Any, connections: list[str]) -> None:
    inside = serve(lambda request: None)
    spellings = iter([spelling for spelling, _meant in HOSTILE])

    def lead(request: Any) -> None:
        assert door.leads
        body, headers = door.leads(f"http://{next(spellings)}:{inside.port}/")
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            request._headers_buffer.append(f"{name}: {value}\r\n".encode())
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    outside = serve(lead)
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [outside.address]
    for _ in HOSTILE:
        assert_refused(refusal(door, "", outside.url))
    assert inside.requests == []
    assert connections == ["127.0.0.1"] * len(HOSTILE)


# --- rebinding: the name is public at first, and leads inside when it is asked the second time -------------


@dataclass(frozen=True)
class Twice:
    """Something that asks one system two times."""

    kind: str
    settings: Callable[[str], dict[str, Any]]
    first: Callable[[Any], tuple[bytes, int, dict[str, str]]]
    field: str = "url"


TWICE = {
    "json, redirect": Twice("http_json", lambda url: {"url": url}, lambda r: (b"", 302, {"Location": "/on"})),
    "json, next page": Twice(
        "http_json", lambda url: {"url": url, "username": "jo", "paging": "link"},
        lambda r: (ROWS, 200, {"Link": "</on>; rel=next"}),
    ),
    "json, after the token": Twice(
        "http_json", lambda url: {"url": url, "token_url": f"{url}token", "client_id": "x"},
        lambda r: (b'{"access_token": "issued"}', 200, {}),
    ),
    "json, comparison": Twice(
        "http_json", lambda url: {"url": url, "comparison_url": f"{url}other"}, lambda r: (ROWS, 200, {}),
        "comparison_url",
    ),
    "table, redirect": Twice("web_table", lambda url: {"url": url}, lambda r: (b"", 302, {"Location": "/on"})),
    "bucket, after the list": Twice(
        "bucket", lambda url: {"endpoint": url, "bucket": "figures", "key": "a/"}, lambda r: (LISTED, 200, {}), "endpoint",
    ),
    "xapi, more": Twice(
        "xapi", lambda url: {"url": url, "username": "jo"}, lambda r: (b'{"statements": [], "more": "/on"}', 200, {}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("twice", TWICE.values(), ids=TWICE)
def test_rebinding(
    twice: Twice, serve_tls: Any, respond: Any, monkeypatch: pytest.MonkeyPatch, connections: list[str]
) -> None:
    def first(request: Any) -> None:
        body, status, headers = twice.first(request)
        respond(body, status=status, headers=headers)(request)

    server = serve_tls(first, NAME)
    meant = [address for _spelling, address in HOSTILE]
    for address in meant:
        monkeypatch.setattr(socket, "getaddrinfo", answers([PUBLIC], [address]))
        ask = Ask(settings={**MAPPING, **twice.settings(server.url)}, secrets=SECRETS, today=TODAY)
        with pytest.raises(SourceError) as caught:
            kind(twice.kind).fetch(ask)
        assert caught.value.message == addresses.refused().message
        assert caught.value.field == twice.field
    assert connections == [PUBLIC] * len(meant)
    assert len(server.requests) == len(meant)


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda address: True)


def test_control_without_the_guard_a_bucket_s_endpoint_is_reached(
    unguarded: None, serve_tls: Any, respond: Any, monkeypatch: pytest.MonkeyPatch, connections: list[str]
) -> None:
    server = serve_tls(respond(csv_rows(5), kind="text/csv"), NAME)
    monkeypatch.setattr(socket, "getaddrinfo", answers(["127.0.0.1"]))
    fetched = kind("bucket").fetch(TYPED["bucket"].ask(server.url, ""))
    assert [o.value for o in fetched.observations] == [5]
    assert connections == ["127.0.0.1"]
