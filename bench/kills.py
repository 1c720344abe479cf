"""Workers killed at random while they pull, read, tell and send; and what must hold when all is quiet again.

One organisation on a stack of its own (``tests/e2e/stack.py``): some sources that bring other values each round, or refuse
to answer, the pilots that read them, flags that come and go with that, and a mail server and a program that get the news.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import psutil

from tests.e2e.post_office import PostOffice
from tests.e2e.stack import Stack

PILOTS: Final = (
    16  # more than have a dead process's lease on them at any time, or there would be nothing to do
)
#: Of the kills, how many take the whole worker, and not one of its processes.
WHOLE: Final = 0.25
BASELINE, WINDOW = 60, 20
#: What each version of a series says of its window: no change, improvement, deterioration. Flags come and go with it.
SHIFTS: Final = (0.0, 4.0, -4.0)
QUIET_WITHIN: Final = 240.0
_FURNISH: Final = """
import datetime as dt
from django_scopes import scope
from accounts import clock
from accounts.models import Channel, Organisation, Person, Preference, Role
from metrics.models import Metric, Source
from tests.cast import Cast, make_metric, make_pilot
organisation = Organisation.objects.get(slug="northwind")
people = {{role: Person.objects.get(email=email) for role, email in
    {{"administrator": "ada@northwind.example", "reviewer": "ravi@northwind.example", "viewer": "dana@northwind.example"}}.items()}}
now = clock.now()
launched = now - dt.timedelta(days={window})
Channel.objects.add(organisation, kind="webhook", name="Listener", url={hook!r}, topics=["flag"], by=people["administrator"], at=now)
with scope(organisation=organisation):
    for number in range({pilots}):
        owner = Person.objects.create_user(f"owner{{number}}@northwind.example", None, name=f"Owner {{number}}")
        organisation.admit(owner, Role.MANAGER, by=people["administrator"].actor, at=now)
        Preference.objects.choose(organisation.memberships.get(person=owner), at=now, weekends=True,
            quiet_from=dt.time(8), quiet_until=dt.time(8), rhythms={{"digest": "never"}})
        cast = Cast(organisation, manager=owner, **people)
        metric = make_metric(cast, at=launched, name=f"Metric {{number}}")
        settings = {{"url": "http://{system}/" + str(number), "rows_at": "rows", "date_column": "day", "value_column": "value"}}
        Source.objects.connect(metric, "http_json", by=owner, at=launched, settings=settings)
        assert metric.source.pull(at=launched).state == "done"
        make_pilot(cast, "running", at=launched, metric=metric, title=f"Pilot {{number}}")
"""


@dataclass
class System:
    """A business system whose figures are restated all the time, and that refuses now and then."""

    address: str = ""
    versions: list[int] = field(default_factory=lambda: [0] * PILOTS)
    refusing: set[int] = field(default_factory=set)

    def change(self, number: int) -> None:
        """This series says something else from now on, or its source refuses, or it answers again."""
        self.versions[number] += 1
        if number in self.refusing:
            self.refusing.discard(number)
        elif random.random() < 0.4:
            self.refusing.add(number)

    def values(self, number: int) -> dict[str, float]:
        """The days before the launch; from the first change on those of the window too, which carry the version."""
        first = datetime.now(UTC).date() - timedelta(days=BASELINE + WINDOW)
        noise, version = random.Random(number), self.versions[number]
        shift = SHIFTS[version % len(SHIFTS)] + version * 0.001
        return {
            str(first + timedelta(days=day)): round(noise.gauss(20, 1) + (shift if day >= BASELINE else 0), 3)
            for day in range(BASELINE + (WINDOW if version else 0))
        }


@contextmanager
def system() -> Iterator[System]:
    mine = System()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = int(self.path.strip("/"))
            time.sleep(random.uniform(0, 0.4))
            rows = [{"day": day, "value": value} for day, value in mine.values(number).items()]
            body = json.dumps({"rows": rows}).encode()
            try:
                self.send_response(401 if number in mine.refusing else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # whoever asked is dead

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mine.address = f"127.0.0.1:{server.server_port}"
    yield mine
    server.shutdown()
    server.server_close()


def furnish(stack: Stack, system: System, office: PostOffice) -> None:
    code = _FURNISH.format(hook=office.hook, pilots=PILOTS, system=system.address, window=WINDOW)
    stack.manage("shell", "--no-imports", "-c", code)


@dataclass
class Kills:
    """What was killed, and with what in hand."""

    kills: int = 0
    whole: int = 0
    in_hand: Counter[str] = field(default_factory=Counter)
    idle: int = 0


def kill_at_random(stack: Stack, system: System, times: int) -> Kills:
    """``kill -9`` of one of the worker's processes or of the whole of it, ``times`` times, under work that never ends."""
    done, dead = Kills(), set[str]()
    with _load(stack, system):
        for number in range(times):
            if not any(child.name == "worker" for child in stack.children):
                stack.start_worker()
            _await_work(stack, dead)
            time.sleep(random.uniform(0, 2))
            held = _in_hand(stack, dead)
            done.in_hand.update(held.values())
            dead |= set(held)
            done.idle += not held
            whole = random.random() < WHOLE or not _kill_one_process(stack)
            if whole:
                stack.kill_worker()
            done.whole += whole
            done.kills += 1
            if number % 20 == 19:
                _tell(f"{number + 1} kills, in hand then: {dict(done.in_hand)}, idle {done.idle}")
    return done


