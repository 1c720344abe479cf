"""The addresses that must never be reached, and a resolver that says what a test wants."""

import socket
from collections.abc import Callable
from typing import Any

from metrics.sources import SourceError, addresses

# Spelling in the address, and the address that it stands for.
HOSTILE = [
    ("127.0.0.1", "127.0.0.1"),
    ("localhost", "127.0.0.1"),
    ("127.1", "127.0.0.1"),
    ("2130706433", "127.0.0.1"),
    ("0x7f000001", "127.0.0.1"),
    ("0177.0.0.1", "127.0.0.1"),
    ("0.0.0.0", "0.0.0.0"),
    ("[::1]", "::1"),
    ("[::]", "::"),
    ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
    ("[::ffff:7f00:1]", "::ffff:7f00:1"),
    ("[::127.0.0.1]", "::127.0.0.1"),
    ("10.0.0.1", "10.0.0.1"),
    ("172.16.0.1", "172.16.0.1"),
    ("192.168.0.1", "192.168.0.1"),
    ("169.254.169.254", "169.254.169.254"),
    ("[fe80::1]", "fe80::1"),
    ("[fc00::1]", "fc00::1"),
    ("[fec0::1]", "fec0::1"),
    ("100.64.0.1", "100.64.0.1"),
    ("100.100.100.200", "100.100.100.200"),
    ("192.0.0.192", "192.0.0.192"),
    ("168.63.129.16", "168.63.129.16"),
    ("198.18.0.1", "198.18.0.1"),
    ("224.0.0.1", "224.0.0.1"),
    ("255.255.255.255", "255.255.255.255"),
    ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"),
    ("[64:ff9b::a9fe:a9fe]", "64:ff9b::a9fe:a9fe"),
    ("[2002:7f00:1::]", "2002:7f00:1::"),
    ("[2001:0:7f00:1::]", "2001:0:7f00:1::"),
    ("１２７.０.０.１", "127.0.0.1"),
    ("allowed@127.0.0.1", "127.0.0.1"),
    ("allowed\\@127.0.0.1", "127.0.0.1"),
]
PUBLIC = "93.184.215.14"

type Resolver = Callable[..., list[tuple[Any, ...]]]


def answers(*rounds: list[str]) -> Resolver:
    """A resolver that gives one list of addresses after the other; the last one again and again."""
    left = list(rounds)

    def getaddrinfo(host: str, port: int, *args: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port))
            for a in found
        ]

    return getaddrinfo


def assert_refused(error: SourceError) -> None:
    assert error.message == addresses.refused().message
    assert (error.retry, error.retry_after, error.field) == (False, None, "url")
