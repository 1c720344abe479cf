"""The web server as it runs in production, and beside it, served alike, the one that says hello."""

from __future__ import annotations

import http.client
import os
import re
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from bench.load import HOST
from config.demo.child import Child
from config.demo.place import MARK, Place, free_port
from config.troubles import Trouble

WORKERS, THREADS = 2, 2


@dataclass
class Server:
    port: int
    child: Child

    @property
    def root(self) -> psutil.Process:
        assert self.child.process is not None
        return psutil.Process(self.child.process.pid)


@contextmanager
def running(place: Place, name: str, application: str, **environment: str) -> Iterator[Server]:
    """gunicorn with our own settings, from its first answer on until the block ends."""
    port = free_port()
    surroundings = os.environ | environment | {
        MARK: str(place.var),
        "PILOTLIGHT_BASE_URL": f"http://{HOST}:{port}",
        "PILOTLIGHT_BIND": f"{HOST}:{port}",
        "PILOTLIGHT_THREADS": str(THREADS),
        "WEB_CONCURRENCY": str(WORKERS),
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", application]
    server = Server(port, Child(name, command, surroundings, place.log(name)))
    server.child.start()
    try:
        _await(server)
        yield server
    finally:
        server.child.terminate()
        server.child.end(time.monotonic() + 10)


def _await(server: Server) -> None:
    deadline = time.monotonic() + 60
    while server.child.exit_code is None and time.monotonic() < deadline:
        try:
            get(server.port, "/healthz")
            return
        except OSError:
            time.sleep(0.1)
    raise Trouble(f"{server.child.name} does not start: {server.child.last_words()}")


def get(
    port: int, path: str, headers: Mapping[str, str] | None = None
) -> tuple[http.client.HTTPResponse, str]:
    return _ask(port, "GET", path, headers or {}, None)


def sign_in(port: int, email: str, password: str) -> str:
    """Sign in by the form, as a browser does; the cookies to send from then on."""
    path = "/accounts/login/"
    headers, token = open_form(port, path)
    body = urllib.parse.urlencode({"login": email, "password": password, "csrfmiddlewaretoken": token})
    answer, _page = _ask(port, "POST", path, headers, body)
    if answer.status != http.client.FOUND:
        raise Trouble(f"{email} cannot sign in: status {answer.status}.")
    return "; ".join([headers["Cookie"], cookies(answer)])


def open_form(port: int, path: str) -> tuple[dict[str, str], str]:
    """What to send with the form of a page: headers, and the token against forgery."""
    answer, page = get(port, path)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if token is None:
        raise Trouble(f"{path} has no form.")
    return {"Cookie": cookies(answer), "Content-Type": "application/x-www-form-urlencoded"}, token[1]


def cookies(answer: http.client.HTTPResponse) -> str:
    """Those that an answer sets, as they are sent back."""
    return "; ".join(line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie") or [])


def _ask(
    port: int, method: str, path: str, headers: Mapping[str, str], body: str | None
) -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return answer, answer.read().decode()
    finally:
        connection.close()
