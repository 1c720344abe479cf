"""Answers that are slow, huge, broken or unkind, each from a real server."""

import gzip
import ssl
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from metrics.sources import SourceError, http, statuses
from tests.metrics.sources.conftest import certificate

QUICK = http.Limits(seconds=0.6)


@pytest.fixture
def get(serve: Any, settings: Any) -> Any:
    """Serves that answer and fetches it. The server is left on the function, to be asked what came."""

    def fetch(answer: Any, limits: http.Limits | None = None, **headers: str) -> http.Answer:
        server = serve(answer)
        fetch.server = server  # type: ignore[attr-defined]
        settings.PILOTLIGHT_ALLOWED_ADDRESSES = [*settings.PILOTLIGHT_ALLOWED_ADDRESSES, server.address]
        return http.get(server.url, headers=headers, limits=limits)

    return fetch


def failure(get: Any, answer: Any, limits: http.Limits | None = None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        get(answer, limits)
    return caught.value


def test_the_body_comes_back(get: Any, respond: Any) -> None:
    answer = get(respond(b'{"a": 1}'))
    assert (answer.body, answer.content_type) == (b'{"a": 1}', "application/json")


def test_gzip_is_unpacked(get: Any, respond: Any) -> None:
    assert get(respond(gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip"})).body == b"[1]"


@pytest.mark.parametrize(
    ("status", "retry", "words"),
    [
        (401, False, "refused our credentials"),
        (403, False, "refused our credentials"),
        (404, False, "nothing at this address"),
        (410, False, "nothing at this address"),
        (400, False, "did not accept"),
        (304, False, "did not accept"),
        (408, True, "trouble"),
        (429, True, "less often"),
        (500, True, "trouble"),
        (502, True, "trouble"),
        (503, True, "trouble"),
    ],
)
def test_status(get: Any, respond: Any, status: int, retry: bool, words: str) -> None:
    error = failure(get, respond(b"", status=status))
    assert error.retry is retry
    assert words in error.message


@pytest.mark.parametrize(
    ("said", "seconds"), [("120", 120), ("999999999999", 86400), ("soon", None), ("-5", None)]
)
def test_retry_after(get: Any, respond: Any, said: str, seconds: int | None) -> None:
    for status in (429, 503):
        assert failure(get, respond(b"", status=status, headers={"Retry-After": said})).retry_after == seconds


def test_retry_after_as_a_date() -> None:
    soon = statuses.seconds(format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True))
    assert soon is not None
    assert 85 <= soon <= 90
    assert statuses.seconds(format_datetime(datetime.now(UTC) + timedelta(days=9), usegmt=True)) == 86400
    assert statuses.seconds(format_datetime(datetime.now(UTC) - timedelta(days=9), usegmt=True)) == 0


def test_a_slow_drip_ends_at_the_deadline(get: Any) -> None:
    def body(request: Any) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        _drip(request)

    def headers(request: Any) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        _drip(request)

    for answer in (body, headers, lambda request: time.sleep(3)):
        began = time.monotonic()
        error = failure(get, answer, QUICK)
        assert error.retry
        assert "in time" in error.message
        assert time.monotonic() - began < 1.5


def _drip(request: Any) -> None:
    for _ in range(30):
        request.wfile.write(b"1")
        request.wfile.flush()
        time.sleep(0.1)


def test_redirects_share_one_deadline(get: Any) -> None:
    def slowly_on(request: Any) -> None:
        time.sleep(0.3)
        request.send_response(302)
        request.send_header("Location", "/on")
        request.end_headers()

    assert "in time" in failure(get, slowly_on, QUICK).message


def _never(*args: Any, **kwargs: Any) -> list[Any]:
    time.sleep(3)
    return []


def test_a_slow_resolver_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", _never)
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        http.get("http://figures.example/", limits=QUICK)
    assert caught.value.retry
    assert time.monotonic() - began < 1.5


def test_an_endless_body_is_cut(get: Any) -> None:
    def endless(request: Any) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"0" * 65536)

    assert "larger than 10 MB" in failure(get, endless).message


def test_a_gzip_bomb_is_stopped_while_unpacking(get: Any, respond: Any) -> None:
    bomb = gzip.compress(b"0" * (60 << 20))
    for encoding, body in (("gzip", bomb), ("gzip, gzip", gzip.compress(bomb))):
        tracemalloc.start()
        error = failure(get, respond(body, headers={"Content-Encoding": encoding}))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "larger than 10 MB" in error.message
        assert peak < 40 << 20


def test_ten_megabytes_pass(get: Any, respond: Any) -> None:
    assert len(get(respond(b"0" * (10 << 20))).body) == 10 << 20


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1,",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_broken_answers_are_tried_again(get: Any, broken: bytes) -> None:
    def answer(request: Any) -> None:
        request.wfile.write(broken)
        request.close_connection = True

    error = failure(get, answer)
    assert error.retry
    assert "broke off" in error.message


def test_nobody_listens(serve: Any, respond: Any, settings: Any) -> None:
    server = serve(respond())
    server.http.shutdown()
    server.http.server_close()
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
    with pytest.raises(SourceError, match="could not be reached") as caught:
        http.get(server.url)
    assert caught.value.retry


def test_three_redirects_and_no_more(get: Any) -> None:
    def after(hops: int) -> Any:
        def answer(request: Any) -> None:
            done = request.path.count("x")
            request.send_response(302 if done < hops else 200)
            request.send_header("Location", "/" + "x" * (done + 1))
            request.end_headers()

        return answer

    get(after(3))
    assert len(get.server.requests) == 4
    assert "without end" in failure(get, after(4)).message
    assert len(get.server.requests) == 4


def test_a_key_stays_with_its_address(get: Any, serve: Any, respond: Any, settings: Any) -> None:
    other = serve(respond(b"[]"))
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [other.address]
    get(
        respond(b"", status=302, headers={"Location": other.url}),
        **{"Authorization": "Bearer x", "X-Key": "y"},
    )
    assert get.server.requests[0].headers["Authorization"] == "Bearer x"
    assert not {"authorization", "x-key"} & {name.lower() for name in other.requests[0].headers}


def test_a_key_never_travels_unprotected() -> None:
    with pytest.raises(SourceError, match="unprotected"):
        http.get("http://figures.example/", headers={"Authorization": "Bearer x"})


def test_no_proxy_is_asked(get: Any, respond: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get(respond(b"[]")).body == b"[]"


def test_an_invalid_certificate_needs_a_person(
    get: Any, serve: Any, respond: Any, settings: Any, tmp_path: Any
) -> None:
    server = serve(respond(b"[]"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
    with pytest.raises(SourceError, match="certificate") as caught:
        http.get(f"https://{server.address}/", headers={"Authorization": "Bearer x"})
    assert not caught.value.retry
    assert server.requests == []
