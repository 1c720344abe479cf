"""The 33 hostile addresses, each in four ways. What must hold: no connection, and the same words for all."""

import socket
from typing import Any

import pytest

from metrics.sources import SourceError, addresses, http
from tests.metrics.sources.hostile import HOSTILE, PUBLIC, answers, assert_refused

each = pytest.mark.parametrize(("spelling", "meant"), HOSTILE, ids=[spelling for spelling, _ in HOSTILE])


def refusal(url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        http.get(url)
    return caught.value


def test_the_list_is_complete() -> None:
    assert len(HOSTILE) == 33


@each
def test_literal(spelling: str, meant: str, serve: Any, respond: Any, connections: list[str]) -> None:
    inside = serve(respond(b"[]"))
    for url in (f"http://{spelling}:{inside.port}/", f"http://{spelling}/", f"https://{spelling}/"):
        assert_refused(refusal(url))
    assert connections == []
    assert inside.requests == []


@each
def test_dns_name(spelling: str, meant: str, monkeypatch: pytest.MonkeyPatch, connections: list[str]) -> None:
    for found in ([meant], [PUBLIC, meant], [meant, PUBLIC]):
        monkeypatch.setattr(socket, "getaddrinfo", answers(found))
        assert_refused(refusal("http://figures.example/"))
    assert connections == []


@each
def test_redirect(spelling: str, meant: str, serve: Any, settings: Any, connections: list[str]) -> None:
    inside = serve(lambda request: None)

    def redirect(request: Any) -> None:
        request.send_response(302)
        request._headers_buffer.append(f"Location: http://{spelling}:{inside.port}/\r\n".encode())
        request.end_headers()

    outside = serve(redirect)
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [outside.address]
    assert_refused(refusal(outside.url))
    assert connections == ["127.0.0.1"]  # the one that is allowed
    assert len(outside.requests) == 1
    assert inside.requests == []


@each
def test_rebinding(
    spelling: str, meant: str, serve: Any, monkeypatch: pytest.MonkeyPatch, connections: list[str]
) -> None:
    """The name is public at first and then leads inside: no connection goes where was not checked."""

    def again(request: Any) -> None:
        request.send_response(302)
        request.send_header("Location", "/again")
        request.end_headers()

    server = serve(again)
    monkeypatch.setattr(socket, "getaddrinfo", answers([PUBLIC], [meant]))
    assert_refused(refusal(f"http://rebind.example:{server.port}/"))
    assert connections == [PUBLIC]
    assert [request.path for request in server.requests] == ["/"]
    assert server.requests[0].headers["Host"] == f"rebind.example:{server.port}"


def test_control_without_the_guard_the_inside_is_reached(
    serve: Any, respond: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = serve(respond(b"[]"))
    monkeypatch.setattr(addresses, "is_public", lambda address: True)
    assert http.get(inside.url).body == b"[]"
    assert len(inside.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "figures.example",
        "ftp://figures.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http:///x",
        "http://",
        "http://user:password@figures.example/",
        "http://127%2e0.0.1/",
        "http://figures.example%5c@127.0.0.1/",
        "http://figures.example\\.inside/",
        "http://figures.example:0/",
        "http://figures.example:65536/",
        "http://figures.example:80:80/",
        "http://figures example/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1",
        "http://127.0.0.1.:80/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
        "http://0x7f.1/",
        "http://1.1/",
        "http://x.localhost/",
        "http://figures.example/\r\nHost: inside",
        "http://figures.example/a\tb",
        "http://figures.example＠127.0.0.1/",
        "http://figures.example/" + "a" * 2000,
        "http://-bad-.example/",
        "http://" + "a" * 64 + ".example/",
    ],
)
def test_odd_spellings_are_refused_alike(url: str, connections: list[str]) -> None:
    assert_refused(refusal(url))
    assert connections == []


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:82b::200e"]
)
def test_public_addresses_are_open(address: str) -> None:
    literal = f"[{address}]" if ":" in address else address
    assert addresses.target(f"https://{literal}/").host == address


def test_isatap_tunnels_are_closed() -> None:
    with pytest.raises(SourceError):
        addresses.target("http://[2606:4700::5efe:7f00:1]/")


def test_a_name_that_does_not_exist_sounds_like_one_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert_refused(refusal("http://figures.example/"))


def test_a_resolver_in_trouble_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def trouble(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", trouble)
    assert refusal("http://figures.example/").retry


def test_the_allow_list_names_one_host_and_port(serve: Any, respond: Any, settings: Any) -> None:
    server, other = serve(respond(b"[1]")), serve(respond(b"[2]"))
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [server.address]
    assert http.get(server.url).body == b"[1]"
    assert_refused(refusal(other.url))
    assert_refused(refusal(f"http://localhost:{server.port}/"))
    assert other.requests == []


def test_an_allowed_name_goes_where_it_leads(serve: Any, respond: Any, settings: Any) -> None:
    server = serve(respond(b"[1]"))
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [f"Localhost:{server.port}"]
    assert http.get(f"http://LOCALHOST:{server.port}").body == b"[1]"


def test_international_names_are_encoded_once() -> None:
    assert addresses.target("https://bücher.example/x?y=1#z").url == "https://xn--bcher-kva.example/x?y=1"


def test_the_port_and_path_survive() -> None:
    target = addresses.target(" HTTPS://Figures.Example:8443?day=1 ")
    assert (str(target.url), target.port) == ("https://figures.example:8443/?day=1", 8443)
