"""Real servers on this machine, and short ways to put a table through a source."""

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from metrics.sources import Ask, Fetched, kind, wire
from tests.metrics.sources.hostile import PUBLIC, answers

TODAY = date(2026, 6, 30)

type Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers every GET and POST by calling `answer`, and keeps the requests that came, with what was posted."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[BaseHTTPRequestHandler] = []
        self.answer = answer
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.posted = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.requests.append(self)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    outer.answer(self)

            do_POST = do_GET  # noqa: N815 - the name is the library's

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}/"
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()


def reply(
    body: bytes = b"",
    status: int = 200,
    kind: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return answer


@pytest.fixture
def respond() -> Callable[..., Answer]:
    return reply


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    servers: list[Server] = []

    def start(answer: Answer) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.http.shutdown()
        server.http.server_close()


@pytest.fixture(autouse=True)
def _nothing_allowed(settings: Any) -> None:
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = []
    settings.PILOTLIGHT_SOURCE_DIRS = []


@pytest.fixture
def read_file() -> Callable[..., Fetched]:
    """A text or bytes through the file source; the columns are date and value unless said otherwise."""

    def read(content: str | bytes, **settings: Any) -> Fetched:
        data = content.encode() if isinstance(content, str) else content
        columns = {"date_column": "date", "value_column": "value"}
        if {"numerator_column", "outcome_column", "rows"} & settings.keys():
            del columns["value_column"]
        about = {
            name: settings.pop(name) for name in ("metric_kind", "cadence", "members") if name in settings
        }
        return kind("file").fetch(
            Ask(settings={**columns, **settings}, today=TODAY, content=BytesIO(data), **about)
        )

    return read


def csv_rows(*numbers: float) -> bytes:
    """A small table: one day after the other."""
    return b"date,value\n" + b"".join(f"2026-01-{day:02},{n}\n".encode() for day, n in enumerate(numbers, 1))


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every connection that is tried, by address. The public address leads to the test's own server."""
    tried: list[str] = []

    def create(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        tried.append(address[0])
        connection = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        connection.settimeout(2)
        connection.connect(("127.0.0.1", address[1]) if address[0] == PUBLIC else address)
        return connection

    monkeypatch.setattr(socket, "create_connection", create)
    return tried


def certificate(folder: Path, *names: str) -> Path:
    """Self-made, for 127.0.0.1 and these names: nobody trusts it who was not told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *map(x509.DNSName, names)]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def serve_tls(serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connections: list[str]) -> Any:
    """A public server under a name of its own, with a certificate that is trusted for the length of the test."""

    def start(answer: Answer, name: str) -> Server:
        server: Server = serve(answer)
        pem = certificate(tmp_path, name)
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(pem)
        server.http.socket = own.wrap_socket(server.http.socket, server_side=True)
        trusting = ssl.create_default_context(cafile=str(pem))
        monkeypatch.setattr(wire, "_tls", lambda: trusting)
        monkeypatch.setattr(socket, "getaddrinfo", answers([PUBLIC]))
        server.url = f"https://{name}:{server.port}/"
        return server

    return start
