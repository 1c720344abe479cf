"""A broker that loses everything, and a database that goes away for a moment."""

from __future__ import annotations

import shutil
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from config import embedded
from tests.e2e.stack import Stack

_THOUSAND: Final = """
import copy
from django_scopes import scope
from accounts import clock
from accounts.models import Chain, Job, Organisation
from pilots.models import Launch, Pilot, PlanVersion
organisation = Organisation.objects.get(slug="northwind")
with scope(organisation=organisation):
    walked = Pilot.objects.filter(launch__isnull=False).order_by("pk")[0]
    version, launch = walked.launch.plan_version, walked.launch
    for number in range({count}):
        pilot = copy.copy(walked)
        pilot._state = copy.copy(walked._state)
        pilot._state.fields_cache = dict(walked._state.fields_cache)
        for name in ("launch", "standing", "stop", "cancel", "outcome"):
            pilot._state.fields_cache.pop(name, None)
        pilot.pk, pilot.title = None, f"Due {{number}}"
        pilot.chain = Chain.objects.create(subject="pilot")
        pilot.save(force_insert=True)
        mine = PlanVersion.objects.create(pilot=pilot, number=1, content=version.content, sha256=version.sha256,
            cut_by=version.cut_by, cut_at=version.cut_at)
        Launch.objects.create(pilot=pilot, plan_version=mine, by=launch.by, at=launch.at)
        pilot.refresh_standing()
    due = list(Pilot.objects.filter(title__startswith="Due ").values_list("pk", flat=True))
Job.objects.want_all(Job.Kind.READ, due, at=clock.now())
"""


@dataclass
class Emptied:
    rung: float
    read: float
    unread: int


def broker_emptied(stack: Stack, count: int, within: float = 300.0) -> Emptied:
    """A thousand readings are due and rung for; the broker forgets all of it. Seconds until rung for again, and until read."""
    stack.kill_worker()
    stack.manage("shell", "--no-imports", "-c", _THOUSAND.format(count=count))
    shutil.rmtree(stack.var / "broker", ignore_errors=True)
    mine = "kind = 'pilots.tasks.read_pilots' and subject in (select id from pilots_pilot where starts_with(title, 'Due '))"
    with stack.database() as database:
        # As if the bells had rung long ago, and nobody had heard them.
        database.execute(
            f"update accounts_job set rung_at = now() - interval '1 minute', due_at = now() where {mine}"
        )  # type: ignore[arg-type]
        (emptied_at,) = database.execute("select now()").fetchone() or (None,)
        begun = time.monotonic()
        stack.start_worker()

        def count_of(sql: str) -> int:
            row = database.execute(sql, [emptied_at]).fetchone()  # type: ignore[arg-type]
            return int(row[0]) if row else -1

        rung = _until(
            lambda: (
                count_of(
                    f"select count(*) from accounts_job where {mine} and due_at <= now() and (rung_at is null or rung_at < %s) and leased_by = ''"
                )
                == 0
            ),
            within,
            begun,
        )
        unread = "select count(*) from pilots_pilot p where starts_with(title, 'Due ') and not exists (select 1 from pilots_reading r where r.pilot_id = p.id and r.made_at >= %s)"  # noqa: E501
        read = _until(lambda: count_of(unread) == 0, within, begun)
        return Emptied(rung, read, count_of(unread))


@dataclass
class Restarted:
    web: float
    work: float
    unclear: int
    answers: Counter[str] = field(default_factory=Counter)


def database_restarted(stack: Stack, within: float = 120.0) -> Restarted:
    """PostgreSQL is ended at once and comes back, while pages are asked for and sources pulled."""
    answers: Counter[str] = Counter()
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answers[_ask(f"{stack.url}/accounts/login/")] += 1

    askers = [threading.Thread(target=ask, daemon=True) for _number in range(2)]
    for asker in askers:
        asker.start()
    time.sleep(2)
    postmaster = embedded.Server(stack.var).postmaster()
    assert postmaster is not None
    postmaster.kill()
    postmaster.wait(20)
    time.sleep(2)
    begun = time.monotonic()
    embedded.restart_if_dead(stack.var)
    web = _until(lambda: _ask(f"{stack.url}/readyz") == "200", within, begun)
    with stack.database() as database:
        database.execute(
            "update accounts_job set due_at = now(), rung_at = null where kind = 'metrics.tasks.pull_source'"
        )
        (asked_at,) = database.execute("select now()").fetchone() or (None,)

        def left() -> int:
            row = database.execute(
                "select count(*) from metrics_source s where kind = 'http_json' and not exists"
                " (select 1 from metrics_pull p where p.source_id = s.id and p.state = 'done' and p.started_at >= %s)",
                [asked_at],
            ).fetchone()
            return int(row[0]) if row else -1

        work = _until(lambda: left() == 0, within, time.monotonic())
    stop.set()
    for asker in askers:
        asker.join(30)
    unclear = sum(number for answer, number in answers.items() if answer not in {"200", "503", "503 plain"})
    return Restarted(web, work, unclear, answers)


def _ask(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            whole = b"</html>" in answer.read() or "readyz" in address
            return str(answer.status) if whole else "half a page"
    except urllib.error.HTTPError as error:
        return str(error.code) if b"Traceback" not in error.read() else "a traceback"
    except OSError as error:
        return type(error).__name__


def _until(done: Callable[[], bool], within: float, begun: float) -> float:
    """Seconds since ``begun`` until it is done; infinitely many when it is not done in time."""
    while time.monotonic() - begun < within:
        if done():
            return time.monotonic() - begun
        time.sleep(0.1)
    return float("inf")
