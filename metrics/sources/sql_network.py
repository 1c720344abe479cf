"""The way to a database: the address that was checked is the one connected to."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

import certifi
from django.utils.translation import gettext as _

from . import addresses
from .base import SourceError
from .sql_limits import Allowance
from .sql_place import VERIFY, Place

# One dead address out of several must not use up the whole time.
CONNECT_SECONDS = 10.0
_MOST_ADDRESSES = 4


def connected(place: Place, allowance: Allowance) -> tuple[socket.socket, str]:
    """An open socket and the address it leads to: the first of the permitted ones that answers."""
    try:
        found = addresses.permitted(place.host, place.port, allowance.seconds(CONNECT_SECONDS))
    except SourceError as error:
        raise SourceError(error.message, retry=error.retry, field="host") from error
    refused = False
    for address in found[:_MOST_ADDRESSES]:
        try:
            seconds = allowance.seconds(CONNECT_SECONDS)
            return socket.create_connection((address, place.port), timeout=seconds), address
        except ConnectionRefusedError:
            refused = True
        except OSError:
            continue
    if refused:
        raise SourceError(
            _(
                "Nothing answers at this host and port. Please check the port, "
                "and ask whether the database accepts connections from outside."
            ),
            retry=True,
            field="port",
        )
    raise SourceError(
        _("The database could not be reached. It may be down, or a firewall keeps us out."),
        retry=True,
        field="host",
    )


def reachable(place: Place, allowance: Allowance) -> str:
    """The permitted address that answers, for drivers that open their sockets themselves."""
    opened, address = connected(place, allowance)
    opened.close()
    return address


def _machines_authorities() -> str:
    return ssl.get_default_verify_paths().cafile or certifi.where()


@contextmanager
def authorities(place: Place) -> Iterator[str]:
    """A file with the certificates that may vouch for the server."""
    if not place.authorities:
        yield _machines_authorities()
        return
    check_authorities(place.authorities)
    with NamedTemporaryFile("w", suffix=".pem", encoding="ascii") as file:
        file.write(place.authorities)
        file.flush()
        yield str(Path(file.name))


def check_authorities(pem: str) -> None:
    try:
        ssl.create_default_context(cadata=pem)
    except (ssl.SSLError, ValueError, TypeError):
        raise SourceError(
            _("This is not a certificate. It begins with “-----BEGIN CERTIFICATE-----”."), field="authorities"
        ) from None


def tls_context(place: Place, file: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=file)
    if place.tls != VERIFY:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def no_tls() -> SourceError:
    return SourceError(
        _(
            "The database offers no encrypted connection, so the password would travel in the open. "
            "Please ask whoever runs it to switch TLS (SSL) on."
        ),
        field="tls",
    )


def untrusted() -> SourceError:
    return SourceError(
        _(
            "The certificate of the database is not valid for this host, so we cannot be sure who answers. "
            "If your company has its own authority, please paste its certificate."
        ),
        field="authorities",
    )
