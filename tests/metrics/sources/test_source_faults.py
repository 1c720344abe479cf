"""Servers that misbehave, each way with each kind: a reason in plain words, the right next try, never a number."""

import contextlib
import gzip
import time
import tracemalloc
from functools import cache
from typing import Any

import pytest

from metrics.sources import Ask, SourceError, downloads, http, kind
from tests.metrics.sources.conftest import TODAY, certificate

MAPPING = {"date_column": "date", "value_column": "value"}
SECRETS = {"access_key": "AKIA", "secret_key": "planted", "client_secret": "planted", "password": "planted"}
# How each kind is asked, and the field in which its address stands.
ASKED: dict[str, tuple[str, str, Any]] = {
    "json": ("http_json", "url", lambda url: {"url": url}),
    "json, posted, pages": ("http_json", "url", lambda url: {"url": url, "method": "POST", "paging": "link"}),
    "json, token": ("http_json", "token_url", lambda url: {"url": url, "token_url": url, "client_id": "x"}),
    "table": ("web_table", "url", lambda url: {"url": url}),
    "bucket": ("bucket", "endpoint", lambda url: {"endpoint": url, "bucket": "figures", "key": "a.csv"}),
    "bucket, newest": ("bucket", "endpoint", lambda url: {"endpoint": url, "bucket": "figures", "key": "a/"}),
    "xapi": ("xapi", "url", lambda url: {"url": url, "username": "jo"}),
}
each = pytest.mark.parametrize("asked", ASKED)


@pytest.fixture
def fail(serve: Any, settings: Any) -> Any:
    """How asking a server that answers so ends: always with a SourceError."""

    def run(asked: str, answer: Any, scheme: str = "http", wrap: Any = None) -> SourceError:
        server = serve(answer)
        if wrap:
            server.http.socket = wrap(server.http.socket)
        run.server = server  # type: ignore[attr-defined]
        settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
        name, _field, said = ASKED[asked]
        ask = Ask(settings={**MAPPING, **said(f"{scheme}://{server.address}/")}, secrets=SECRETS, today=TODAY)
        with pytest.raises(SourceError) as caught:
            kind(name).fetch(ask)
        assert "planted" not in caught.value.message
        return caught.value

    return run


@each
@pytest.mark.parametrize(
    ("status", "words", "retry"),
    [
        (401, "refused", False),
        (403, "refused", False),
        (404, "nothing at this address", False),
        (429, "less often", True),
        (500, "trouble", True),
        (502, "trouble", True),
    ],
)
def test_status(fail: Any, respond: Any, asked: str, status: int, words: str, retry: bool) -> None:
    error = fail(asked, respond(b"planted", status=status, headers={"Retry-After": "77"}))
    if asked.startswith("bucket") and status == 404:
        words = "no such file"  # S3 says so of a key
        retry = True
    assert words in error.message
    assert error.retry is retry
    assert error.retry_after == (77 if status >= 429 else None)
    assert len(fail.server.requests) == 1


@each
def test_redirects_without_end(fail: Any, asked: str) -> None:
    def on(request: Any) -> None:
        request.send_response(302)
        request.send_header("Location", request.path + "x")
        request.send_header("Content-Length", "0")
        request.end_headers()

    error = fail(asked, on)
    assert not error.retry
    assert len(fail.server.requests) <= 4


def _html(respond: Any) -> Any:
    return respond(b"<!DOCTYPE html><form>Sign in, planted</form>", kind="text/html")


def _cut_off(request: Any) -> None:
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ndate,")
    request.close_connection = True


@each
def test_a_sign_in_page(fail: Any, respond: Any, asked: str) -> None:
    error = fail(asked, _html(respond))
    assert not error.retry
    assert error.message


@each
def test_cut_off(fail: Any, asked: str) -> None:
    error = fail(asked, _cut_off)
    assert error.retry
    assert "broke off" in error.message


@each
def test_the_wrong_type(fail: Any, respond: Any, asked: str) -> None:
    assert not fail(asked, respond(b"\x89PNG\r\n\x1a\n\x00\x00", kind="image/png")).retry


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second for everything, in which ever limits a kind asks."""
    limits = http.Limits(seconds=0.5)
    original = http.Visit.__init__
    monkeypatch.setattr(http.Visit, "__init__", lambda self, given=None: original(self, limits))


def _drip(request: Any) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(20):
        request.wfile.write(b"1")
        request.wfile.flush()
        time.sleep(0.1)


@each
def test_a_slow_drip(fail: Any, quick: None, asked: str) -> None:
    began = time.monotonic()
    error = fail(asked, _drip)
    assert error.retry
    assert "in time" in error.message
    assert time.monotonic() - began < 1.5


def _endless(request: Any) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(5 << 30))
    request.end_headers()
    with contextlib.suppress(OSError):
        while True:
            request.wfile.write(b"0" * 65536)


@cache
def _bomb() -> bytes:
    return gzip.compress(b"0" * (50 << 20))


@each
@pytest.mark.parametrize("what", ["endless", "bomb"])
def test_too_much(fail: Any, respond: Any, monkeypatch: pytest.MonkeyPatch, asked: str, what: str) -> None:
    monkeypatch.setattr(downloads, "MAX_BYTES", 10 << 20)
    answer = _endless
    if what == "bomb":
        answer = respond(_bomb(), headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    error = fail(asked, answer)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "larger than" in error.message or "cannot be read" in error.message
    assert not error.retry
    assert peak < 45 << 20


@each
def test_an_invalid_certificate(fail: Any, asked: str, tmp_path: Any) -> None:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    error = fail(
        asked, lambda request: None, "https", lambda socket: context.wrap_socket(socket, server_side=True)
    )
    assert "no valid certificate" in error.message
    assert not error.retry
    assert fail.server.requests == []
    assert error.field == ASKED[asked][1]


@each
def test_nobody_listens(fail: Any, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(request: Any) -> None:
        raise AssertionError("nobody can have come")

    import socket

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    error = fail(asked, closed)
    assert error.retry
    assert "could not be reached" in error.message
