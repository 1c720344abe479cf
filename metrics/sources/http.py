"""The one door to addresses that people typed in: guarded, bounded in time and size, and blind to proxies."""

import errno
import logging
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import httpx2
from django.utils.translation import gettext as _

from . import addresses
from .base import SourceError
from .downloads import Download
from .statuses import check_status
from .wire import Clock, Transport

# They write whole addresses, and with them keys that stand in a query, into the log.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MB = 1024 * 1024
MAX_BYTES = 10 * _MB  # of one answer, after unpacking

type Sink = Callable[[bytes], object]
# Where the body goes of an answer with that status; None leaves it unread.
type Sinks = Callable[[int], Sink | None]


@dataclass(frozen=True, slots=True)
class Limits:
    seconds: float = 30.0  # for everything that one visit asks for
    max_bytes: int = MAX_BYTES
    total_bytes: int = 50 * _MB  # of all answers of a visit
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Body:
    """What is posted. A body that holds a key is as careful about where it goes as a key in a header."""

    content: bytes
    kind: str = "application/json"
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """How an address answered. `url` is where the answer came from, `next` where a Link header leads on to."""

    status: int
    headers: httpx2.Headers
    url: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    content_type: str
    body: bytes
    status: int = 200
    url: str = ""
    next: str = ""
    retry_after: str = ""


def get(url: str, *, headers: Mapping[str, str] | None = None, limits: Limits | None = None) -> Answer:
    """The body of that address. Raises nothing but SourceError."""
    return Visit(limits).ask(url, keys=headers)


class Visit:
    """Some requests that belong together: they share one deadline and one sum of bytes."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.clock = Clock.of(self.limits.seconds)
        self._taken = 0

    def ask(
        self,
        url: str,
        *,
        keys: Mapping[str, str] | None = None,
        body: Body | None = None,
        with_errors: bool = False,
    ) -> Answer:
        """One answer; it is posted to where there is a body. Raises nothing but SourceError.

        `keys` are headers that go to this address and no other. `with_errors` also hands back what came with a
        status that says no.
        """
        content = bytearray()

        def keep(chunk: bytes) -> None:
            content.extend(chunk)
            self._check_size(len(content))

        reply = self._follow(
            url, keys or {}, body, lambda status: keep if with_errors else _if_well(status, keep)
        )
        retry_after = reply.headers.get("retry-after", "")
        if not with_errors:
            check_status(reply.status, retry_after)
        self._taken += len(content)
        kind = reply.headers.get("content-type", "")
        return Answer(kind, bytes(content), reply.status, reply.url, reply.next, retry_after)

    @contextmanager
    def download(
        self,
        url: str,
        *,
        keys: Mapping[str, str] | None = None,
        refusal: Callable[[int], SourceError | None] | None = None,
    ) -> Iterator[tuple[IO[bytes], Reply]]:
        """A table of any length, in a file of its own that is gone with the block. It earns time as it comes.

        `refusal` may know better words for a status than those that fit every address.
        """
        with tempfile.TemporaryFile() as file:
            sink = Download(file, self.clock)
            reply = self._follow(url, keys or {}, None, lambda status: _if_well(status, sink))
            if refusal and (error := refusal(reply.status)):
                raise error
            check_status(reply.status, reply.headers.get("retry-after", ""))
            file.seek(0)
            yield file, reply

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, sinks: Sinks
    ) -> Reply:
        """One request as it is, its headers protected as keys: no redirect is followed and any status is an answer."""
        with _plainly():
            target = addresses.target(url)
            _protect(target)
            return self._send(target, method, headers, content, sinks)

    def _check_size(self, size: int) -> None:
        if size > self.limits.max_bytes:
            raise SourceError(
                _("The answer is larger than %(size)s MB. Please ask for a shorter period.")
                % {"size": self.limits.max_bytes // _MB}
            )
        if self._taken + size > self.limits.total_bytes:
            raise SourceError(
                _("All pages together are larger than %(size)s MB. Please ask for a shorter period.")
                % {"size": self.limits.total_bytes // _MB}
            )

    def _follow(self, url: str, keys: Mapping[str, str], body: Body | None, sinks: Sinks) -> Reply:
        with _plainly():
            target = addresses.target(url)
            for _hop in range(self.limits.redirects + 1):
                if keys or (body and body.secret):
                    _protect(target)
                headers = {**keys, "Content-Type": body.kind} if body else keys
                method, content = ("POST", body.content) if body else ("GET", None)
                reply = self._send(target, method, headers, content, sinks)
                if reply.status not in _REDIRECTS or not reply.headers.get("location"):
                    return reply
                if body:  # what was posted is not handed on: nobody knows what becomes of it
                    raise SourceError(
                        _("The address sends us on to another one. Please give the last one of them."),
                        field="url",
                    )
                following = addresses.target(joined(reply.url, reply.headers["location"]))
                if following.origin != target.origin:
                    keys = {}  # a key is for the address it was given for
                target = following
            raise SourceError(
                _("The address sends us on from one place to the next without end."), field="url"
            )

    def _send(
        self,
        target: addresses.Target,
        method: str,
        headers: Mapping[str, str],
        content: bytes | None,
        sinks: Sinks,
    ) -> Reply:
        sent = httpx2.Headers(
            {"Accept": "application/json, */*;q=0.5", "Accept-Encoding": "gzip", "User-Agent": "Pilotlight"}
        )
        sent.update(headers)
        client = httpx2.Client(
            transport=Transport(self.clock),
            trust_env=False,
            follow_redirects=False,
            timeout=self.limits.seconds,
        )
        with client, client.stream(method, target.url, headers=sent, content=content) as response:
            if sink := sinks(response.status_code):
                for chunk in response.iter_bytes():  # unpacked in pieces of at most 1 MB
                    sink(chunk)
            following = response.links.get("next", {}).get("url", "")
            return Reply(response.status_code, response.headers, str(target.url), following)


def _if_well(status: int, sink: Sink) -> Sink | None:
    return sink if 200 <= status < 300 else None


def joined(url: str, location: str) -> str:
    """Relative targets are completed; anything with a host of its own is left as it is, for `target` to judge."""
    base = httpx2.URL(url)
    if location.lower().startswith(("http:", "https:")):
        return location
    if location.startswith(("//", "\\")):
        return f"{base.scheme}:{location}"
    try:
        return str(base.join(location))
    except httpx2.InvalidURL as error:
        raise addresses.refused() from error


def _protect(target: addresses.Target) -> None:
    if target.url.scheme != "https" and not target.allowed:
        raise SourceError(
            _("A key would travel unprotected to this address. Please use one that starts with https://."),
            field="url",
        )


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except SourceError:
        raise
    except Exception as error:
        raise _explained(error) from error


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
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SourceError(_("Pilotlight has no room for this file at the moment."), retry=True)
    return SourceError(_("The answer broke off or was damaged on the way."), retry=True)


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False
