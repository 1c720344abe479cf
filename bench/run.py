"""A run: the world, the two servers, several rounds over all pages, and what they cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any, Final

import psutil

from bench import meter
from bench.kinds import ONE_QUERY, TRIVIAL, Bar, Bench, Cost, Costs, Page
from bench.servers import Server, get, running, sign_in
from bench.world import World, open_world
from config import embedded
from config.demo.place import Place
from config.environment import BASE_DIR, VAR_DIR
from config.troubles import Trouble

WARM_UP: Final = 1.0


@dataclass(frozen=True, slots=True)
class Result:
    at: datetime
    machine: str
    load_before: float
    rounds: int
    costs: Costs
    bars: dict[str, list[Bar]]  # bench → its bars
    titles: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One page in one round."""

    requests: int
    lasted: float
    took: list[float]
    server_cpu: float
    database_cpu: float
    others: float
    bytes: int


def run(benches: Sequence[Bench], *, rounds: int, seconds: float) -> Result:
    load_before = os.getloadavg()[0]
    if all(bench.alone for bench in benches):
        bars = {bench.id: bench.judge(None, {}) for bench in benches}
        return _result(load_before, 1, {}, bars, benches)
    place = Place(VAR_DIR)
    with place.mine(), ExitStack() as servers:
        try:
            world = open_world(place)
            pages = list(
                dict.fromkeys([TRIVIAL, *(page for bench in benches for page in bench.pages(world))])
            )
            queries = {page: _queries(page) for page in pages}
            up = {
                "web": servers.enter_context(running(place, "web", "config.wsgi")),
                "trivial": servers.enter_context(
                    running(place, "trivial", "bench.trivial", DJANGO_SETTINGS_MODULE="bench.trivial")
                ),
            }
            samples = _rounds(world, pages, up, rounds=rounds, seconds=seconds)
            costs = {page: _cost(samples, page, queries[page]) for page in pages}
            bars = {bench.id: bench.judge(world, costs) for bench in benches}
        finally:
            servers.close()
            embedded.stop(VAR_DIR)
    return _result(load_before, rounds, costs, bars, benches)


def _result(
    load_before: float, rounds: int, costs: Costs, bars: dict[str, list[Bar]], benches: Sequence[Bench]
) -> Result:
    memory = psutil.virtual_memory().total / 2**30
    return Result(
        datetime.now(UTC), f"{os.cpu_count()} cores, {memory:.0f} GiB", load_before, rounds, costs, bars,
        {bench.id: bench.title for bench in benches},
    )  # fmt: skip


def _queries(page: Page) -> int:
    """How many the page makes, those of session and person included: asked in this process, where we can listen."""
    if page.server == "trivial":
        return int(page is ONE_QUERY)
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Person

    client = Client(headers={"host": "127.0.0.1"})
    if page.email:
        client.force_login(Person.objects.get(email=page.email))
    has = {"if-none-match": client.get(page.path)["ETag"]} if page.known else {}
    client.get(page.path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page.path, headers=has)
    connection.close()
    if answer.status_code != (304 if page.known else 200):
        raise Trouble(f"{page.path} answers {answer.status_code}.")
    return len(asked)


def _rounds(
    world: World, pages: list[Page], up: dict[str, Server], *, rounds: int, seconds: float
) -> dict[Page, list[Sample]]:
    """Each page once a round, there and back, so that a busy minute of the machine hits all of them."""
    cookies = {
        email: sign_in(up["web"].port, email, world.password) for email in {p.email for p in pages} if email
    }
    samples: dict[Page, list[Sample]] = {page: [] for page in pages}
    for page in pages:
        _sample(page, up[page.server], cookies, WARM_UP)
    for number in range(rounds):
        for page in pages if number % 2 == 0 else reversed(pages):
            samples[page].append(_sample(page, up[page.server], cookies, seconds))
    return samples


def _sample(page: Page, server: Server, cookies: dict[str, str], seconds: float) -> Sample:
    database = embedded.Server(VAR_DIR).postmaster()
    assert database is not None
    headers = {"Cookie": cookies[page.email]} if page.email else {}
    headers |= {"HX-Request": "true"} if page.htmx else {}
    if page.known:
        answer, _content = get(server.port, page.path, headers)
        headers["If-None-Match"] = answer.headers["ETag"]
    told = {
        "port": server.port, "path": page.path, "headers": headers, "seconds": seconds,
        "connections": page.connections,
    }  # fmt: skip
    before, begun = (meter.used(server.root), meter.used(database), meter.busy()), time.perf_counter()
    seen = _load(told)
    after, lasted = (meter.used(server.root), meter.used(database), meter.busy()), time.perf_counter() - begun
    server_cpu, database_cpu, busy = (late - early for early, late in zip(before, after, strict=True))
    statuses = {status for one in seen["seen"] for status in one["statuses"]}
    if statuses != {"304" if page.known else "200"}:
        raise Trouble(f"{page.path} answered {sorted(statuses)}: see {VAR_DIR / 'logs'}.")
    took = sorted(t for one in seen["seen"] for t in one["took"])
    others = (busy - server_cpu - database_cpu - seen["cpu"]) / lasted / (os.cpu_count() or 1)
    return Sample(
        len(took), seen["lasted"], took, server_cpu, database_cpu, max(others, 0.0), seen["seen"][0]["bytes"]
    )


def _load(told: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], cwd=BASE_DIR, input=json.dumps(told), capture_output=True, text=True, check=False
    )  # fmt: skip
    if done.returncode or not done.stdout:
        raise Trouble(f"the load ended early: {done.stderr.strip().splitlines()[-1:]}")
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def _cost(samples: dict[Page, list[Sample]], page: Page, queries: int) -> Cost:
    own = samples[page]
    cpu = [1000 * (s.server_cpu + s.database_cpu) / s.requests for s in own]
    trivial = [1000 * (s.server_cpu + s.database_cpu) / s.requests for s in samples[TRIVIAL]]
    return Cost(
        server_cpu=median(1000 * s.server_cpu / s.requests for s in own),
        database_cpu=median(1000 * s.database_cpu / s.requests for s in own),
        # Round by round: what slows the machine slows both.
        times_trivial=median(mine / theirs for mine, theirs in zip(cpu, trivial, strict=True)),
        p50=median(s.took[len(s.took) // 2] for s in own),
        p95=median(s.took[int(len(s.took) * 0.95)] for s in own),
        per_second=median(s.requests / s.lasted for s in own),
        bytes=max(s.bytes for s in own),
        queries=queries,
        others=median(s.others for s in own),
    )