@contextmanager
def _load(stack: Stack, system: System) -> Iterator[None]:
    """Sources change and are due all the time, and the worker is rung for what is due."""
    from celery import Celery

    from config.broker import EMBEDDED_URL, QUEUE

    app = Celery(broker=EMBEDDED_URL, set_as_current=False)
    folder = {"folder": str(stack.var / "broker"), "polling_interval": 0.1}
    app.conf.update(task_default_queue=QUEUE, broker_transport_options=folder)
    stop = threading.Event()

    def press() -> None:
        with stack.database() as database:
            sources = [
                row[0] for row in database.execute("select id from metrics_source order by id").fetchall()
            ]
            while not stop.wait(0.8):
                for number in random.sample(range(PILOTS), 3):
                    system.change(number)
                    database.execute(
                        "update accounts_job set due_at = now(), rung_at = null where kind = 'metrics.tasks.pull_source'"
                        " and subject = %s and (leased_by = '' or leased_until < now())",
                        [sources[number]],
                    )
                app.send_task("accounts.tasks.sweep", expires=2)

    pressing = threading.Thread(target=press, daemon=True)
    pressing.start()
    try:
        yield
    finally:
        stop.set()
        pressing.join(10)


def settle(stack: Stack, system: System) -> float:
    """Everything works again: seconds until nothing is due any more."""
    system.refusing = set()
    for number in range(PILOTS):
        system.versions[number] += 1
    begun = time.monotonic()
    _make_due(stack)
    if not any(child.name == "worker" for child in stack.children):
        stack.start_worker()
    _await_quiet(stack)
    # A source whose pulls were cut off again and again is paused, and its owner told: who then asks for a pull, gets it.
    if paused := _paused(stack):
        _tell(f"{len(paused)} sources were paused, and are asked for")
        _make_due(stack)
        _await_quiet(stack)
    return time.monotonic() - begun - 4


def _await_quiet(stack: Stack) -> None:
    begun, quiet = time.monotonic(), 0
    while quiet < 8:
        assert time.monotonic() - begun < QUIET_WITHIN, f"not quiet within {QUIET_WITHIN} s: {_due(stack)}"
        quiet = quiet + 1 if not _due(stack) else 0
        time.sleep(0.5)


def _paused(stack: Stack) -> list[int]:
    with stack.database() as database:
        found = database.execute("select id from metrics_source where paused_at is not null").fetchall()
    return [int(row[0]) for row in found]


def faults(stack: Stack, system: System, office: PostOffice) -> dict[str, int]:
    """What was lost, doubled or left lying. All of it should be 0."""
    found: dict[str, int] = {}
    with stack.database() as database:

        def count(sql: str) -> int:
            row = database.execute(sql).fetchone()  # type: ignore[arg-type]
            return int(row[0]) if row else -1

        stored = database.execute(
            "select m.name, s.day::text, s.value from metrics_snapshot s join metrics_series r on r.id = s.series_id"
            " join metrics_metric m on m.id = r.metric_id"
        ).fetchall()
        known = Counter((name, day) for name, day, _value in stored)
        found["snapshots doubled"] = sum(times - 1 for times in known.values())
        truth = {
            (f"Metric {number}", day): value
            for number in range(PILOTS)
            for day, value in system.values(number).items()
        }
        known_values = {(name, day): value for name, day, value in stored}
        wrong = {name for name, day in truth if known_values.get((name, day)) != truth[name, day]}
        found["pulls lost (series that their source tells otherwise)"] = len(wrong)
        found["pulls left running"] = count("select count(*) from metrics_pull where state = 'running'")
        found["flags doubled"] = count(
            "select count(*) from (select 1 from pilots_flag where cleared_at is null group by pilot_id, kind having count(*) > 1) x"
        )
        found["flags without their one event"] = abs(
            count("select count(*) from pilots_flag")
            - count("select count(*) from accounts_event where verb = 'flag.raised'")
        )
        found["flags that nobody was told of"] = count(
            "select count(*) from pilots_flag f where (select count(*) from pilots_notice n where n.flag_id = f.id) <> 2"
        )
        found["notices untold"] = count(
            "select count(*) from pilots_notice where told_at is null and due_at < now()"
        )
        found["mails not marked as sent"] = count(
            "select count(*) from accounts_message where sent_at is null and \"to\" <> ''"
        )
        found["posts not marked as sent"] = count(
            "select count(*) from accounts_delivery where sent_at is null"
        )
        ids = {
            row[0]
            for row in database.execute(
                "select message_id from accounts_message where \"to\" <> ''"
            ).fetchall()
        }
        found["mails lost"] = len(ids - set(office.copies()))
        found["mails that nobody wrote"] = len(set(office.copies()) - ids)
        uids = {str(row[0]) for row in database.execute("select uid from accounts_delivery").fetchall()}
        found["posts lost"] = len(uids - set(office.copies_of_posts()))
        found["readings after the same one"] = count(
            "select count(*) from (select 1 from pilots_reading group by pilot_id, previous_id having count(*) > 1) x"
        )
    stack.manage("verify_events")
    return found


