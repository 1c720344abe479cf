"""P12: ten thousand sources due at once are queued in seconds, each is pulled once, and the web stays usable."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench import meter
from bench.kinds import Bar, Bench, Costs
from bench.servers import get, running, sign_in
from bench.world import SMALL, World
from config import embedded
from config.demo.place import MARK, Place
from config.environment import BASE_DIR, VAR_DIR

SOURCES: Final = 10_000
WORKERS: Final = 2
PATIENCE: Final = 1800  # seconds; a quiet machine needs a few minutes
IDLE_RINGS: Final = 100
PAUSE: Final = 0.2  # seconds between two of them
NEVER: Final = 60
LOOK: Final = 100  # requests of the portfolio, before and during


def _judge(world: World, costs: Costs) -> list[Bar]:
    from django_scopes import scopes_disabled

    place = Place(VAR_DIR)
    with scopes_disabled(), sources(world, SOURCES), running(place, "web", "config.wsgi") as web:
        cookies = {"Cookie": sign_in(web.port, world.emails[SMALL], world.password)}
        look = lambda: _took(web.port, world.portfolio(SMALL), cookies)  # noqa: E731
        look()
        calm = look()
        queued, lasted, doubled = _queue_all()
        _tell(
            f"{SOURCES:,} sources queued in {lasted:.1f} s ({queued:.1f} s of CPU), {doubled} bells too many"
        )
        with worker(place):
            busy = look()
            _tell(f"portfolio p95 {calm:.0f} ms before, {busy:.0f} ms while they are pulled")
            pulled, lasted = _await_pulls()
            _tell(f"{pulled['sources']:,} pulled {lasted:.0f} s later, by {WORKERS} processes")
            # A worker that is still at it is not idle.
            idle = idle_rings() if pulled["sources"] == SOURCES else float("inf")
    return [
        Bar("10,000 sources due at once, queued: CPU, ours and PostgreSQL", 15, queued, " s"),
        Bar("bells beyond one a source", 0, doubled),
        Bar("sources not pulled", 0, SOURCES - pulled["sources"]),
        Bar("pulls beyond one a source", 0, pulled["pulls"] - pulled["sources"]),
        Bar("portfolio while they are pulled: p95, times that before", 1.5, busy / calm, " x"),
        Bar("idle worker: from the bell to the start, p95", 60, idle, " ms"),
    ]


def _tell(words: str) -> None:
    """As it goes: the whole takes minutes."""
    sys.stderr.write(f"P12: {words}.\n")
    sys.stderr.flush()


@contextmanager
def sources(world: World, count: int) -> Iterator[None]:
    """So many sources that read one small file in a shared folder; gone afterwards."""
    from django.conf import settings

    from accounts.models import Job, Organisation, Person
    from metrics.models import Metric, Source

    folder = VAR_DIR / "bench-sources"
    folder.mkdir(exist_ok=True)
    (folder / "values.csv").write_text("date,value\n2026-01-05,20\n2026-01-06,21\n")
    settings.PILOTLIGHT_SOURCE_DIRS = [str(folder)]
    organisation = Organisation.objects.get(slug=world.slugs[SMALL])
    owner = Person.objects.get(email=world.emails[SMALL])
    Job.objects.all().delete()
    _drop()
    _purge()
    metrics = Metric.objects.bulk_create(
        Metric(
            organisation=organisation, name=f"Dispatch {number}", kind="mean", direction="lower", cadence="daily",
            category="service", created_by=owner, created_at=organisation.created_at,
        )
        for number in range(count)
    )  # fmt: skip
    told = {"path": "values.csv", "date_column": "date", "value_column": "value", "rows": "series"}
    Source.objects.bulk_create(
        Source(metric=metric, kind="folder", settings=told, owner=owner, connected_at=organisation.created_at)
        for metric in metrics
    )
    try:
        yield
    finally:
        _drop()
        _purge()
        Job.objects.all().delete()


def _purge() -> None:
    """No bell of an earlier run is left to be heard."""
    from celery import current_app

    with current_app.connection_for_write() as connected, connected.channel() as channel:
        for name in current_app.amqp.queues:
            channel.queue_declare(queue=name)
            channel.queue_purge(name)


def _drop() -> None:
    from metrics.models import Metric, Pull, Series, Snapshot, Source

    mine = Metric.objects.filter(name__startswith="Dispatch ")
    Snapshot.objects.filter(series__metric__in=mine)._raw_delete("default")
    Series.objects.filter(metric__in=mine)._raw_delete("default")
    Pull.objects.filter(source__metric__in=mine)._raw_delete("default")
    Source.objects.filter(metric__in=mine)._raw_delete("default")
    mine._raw_delete("default")


def _queue_all() -> tuple[float, float, int]:
    """All of them due, queued by one sweep; and that a second sweep has nothing to ring for. CPU and wall in seconds."""
    from accounts import clock
    from accounts.models import Job
    from accounts.models.job import bells_waiting
    from metrics.models import Source

    wished = list(Source.objects.filter(kind="folder").values_list("pk", flat=True))
    Job.objects.bulk_create(Job(kind=Job.Kind.PULL, subject=pk, due_at=clock.now()) for pk in wished)
    begun, used = time.perf_counter(), _used()
    Job.objects.ring_due()
    queued, lasted = _used() - used, time.perf_counter() - begun
    Job.objects.ring_due()
    return queued, lasted, bells_waiting() - len(wished)


def _used() -> float:
    database = embedded.Server(VAR_DIR).postmaster()
    assert database is not None
    return time.process_time() + meter.used(database)


@contextmanager
def worker(place: Place) -> Iterator[None]:
    import os

    told = os.environ | {MARK: str(place.var), "PILOTLIGHT_SOURCE_DIRS": str(VAR_DIR / "bench-sources")}
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-n", "bench@localhost", "--beat"]
    lone = ["--concurrency", str(WORKERS), "--without-gossip", "--without-mingle", "--without-heartbeat"]
    with place.log("worker").open("wb") as log:
        running = subprocess.Popen([*command, *lone], cwd=BASE_DIR, env=told, stdout=log, stderr=log)
        try:
            yield
        finally:
            running.terminate()
            try:
                running.wait(45)
            except subprocess.TimeoutExpired:
                running.kill()


def _await_pulls() -> tuple[dict[str, int], float]:
    from django.db.models import Count

    from accounts.models import Job
    from metrics.models import Pull

    begun = time.perf_counter()
    done = Pull.objects.filter(source__metric__name__startswith="Dispatch ")
    while time.perf_counter() - begun < PATIENCE:
        if not Job.objects.due().filter(kind=Job.Kind.PULL).exists() and done.count() >= SOURCES:
            break
        time.sleep(1)
    counted = done.filter(state="done").aggregate(pulls=Count("pk"), sources=Count("source", distinct=True))
    return counted, time.perf_counter() - begun


def _took(port: int, path: str, headers: dict[str, str]) -> float:
    """p95 of some requests, two at a time, in milliseconds."""
    took: list[float] = []

    def ask() -> None:
        for _number in range(LOOK // 2):
            begun = time.perf_counter()
            get(port, path, headers)
            took.append(1000 * (time.perf_counter() - begun))

    threads = [threading.Thread(target=ask) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statistics.quantiles(took, n=20)[-1]


def idle_rings() -> float:
    """p95 from a wish to the start of its pull, with nothing else to do, in milliseconds; infinite where one never starts."""
    from accounts import clock
    from accounts.models import Job
    from metrics.models import Pull, Source

    took = []
    for source in Source.objects.filter(kind="folder")[:IDLE_RINGS]:
        wished = clock.now()
        Job.objects.want(Job.Kind.PULL, source.pk, at=wished)
        while not (pull := Pull.objects.filter(source=source, started_at__gte=wished).first()):
            if (clock.now() - wished).total_seconds() > NEVER:
                return float("inf")
            time.sleep(0.002)
        took.append(1000 * (pull.started_at - wished).total_seconds())
        time.sleep(PAUSE)  # it is idle again
    return statistics.quantiles(took, n=20)[-1]


BENCH = Bench("P12", "Ten thousand sources due at once", _judge)
