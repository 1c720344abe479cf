"""Real servers on this machine, and short ways to put a table through a source."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import pytest

from metrics.sources import Ask, Fetched, kind

TODAY = date(2026, 6, 30)

type Answer = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Answers every GET by calling `answer`, and keeps the requests that came."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[BaseHTTPRequestHandler] = []
        self.answer = answer
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    outer.answer(self)

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
