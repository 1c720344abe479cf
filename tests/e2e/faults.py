"""Faults that a worker and its broker may have, on the real thing: used by a test and by ``bin/bench faults``."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


def killed_during_a_pull(stack: Stack, address: str) -> float:
    """Seconds from the new worker's start until the pull is done; each snapshot is there once."""
    Slow.pauses[:] = [60.0]
    Slow.asked.clear()
    connect(stack, address, "Killed")
    assert Slow.asked.wait(30), "the worker never asked"
    stack.kill_worker()
    assert count(stack, "metrics_snapshot") == 0
    began = time.monotonic()
    stack.start_worker()
    until(lambda: count(stack, "metrics_snapshot") >= DAYS)
    took = time.monotonic() - began
    with stack.database() as database:
        states = database.execute("select state from metrics_pull order by id").fetchall()
    assert states == [("interrupted",), ("done",)], states
    assert count(stack, "metrics_snapshot") == DAYS
    return took


def killed_during_a_reading(stack: Stack) -> float:
    """The reading is held in the middle by a lock, its worker killed; there is one reading in the end."""
    before = count(stack, "pilots_reading")
    with stack.database() as database, database.transaction():
        database.execute("lock table pilots_reading in exclusive mode")
        stack.run(_RUNNING_PILOT)
        until(lambda: _waits_for_a_lock(stack))
        stack.kill_worker()
    assert count(stack, "pilots_reading") == before
    began = time.monotonic()
    stack.start_worker()
    until(lambda: count(stack, "pilots_reading") > before)
    took = time.monotonic() - began
    time.sleep(1)
    assert count(stack, "pilots_reading") == before + 1
    return took


def killed_during_a_mail(stack: Stack, office: PostOffice) -> float:
    """The mail server has the mail and has not said so when the worker dies: it comes again, under the same Message-ID."""
    office.hold_first = 60.0
    with stack.database() as database:
        row = database.execute(_MAIL).fetchone()
        assert row
        database.execute(_DUE, row)
    assert office.taken.wait(30), "the worker never sent it"
    stack.kill_worker()
    began = time.monotonic()
    stack.start_worker()
    until(lambda: count(stack, f"accounts_message where id = {row[0]} and sent_at is not null") == 1)
    assert list(office.copies().values()) == [2]
    return time.monotonic() - began


def broker_emptied(stack: Stack, address: str) -> float:
    """Everything the broker holds is thrown away while work is due; seconds until the work is done."""
    Slow.pauses[:] = []
    before = count(stack, "metrics_snapshot")
    stack.kill_worker()
    connect(stack, address, "Emptied")
    shutil.rmtree(stack.var / "broker")
    with stack.database() as database:
        # As if the bell had rung a moment ago, and its sound was lost.
        database.execute("update accounts_job set rung_at = now() where due_at <= now()")
    began = time.monotonic()
    stack.start_worker()
    until(lambda: count(stack, "metrics_snapshot") >= before + DAYS, within=90)
    return time.monotonic() - began


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
