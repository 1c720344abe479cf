"""The real thing for journeys: web, worker and beat as processes, on a database of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import psycopg

from config.demo.child import Child
from config.demo.place import free_port
from config.demo_pages import letters
from config.embedded import database_url, ensure_started, stop, stop_if_unused
from config.environment import BASE_DIR, VAR_DIR
from tests.template import alone, digest

PASSWORD: Final = "a long enough sentence"
PEOPLE: Final = {
    "manager": ("Mia Lindqvist", "mia@northwind.example"),
    "reviewer": ("Ravi Menon", "ravi@northwind.example"),
    "viewer": ("Dana Okafor", "dana@northwind.example"),
}
_FOUND: Final = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("create_organisation", "northwind", name="Northwind Learning", person="Ada Berg",
    email="ada@northwind.example", password={password!r})
from accounts.models import Organisation, Person, Role
from accounts import clock
organisation = Organisation.objects.get(slug="northwind")
administrator = Person.objects.get(email="ada@northwind.example")
for role, (name, email) in {people!r}.items():
    person = Person.objects.create_user(email, {password!r}, name=name)
    organisation.admit(person, Role(role), by=administrator.actor, at=clock.now())
"""
# What is told to it is done, statement by statement: a program that starts once needs no second of imports each time.
_CONSOLE: Final = """
import json, sys
for line in sys.stdin:
    exec(json.loads(line), {})
    print("done", flush=True)
"""
_CELERY: Final = (sys.executable, "-m", "celery", "-A", "config", "--quiet")


class Stack:
    """Started once a module; the clock of all of it can be set ahead."""

    def __init__(
        self, var: Path, *, beat_within: bool = False, processes: int = 1, **environment: str
    ) -> None:
        """``beat_within`` the worker there is one program less to start; it dies with it."""
        self.var = var
        self.more = environment
        self.beat_within = beat_within
        self.processes = processes
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.children: list[Child] = []
        self.console: subprocess.Popen[str] | None = None
        (var / "logs").mkdir(parents=True, exist_ok=True)

    def found(self) -> None:
        """An empty database with one organisation and its people; made once, and copied while nothing it is made of changes."""
        name = f"founded_{digest(Path(__file__), Path(__file__).with_name('settings.py'))}"
        with alone("founded.lock"):
            if not (VAR_DIR / name).exists():
                for old in VAR_DIR.glob("founded_*"):
                    shutil.rmtree(old)
                aside = Path(tempfile.mkdtemp(dir=VAR_DIR))
                Stack(aside).manage(
                    "shell", "--no-imports", "-c", _FOUND.format(people=PEOPLE, password=PASSWORD)
                )
                aside.rename(VAR_DIR / name)
        # With owners: a root's database belongs to nobody.
        subprocess.run(["cp", "-a", f"{VAR_DIR / name}/.", str(self.var)], check=True)

    def start(self, *, web: bool = True) -> None:
        """Web, worker and beat."""
        ensure_started(self.var)
        if web:
            self._start("web", sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi")
        self.start_worker()
        if not self.beat_within:
            self._start("beat", *_CELERY, "beat")
        if web:
            self._await_ready()

    def run(self, code: str) -> None:
        """Done by a program of the operator's, which stays."""
        if not self.console:
            self.console = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "--no-imports", "-c", _CONSOLE],
                cwd=BASE_DIR, env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        assert self.console.stdin
        assert self.console.stdout
        self.console.stdin.write(json.dumps(code) + "\n")
        self.console.stdin.flush()
        assert self.console.stdout.readline() == "done\n", code

    def stop(self) -> None:
        if self.console:
            self.console.communicate(timeout=20)
            self.console = None
        self._kill()
        stop(self.var)
        deadline = time.monotonic() + 10  # what was killed may hold the server for a moment more
        while not stop_if_unused(self.var) and time.monotonic() < deadline:
            time.sleep(0.1)

    def start_worker(self) -> None:
        beat = ["-B"] if self.beat_within else []
        lone = ["--without-gossip", "--without-mingle"]
        self._start("worker", *_CELERY, "worker", "-n", "stack@%h", "-c", str(self.processes), *lone, *beat)

    def kill_worker(self) -> None:
        """As ``kill -9`` of the worker and all its children does."""
        worker = next(child for child in self.children if child.name == "worker")
        self.children.remove(worker)
        assert worker.process
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()

    def database(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(database_url(self.var), autocommit=True)

    def turn_to(self, days: int) -> None:
        """From now on it is the day ``days`` from now (``settings.py``)."""
        (self.var / "day").write_text(str(days))

    def mail_to(self, address: str, subject: str = "") -> str:
        """The text of the newest mail to somebody."""
        body = self.letter_to(address, subject).get_body(("plain",))
        return str(body.get_content()) if body else ""

    def letter_to(self, address: str, subject: str = "") -> EmailMessage:
        """The newest mail to somebody, once the worker has delivered it."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for file in sorted(
                (self.var / "mail").glob("*.log"), key=lambda f: f.stat().st_mtime, reverse=True
            ):
                for letter in letters(file):
                    if letter["To"] == address and subject in str(letter["Subject"]):
                        return letter
            time.sleep(0.1)
        raise AssertionError(f"no mail to {address}")

    def link_in(self, text: str) -> str:
        found = re.search(re.escape(self.url) + r"\S+", text)
        assert found, text
        return found.group(0)

    def manage(self, *arguments: str) -> None:
        log = self.var / "logs" / "manage.log"
        child = Child("manage", [sys.executable, "manage.py", *arguments], self._environment(), log)
        child.start()
        assert child.process
        assert child.process.wait(120) == 0, log.read_text()

    def _kill(self) -> None:
        """At once: what is killed loses nothing, and a stop in good order takes seconds."""
        for child in self.children:
            assert child.process
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self.children.clear()

    def _start(self, name: str, *command: str) -> None:
        child = Child(name, list(command), self._environment(), self.var / "logs" / f"{name}.log")
        child.start()
        self.children.append(child)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError((self.var / "logs" / "web.log").read_text()[-3000:])

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PILOTLIGHT_")}
        kept.pop("DATABASE_URL", None)
        kept.pop("CELERY_BROKER_URL", None)
        return (
            kept
            | {
                "DJANGO_SETTINGS_MODULE": "tests.e2e.settings",
                "PILOTLIGHT_TESTING": "1",
                "PILOTLIGHT_VAR": str(self.var),
                "PILOTLIGHT_BASE_URL": self.url,
                "PILOTLIGHT_BIND": f"127.0.0.1:{self.port}",
                "PILOTLIGHT_PLAIN_LOGS": "1",
                "WEB_CONCURRENCY": "1",
                "CELERY_SKIP_CHECKS": "1",  # of Django's; they load all pages and addresses, and bin/test makes them anyway
                **self.more,
            }
        )
