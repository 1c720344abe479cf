"""OUTCOME, with it P5: what the page of an outcome costs that somebody reads by a link; new, and when their browser has it."""

import gzip
import http.client
import re
from typing import Final
from urllib.parse import urljoin

from bench.kinds import ONE_QUERY, Bar, Bench, Costs, Page
from bench.load import HOST
from bench.servers import running
from bench.world import World
from config.demo.place import Place
from config.environment import VAR_DIR
from config.troubles import Trouble

# What a page names that a browser fetches with it; and what a style sheet imports.
_WITH_IT: Final = re.compile(rb'<(?:link|script|img)[^>]* (?:href|src)="(/static/[^"]+)"')
_IMPORTED: Final = re.compile(rb'@import url\("([^"]+)"\)')
_ITALIC: Final = re.compile(rb'url\("([^"]+/serif-italic-latin\.[^"]+)"\)')  # for quotations


def _new(world: World) -> Page:
    return Page("shared outcome", world.shared, connections=1)


def _known(world: World) -> Page:
    return Page("shared outcome, known to the browser", world.shared, known=True)


def _many(world: World) -> Page:
    return Page("shared outcome, eight readers", world.shared)


def _judge(world: World, costs: Costs) -> list[Bar]:
    known = costs[_known(world)]
    return [
        Bar("shared outcome, one reader: p95", 50, costs[_new(world)].p95, " ms"),
        Bar(
            "known to the browser: CPU, times a view of one query",
            1 / 0.6,
            known.cpu / costs[ONE_QUERY].cpu,
            " x",
        ),
        Bar("a first visit: all that is sent for it", 100, _first_visit(world.shared) / 1000, " kB"),
    ]


def _first_visit(path: str) -> int:
    """Bytes of the page, its style sheets, scripts and fonts, compressed as a browser asks for them."""
    fetched: dict[str, int] = {}
    with running(Place(VAR_DIR), "outcome", "config.wsgi") as web:
        connection, waiting = http.client.HTTPConnection(HOST, web.port, timeout=30), [path]
        while waiting:
            one = waiting.pop()
            if one in fetched:
                continue
            fetched[one], content = _sent(connection, one)
            names = (found for what in (_WITH_IT, _IMPORTED, _ITALIC) for found in what.findall(content))
            waiting += [urljoin(one, name.decode()) for name in names]
        connection.close()
    return sum(fetched.values())


def _sent(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    """How many bytes are sent, and what they say."""
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise Trouble(f"{path} answers {answer.status}: see {VAR_DIR / 'logs'}.")
    return len(body), gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body


BENCH = Bench(
    "OUTCOME", "Page of an outcome, by its link (P5)", _judge,
    lambda world: [ONE_QUERY, _new(world), _many(world), _known(world)],
)  # fmt: skip