def seen(stack: Stack) -> dict[str, int]:
    """How much happened, so that nobody counts the faults of an idle machine."""
    tables = {
        "pulls": "metrics_pull", "interrupted pulls": "metrics_pull where state = 'interrupted'", "readings": "pilots_reading",
        "flags": "pilots_flag", "notices": "pilots_notice", "mails": "accounts_message", "posts": "accounts_delivery",
        "restated values": "metrics_snapshotrevision",
    }  # fmt: skip
    with stack.database() as database:
        counted = {}
        for name, table in tables.items():
            row = database.execute(f"select count(*) from {table}").fetchone()  # type: ignore[arg-type]
            counted[name] = int(row[0]) if row else -1
    return counted


def twice(office: PostOffice) -> tuple[int, int]:
    """Copies too many of mails and of posts, under one id each."""
    return (
        sum(times - 1 for times in office.copies().values()),
        sum(times - 1 for times in office.copies_of_posts().values()),
    )


def _make_due(stack: Stack) -> None:
    """All sources, each when nobody pulls it: a pull in hand may have asked before the last change, and says when the next one is."""
    deadline = time.monotonic() + QUIET_WITHIN
    with stack.database() as database:
        found = database.execute(
            "select id from accounts_job where kind = 'metrics.tasks.pull_source'"
        ).fetchall()
        waiting = {row[0] for row in found}
        while waiting:
            assert time.monotonic() < deadline, f"still in hand after {QUIET_WITHIN} s: {waiting}"
            free = database.execute(
                "update accounts_job set due_at = now(), rung_at = null"
                " where id = any(%s) and (leased_by = '' or leased_until < now()) returning id",
                [list(waiting)],
            ).fetchall()
            waiting -= {row[0] for row in free}
            time.sleep(0.2)


def _await_work(stack: Stack, dead: set[str]) -> None:
    """Until something is in hand, or long enough that it should have been."""
    deadline = time.monotonic() + 8
    while time.monotonic() < deadline and not _in_hand(stack, dead):
        time.sleep(0.02)


def _in_hand(stack: Stack, dead: set[str]) -> dict[str, str]:
    """What is being worked on: leases and their kinds, but for those of the ``dead``."""
    with stack.database() as database:
        rows = database.execute(
            "select leased_by, kind from accounts_job where leased_by <> '' and leased_until > now()"
        ).fetchall()
    return {str(lease): str(kind).rsplit(".", 1)[-1] for lease, kind in rows if lease not in dead}


_KINDS: Final = "'metrics.tasks.pull_source', 'pilots.tasks.read_pilots', 'pilots.tasks.tell_member', 'pilots.tasks.tell_channel', 'pilots.tasks.post_delivery', 'accounts.tasks.deliver_message'"  # noqa: E501


def _due(stack: Stack) -> list[Any]:
    """What is due, or put off after a try that failed: a killed pull may still hold its lock, and is tried ten seconds later."""
    with stack.database() as database:
        jobs = database.execute(
            f"select kind, count(*) from accounts_job where (due_at <= now() or attempts > 0) and kind in ({_KINDS}) group by kind"  # type: ignore[arg-type]
        ).fetchall()
        unread = database.execute(
            "select 'unread', count(*) from pilots_standing t join pilots_pilot p on p.id = t.pilot_id"
            " join metrics_source s on s.metric_id = p.metric_id where s.news_at > t.read_at having count(*) > 0"
        ).fetchall()
    return [*jobs, *unread]


def _kill_one_process(stack: Stack) -> bool:
    """One of the worker's processes that do the work; the worker starts another."""
    worker = next(child for child in stack.children if child.name == "worker")
    assert worker.process
    with suppress(psutil.Error):
        children = psutil.Process(worker.process.pid).children(recursive=True)
        if children:
            os.kill(random.choice(children).pid, signal.SIGKILL)
            return True
    return False


def _tell(words: str) -> None:
    sys.stderr.write(f"faults: {words}.\n")
    sys.stderr.flush()
