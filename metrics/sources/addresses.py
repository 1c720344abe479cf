"""Which addresses a source may be read from: the public internet, and what the operator has named.

One parser, one message. What is checked here is what is connected to: http.py hands the very addresses found by
`permitted` to the socket, so a name that answers differently the second time is never asked a second time.
"""

import ipaddress
import re
import socket
import threading
import unicodedata
from dataclasses import dataclass

import httpx2
import idna
from django.conf import settings
from django.utils.translation import gettext as _

from .base import SourceError

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL = 2000

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]:]+)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")

# Beyond what the ipaddress module calls not global.
_CLOSED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carriers' inside; 100.100.100.200 is a cloud's metadata service
        "168.63.129.16/32",  # a cloud's host service, on a public address
        "192.0.0.0/24",  # 192.0.0.192 is a cloud's metadata service
        "192.88.99.0/24",  # relays into IPv6
        "198.18.0.0/15",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
# IPv6 is open only where addresses are handed out to the public, and there not where others hide inside.
_OPEN_V6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, among them Teredo
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",
    )
)
# Interface identifiers that carry an IPv4 address inside a tunnel (ISATAP).
_TUNNEL_IDS = (0x00005EFE, 0x02005EFE)


def refused() -> SourceError:
    """The one answer for every address that is not permitted: it tells nothing about the inside."""
    return SourceError(
        _(
            "This address cannot be used: it does not exist, or it belongs to an internal network. "
            "Check the spelling, or ask the people who run Pilotlight to allow it."
        ),
        field="url",
    )


@dataclass(frozen=True, slots=True)
class Target:
    url: httpx2.URL
    host: str
    port: int
    allowed: bool  # named by the operator: goes wherever the name leads

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.url.scheme, self.host, self.port


def target(text: str) -> Target:
    """The address, parsed once and in one spelling. Names are not resolved here."""
    match = _URL.fullmatch(text.strip())
    if match is None or len(text) > MAX_URL or _has_forbidden(text.strip(), match["authority"]):
        raise refused()
    authority = _AUTHORITY.fullmatch(match["authority"])
    if authority is None:
        raise refused()
    scheme = match["scheme"].lower()
    host = _host(authority["host"])
    port = int(authority["port"] or (443 if scheme == "https" else 80))
    if not 1 <= port <= 65535:
        raise refused()
    allowed = is_allowed(host, port)
    literal = _literal(host)
    if not allowed and literal is not None and not is_public(literal):
        raise refused()
    return Target(_url(scheme, host, port, match["rest"]), host.strip("[]"), port, allowed)


def origins(*texts: object) -> str:
    """Where these addresses lead, as one text to compare: scheme, host and port of each that there is."""
    return " ".join(_origin(str(text)) for text in texts if text)


def _origin(text: str) -> str:
    try:
        return "{}://{}:{}".format(*target(text).origin)
    except SourceError:  # it leads nowhere, so nothing is sent there
        return text


def _has_forbidden(text: str, authority: str) -> bool:
    # Backslashes, user names and percent signs are where two parsers disagree about the host.
    unprintable = any(c == "\\" or (c.isascii() and not c.isprintable()) for c in text)
    return unprintable or any(c in "@% " for c in unicodedata.normalize("NFKC", authority))


def _host(raw: str) -> str:
    """The host in lower-case ASCII. Full-width digits and the like become what the resolver would make of them."""
    if raw.startswith("["):
        return f"[{_ip(raw[1:-1])}]"
    host = unicodedata.normalize("NFKC", raw).replace("。", ".").lower()
    try:
        host = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise refused() from error
    host = host.removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise refused()
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        # 127.1, 2130706433, 0x7f000001, 0177.0.0.1: only four plain decimal numbers are an address.
        return str(_ip(host))
    if labels[-1] == "localhost" and not any(entry.startswith(f"{host}:") for entry in _allow_list()):
        raise refused()
    return host


def _ip(text: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise refused() from error


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _url(scheme: str, host: str, port: int, rest: str) -> httpx2.URL:
    rest = rest.split("#", 1)[0]
    try:
        url = httpx2.URL(f"{scheme}://{host}:{port}{rest if rest[:1] == '/' else '/' + rest}")
    except httpx2.InvalidURL as error:
        raise refused() from error
    if url.raw_host.decode("ascii") != host.strip("[]"):  # the two must never differ
        raise refused()
    return url


def _allow_list() -> frozenset[str]:
    return frozenset(
        str(entry).strip().lower() for entry in getattr(settings, "PILOTLIGHT_ALLOWED_ADDRESSES", [])
    )


def is_allowed(host: str, port: int) -> bool:
    """Whether the operator named exactly this host and port. IPv6 addresses stand in brackets there."""
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"{bracketed}:{port}" in _allow_list()


def is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in _CLOSED_V4)
    if address.scope_id is not None or address not in _OPEN_V6:
        return False
    tunnelled = (int(address) >> 32) & 0xFFFFFFFF in _TUNNEL_IDS
    return address.is_global and not tunnelled and not any(address in network for network in _CLOSED_V6)


def permitted(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of that host, when every single one may be connected to."""
    found = _resolve(host, port, seconds)
    if is_allowed(host, port):
        return found
    for text in found:
        address = _literal(text)
        if address is None or not is_public(address):
            raise refused()
    return found


def _resolve(host: str, port: int, seconds: float) -> list[str]:
    """Asks the resolver once. It knows no timeout of its own, so it runs in a thread that we can leave behind."""
    answer: list[str] = []
    failure: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.extend(dict.fromkeys(str(info[4][0]) for info in found))
        except (OSError, UnicodeError) as error:
            failure.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if answer and not thread.is_alive():
        return answer
    if failure and not _is_temporary(failure[0]):
        raise refused() from failure[0]
    raise SourceError(_("The address could not be looked up just now."), retry=True)


def _is_temporary(error: OSError | UnicodeError) -> bool:
    return isinstance(error, socket.gaierror) and error.errno in (socket.EAI_AGAIN, socket.EAI_SYSTEM)
