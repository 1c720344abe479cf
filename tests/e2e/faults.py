"""What a worker has in hand when it dies, on the real thing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from tests.e2e.post_office import PostOffice
from tests.e2e.stack import Stack

DAYS = 60
_CONNECT = """
from accounts import clock
from accounts.models import Organisation, Person
from django_scopes import scopes_disabled
from metrics.models import Metric, Source
with scopes_disabled():
    organisation = Organisation.objects.get(slug="northwind")
    by = Person.objects.get(email="ada@northwind.example")
    metric = Metric.objects.define(organisation, by=by, at=clock.now(), name={name!r}, unit="", kind="mean",
        direction="higher", cadence="daily", category="sales")
    Source.objects.connect(metric, "http_json", by=by, at=clock.now(), settings={settings!r})
"""
_RUNNING_PILOT = """
from django_scopes import scope
from accounts import clock
from accounts.models import Organisation, Person
from tests.cast import Cast, make_pilot
organisation = Organisation.objects.get(slug="northwind")
people = {role: Person.objects.get(email=email) for role, email in
    {"administrator": "ada@northwind.example", "manager": "mia@northwind.example",
     "reviewer": "ravi@northwind.example", "viewer": "dana@northwind.example"}.items()}
with scope(organisation=organisation):
    make_pilot(Cast(organisation, **people), "running", at=clock.now())
"""


_MAIL = """
insert into accounts_message (template, "to", context, link, attachment, mail_list, reply_to, message_id, created_at)
values ('password_reset', 'mia@northwind.example', '{}', '', '', '', '', '<one@pilotlight>', now()) returning id
"""
_DUE = """
insert into accounts_job (kind, subject, due_at, leased_by, attempts, last_error)
values ('accounts.tasks.deliver_message', %s, now(), '', 0, '')
"""
_KILLED = "select id from metrics_metric where name = 'Killed'"
_PULLS = f"select state from metrics_pull p join metrics_source s on s.id = p.source_id where s.metric_id in ({_KILLED}) order by p.id"


class Slow(BaseHTTPRequestHandler):
    """A business system that takes its time over the first answers."""

    pauses: ClassVar[list[float]] = []
    asked: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        self.asked.set()
        time.sleep(self.pauses.pop(0) if self.pauses else 0)
        first = datetime.now(UTC).date() - timedelta(days=DAYS + 1)
        rows = [{"day": str(first + timedelta(days=i)), "value": i} for i in range(DAYS)]
        body = json.dumps({"rows": rows}).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # whoever asked is dead

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def slow_system() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def killed_during(stack: Stack, *works: AbstractContextManager[None]) -> float:
    """Each work is begun, and held in the middle, when the worker dies; seconds from the new one's start until all are done."""
    with ExitStack() as in_hand:
        for work in works:
            in_hand.enter_context(work)
        stack.kill_worker()
        began = time.monotonic()
        stack.start_worker()
    return time.monotonic() - began


@contextmanager
def a_mail(stack: Stack, office: PostOffice) -> Iterator[None]:
    """The mail server has the mail and has not said so when the worker dies: it comes again, under the same Message-ID."""
    office.hold_first = 60.0
    with stack.database() as database:
        row = database.execute(_MAIL).fetchone()
        assert row
        database.execute(_DUE, row)
    assert office.taken.wait(30), "the worker never sent it"
    assert list(office.copies().values()) == [1]
    yield
    until(lambda: count(stack, f"accounts_message where id = {row[0]} and sent_at is not null") == 1)
    assert office.copies()["<one@pilotlight>"] == 2


@contextmanager
def a_pull(stack: Stack, address: str) -> Iterator[None]:
    """The system has not answered when the worker dies; in the end each snapshot is there once."""
    Slow.pauses[:] = [60.0]
    Slow.asked.clear()
    connect(stack, address, "Killed")
    assert Slow.asked.wait(30), "the worker never asked"
    snapshots = (
        f"metrics_snapshot where series_id in (select id from metrics_series where metric_id in ({_KILLED}))"
    )
    assert count(stack, snapshots) == 0
    yield
    until(lambda: count(stack, snapshots) >= DAYS)
    with stack.database() as database:
        states = database.execute(_PULLS).fetchall()
    assert states == [("interrupted",), ("done",)], states
    assert count(stack, snapshots) == DAYS


@contextmanager
def a_reading(stack: Stack) -> Iterator[None]:
    """Held by a lock, until after the worker's death; there is one reading in the end."""
    before = count(stack, "pilots_reading")
    with stack.database() as database, database.transaction():
        database.execute("lock table pilots_reading in exclusive mode")
        stack.run(_RUNNING_PILOT)
        until(lambda: _waits_for_a_lock(stack))
        yield
        assert count(stack, "pilots_reading") == before
    until(lambda: count(stack, "pilots_reading") > before)
    time.sleep(1)
    assert count(stack, "pilots_reading") == before + 1


def connect(stack: Stack, address: str, name: str) -> None:
    settings = {"url": f"http://{address}/", "rows_at": "rows", "date_column": "day", "value_column": "value"}
    stack.run(_CONNECT.format(name=name, settings=settings))


def count(stack: Stack, table: str) -> int:
    with stack.database() as database:
        found = database.execute(f"select count(*) from {table}").fetchone()  # type: ignore[arg-type]
    assert found
    return int(found[0])


def until(done: Any, within: float = 45.0) -> None:
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline, "it did not come back in time"
        time.sleep(0.1)


def _waits_for_a_lock(stack: Stack) -> bool:
    with stack.database() as database:
        waiting = database.execute(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%pilots_reading%'"
        ).fetchone()
    return bool(waiting and waiting[0])
