"""The one door to addresses that people typed in: guarded, bounded in time and size, and blind to proxies."""

import functools
import logging
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpcore2
import httpx2
from django.utils.translation import gettext as _

from . import addresses
from .base import SourceError
from .statuses import check_status

# They write whole addresses, and with them keys that stand in a query, into the log.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

type _SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# One dead address out of several must not use up the whole time.
_CONNECT_SECONDS = 10.0
_MOST_ADDRESSES = 4


@dataclass(frozen=True, slots=True)
class Limits:
    seconds: float = 30.0  # for everything: looking up, connecting, redirects, the last byte
    max_bytes: int = 10 * 1024 * 1024  # after unpacking
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    content_type: str
    body: bytes


def get(url: str, *, headers: Mapping[str, str] | None = None, limits: Limits | None = None) -> Answer:
    """The body of that address. Raises nothing but SourceError."""
    limits = limits or Limits()
    clock = _Clock(time.monotonic() + limits.seconds)
    try:
        return _follow(addresses.target(url), dict(headers or {}), limits, clock)
    except SourceError:
        raise
    except Exception as error:
        raise _explained(error) from error


def _follow(target: addresses.Target, headers: dict[str, str], limits: Limits, clock: "_Clock") -> Answer:
    for _hop in range(limits.redirects + 1):
        if headers and target.url.scheme != "https" and not target.allowed:
            raise SourceError(
                _(
                    "A key would travel unprotected to this address. Please use one that starts with https://."
                ),
                field="url",
            )
        answer = _one(target, headers, limits, clock)
        if isinstance(answer, Answer):
            return answer
        following = addresses.target(answer)
        if following.origin != target.origin:
            headers = {}  # a key is for the address it was given for
        target = following
    raise SourceError(_("The address sends us on from one place to the next without end."), field="url")


def _one(target: addresses.Target, headers: dict[str, str], limits: Limits, clock: "_Clock") -> Answer | str:
    """One request: its answer, or the address it sends us on to."""
    sent = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "Pilotlight", **headers}
    client = httpx2.Client(
        transport=_Transport(clock), trust_env=False, follow_redirects=False, timeout=limits.seconds
    )
    with client, client.stream("GET", target.url, headers=sent) as response:
        if response.status_code in _REDIRECTS and response.headers.get("location"):
            return _joined(target.url, response.headers["location"])
        check_status(response.status_code, response.headers.get("retry-after", ""))
        return Answer(response.headers.get("content-type", ""), _body(response, limits.max_bytes))


def _joined(url: httpx2.URL, location: str) -> str:
    """Relative targets are completed; anything with a host of its own is left as it is, for `target` to judge."""
    if location.lower().startswith(("http:", "https:")):
        return location
    if location.startswith(("//", "\\")):
        return f"{url.scheme}:{location}"
    return str(url.join(location))


def _body(response: httpx2.Response, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():  # unpacked in pieces of at most 1 MB
        body += chunk
        if len(body) > max_bytes:
            size = max_bytes // 1024 // 1024
            raise SourceError(
                _("The answer is larger than %(size)s MB. Please ask for a shorter period.") % {"size": size}
            )
    return bytes(body)


def _explained(error: Exception) -> SourceError:
    if isinstance(error, httpx2.TimeoutException):
        return SourceError(_("The address did not answer in time."), retry=True)
    if isinstance(error, httpx2.ConnectError) and _caused_by(error, ssl.SSLError):
        return SourceError(
            _("The address has no valid certificate, so we cannot be sure who answers."), field="url"
        )
    if isinstance(error, httpx2.ConnectError):
        return SourceError(_("The address could not be reached."), retry=True)
    if isinstance(error, httpx2.InvalidURL):
        return addresses.refused()
    return SourceError(_("The answer broke off or was damaged on the way."), retry=True)


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


@dataclass(frozen=True, slots=True)
class _Clock:
    end: float

    def left(self, most: float = float("inf")) -> float:
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return min(left, most)


@dataclass(frozen=True, slots=True)
class _Stream(httpcore2.NetworkStream):
    """No single step waits longer than what is left of the whole: one byte a second does not keep us."""

    inner: httpcore2.NetworkStream
    clock: _Clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, self.clock.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self.clock.left())

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self.inner.start_tls(ssl_context, server_hostname, self.clock.left()), self.clock)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


@dataclass(frozen=True, slots=True)
class _Backend(httpcore2.NetworkBackend):
    """Looks the name up, checks every address, and connects to those addresses and no other."""

    clock: _Clock
    inner: httpcore2.NetworkBackend = field(default_factory=httpcore2.SyncBackend)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        failure: Exception = httpcore2.ConnectError()
        for address in addresses.permitted(host, port, self.clock.left())[:_MOST_ADDRESSES]:
            try:
                stream = self.inner.connect_tcp(
                    address, port, self.clock.left(_CONNECT_SECONDS), None, socket_options
                )
                return _Stream(stream, self.clock)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[_SocketOption] | None = None
    ) -> httpcore2.NetworkStream:
        raise httpcore2.ConnectError("not a network address")


@functools.cache
def _tls() -> ssl.SSLContext:
    # Reading the authorities' certificates takes longer than a whole request.
    return httpx2.create_ssl_context(trust_env=False)


class _Transport(httpx2.HTTPTransport):
    """httpx2's own transport over a pool that has our backend: it takes none as an argument."""

    def __init__(self, clock: _Clock) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_tls(), max_keepalive_connections=0, network_backend=_Backend(clock)
        )
