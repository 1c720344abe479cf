"""What P6 to P8 share: an organisation that takes values, programs that post, and how CPU is taken beside it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import psutil

from bench import meter
from config import embedded
from config.environment import BASE_DIR, VAR_DIR
from config.troubles import Trouble

if TYPE_CHECKING:
    from bench.servers import Server
    from metrics.models import Metric

PROGRAMS: Final = 8
#: Nothing but the work is measured, so no token is told to wait.
UNLIMITED: Final = {"PILOTLIGHT_API_PER_MINUTE": "1000000000"}


@dataclass(frozen=True)
class Desk:
    """Metrics that take pushed values, and tokens: one of each a program."""

    slug: str
    metrics: list[Metric]
    tokens: list[str]

    @property
    def paths(self) -> list[str]:
        return [f"/api/v1/metrics/{metric.pk}/snapshots" for metric in self.metrics]

    @property
    def headers(self) -> list[dict[str, str]]:
        return [
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} for token in self.tokens
        ]


def open_desk() -> Desk:
    from django_scopes import scope

    from accounts.models import ApiToken
    from metrics.models import Source
    from tests.cast import make_cast, make_metric

    now, slug = datetime.now(UTC), f"ingest-{uuid4().hex[:8]}"
    cast = make_cast(slug, at=now)
    with scope(organisation=cast.organisation):
        metrics = [make_metric(cast, at=now, name=f"Metric {number}") for number in range(PROGRAMS)]
        for metric in metrics:
            Source.objects.connect(metric, "push", settings={}, by=cast.manager, at=now)
        make = lambda: ApiToken.objects.make(  # noqa: E731
            cast.organisation, name="Bench", scope="push", by=cast.administrator, at=now
        )
        tokens = [make()[1] for _metric in metrics]
    return Desk(slug, metrics, tokens)


def database() -> psutil.Process:
    found = embedded.Server(VAR_DIR).postmaster()
    assert found is not None
    return found


def posted(server: Server, **told: Any) -> tuple[float, int]:
    """CPU milliseconds of server and PostgreSQL a request, and how many there were."""
    given = {
        "port": server.port,
        "run": uuid4().hex,
        "keys": False,
        "begin": 0,
        "headers": [{}] * PROGRAMS,
        **told,
    }
    command = [sys.executable, "-m", "bench.posting"]
    with subprocess.Popen(
        command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as load:
        assert load.stdin and load.stdout
        with closing(load.stdin) as pipe:
            pipe.write(json.dumps(given))
        load.stdout.readline()  # its bodies are written
        before = meter.used(server.root) + meter.used(database())
        seen = json.loads(load.stdout.read())
        cpu = meter.used(server.root) + meter.used(database()) - before
    if set(seen["statuses"]) != {"200"}:
        raise Trouble(f"{given['paths'][0]} answered {seen['statuses']}: see {VAR_DIR / 'logs'}.")
    return 1000 * cpu / seen["requests"], seen["requests"]


@dataclass(frozen=True)
class Spent:
    cpu: float  # seconds, of this process and of PostgreSQL
    wall: float


def spent(work: Callable[[], object]) -> Spent:
    """What something costs that this process does itself."""
    own = psutil.Process()
    before, begun = meter.used(own) + meter.used(database()), time.perf_counter()
    work()
    return Spent(meter.used(own) + meter.used(database()) - before, time.perf_counter() - begun)
