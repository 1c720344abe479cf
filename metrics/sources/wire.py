"""Below the door: connections that go only to addresses that were checked, and a clock that none of them outlasts."""

import functools
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpcore2
import httpx2

from . import addresses

type _SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

# One dead address out of several must not use up the whole time.
_CONNECT_SECONDS = 10.0
_MOST_ADDRESSES = 4


@dataclass(slots=True)
class Clock:
    """What is left of the time for everything: looking up, connecting, redirects, every page, the last byte."""

    end: float

    @classmethod
    def of(cls, seconds: float) -> "Clock":
        return cls(time.monotonic() + seconds)

    def left(self, most: float = float("inf")) -> float:
        left = self.end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout
        return min(left, most)

    def grant(self, seconds: float) -> None:
        """More time, earned by bytes that came."""
        self.end += seconds


@dataclass(frozen=True, slots=True)
class _Stream(httpcore2.NetworkStream):
    """No single step waits longer than what is left of the whole: one byte a second does not keep us."""

    inner: httpcore2.NetworkStream
    clock: Clock

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

    clock: Clock
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


class Transport(httpx2.HTTPTransport):
    """httpx2's own transport over a pool that has our backend: it takes none as an argument."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_tls(), max_keepalive_connections=0, network_backend=_Backend(clock)
        )
