"""The whole of Pilotlight on one machine: database, broker, web, worker, beat, in this order and back."""

import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final

from config import embedded
from config.demo.child import Child
from config.demo.output import Output
from config.demo.place import MARK, Place, free_port, refuse_taken
from config.environment import VAR_DIR
from config.troubles import Trouble

GRACE: Final = 25.0
READY_WITHIN: Final = 90.0
SEEDED_WITHIN: Final = 280.0
_CELERY: Final = (sys.executable, "-m", "celery", "-A", "config")
#: One worker on one machine has nobody to talk to.
_LONE_WORKER: Final = ("--without-gossip", "--without-mingle", "--without-heartbeat")


class Stopped(BaseException):
    """Somebody said stop while we were still at work. A BaseException: no step shall take it for a fault."""


@dataclass
class House:
    port: int
    free_port: bool
    say: Output
    place: Place = field(default_factory=lambda: Place(VAR_DIR))
    children: dict[str, Child] = field(default_factory=dict)
    told_to_stop: bool = False
    in_a_hurry: bool = False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *, reset: bool) -> None:
        """Until somebody says stop."""
        with suppress(Stopped), self.open(reset=reset) as demo:
            self._welcome(demo)
            while not self.told_to_stop:
                self._watch()
                time.sleep(0.5)

    @contextmanager
    def open(self, *, reset: bool) -> Iterator[dict[str, Any]]:
        """Everything up and seeded; everything down afterwards, however the block ends."""
        self._listen_for_stop()
        os.umask(0o077)  # mails with links in them, uploads, logs: nobody else's business
        with self.place.mine():
            if self.free_port:
                self.port = free_port()
            else:
                refuse_taken(self.port)
            if reset:
                self.place.reset()
            os.environ.update(self._environment())
            try:
                yield self._build_up()
            finally:
                self._take_down()

    # --- up ---------------------------------------------------------------------------------------

    def _environment(self) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings"),
            "PILOTLIGHT_VAR": str(VAR_DIR),
            "PILOTLIGHT_DEMO": "1",
            "PILOTLIGHT_PLAIN_LOGS": "1",
            "PILOTLIGHT_BASE_URL": self.address,
            "PILOTLIGHT_BIND": f"127.0.0.1:{self.port}",
            "PILOTLIGHT_SOURCE_DIRS": str(VAR_DIR / "demo" / "data"),
            # The demo's own feed, and nothing else on this machine.
            "PILOTLIGHT_ALLOWED_ADDRESSES": f"127.0.0.1:{self.port}",
            "WEB_CONCURRENCY": "2",
            "PILOTLIGHT_THREADS": "2",
            "PYTHONUNBUFFERED": "1",
        }

    def _build_up(self) -> dict[str, Any]:
        self.place.log("postgres")
        embedded.hold(VAR_DIR)
        self.say.step("database started" if embedded.wanted() else "database from DATABASE_URL")
        self.place.clear_broker()
        self.command("prepare", "config.demo.prepare", within=READY_WITHIN * 2)
        self.say.step("database migrated, static files collected")
        self._start("web", sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi")
        self._start("worker", *_CELERY, "--quiet", "worker", "-n", "pilotlight@%h", "-c", "2", *_LONE_WORKER)
        self._start("beat", *_CELERY, "--quiet", "beat")
        self._await(self._is_ready, within=READY_WITHIN, what="web")
        self.place.tell(self.address)
        self.say.step("web, worker and beat started")
        demo = json.loads(
            self.command("seed_demo", "manage", "seed_demo", within=SEEDED_WITHIN).splitlines()[-1]
        )
        self.say.step("demo organisation there, sources pulled and read")
        return dict(demo)

    def _start(self, name: str, *command: str) -> Child:
        environment = os.environ | {MARK: str(VAR_DIR)}
        child = self.children[name] = Child(name, list(command), environment, self.place.log(name))
        child.start()
        return child

    def command(self, name: str, module: str, *arguments: str, within: float = READY_WITHIN) -> str:
        """Run a command to its end; what it printed."""
        log = self.place.log(name)
        printed = log.with_suffix(".out")
        environment = os.environ | {MARK: str(VAR_DIR)}
        with printed.open("wb") as output:
            child = self.children[name] = Child(
                name, [sys.executable, "-m", module, *arguments], environment, log, output=output
            )
            child.start()
        self._await(lambda: child.exit_code is not None, within=within, what=name)
        del self.children[name]
        text = printed.read_text()
        printed.unlink()
        if child.exit_code:
            raise Trouble(
                child.last_words()
                if child.is_plain()
                else f"{name} failed: {child.last_words()} (see {log})."
            )
        return text

    def _await(self, done: Callable[[], bool], *, within: float, what: str) -> None:
        deadline = time.monotonic() + within
        while not done():
            if self.told_to_stop:
                raise Stopped
            self._refuse_early_death()
            if time.monotonic() > deadline:
                raise Trouble(f"{what} is not done after {within:.0f} s: see {VAR_DIR / 'logs'}.")
            time.sleep(0.05)

    def _refuse_early_death(self) -> None:
        for name in ("web", "worker", "beat"):
            child = self.children.get(name)
            if child is not None and child.exit_code is not None:
                raise Trouble(f"{name} does not start: {child.last_words()} (all of it: {child.log}).")

    def _is_ready(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.address}/readyz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
        return False

    # --- running ----------------------------------------------------------------------------------

    def _welcome(self, demo: dict[str, Any]) -> None:
        width = max((len(login["email"]) for login in demo["logins"]), default=0) + 2
        self.say(f"\nPilotlight is running at {self.address}/\n")
        for login in demo["logins"]:
            self.say(f"  {login['role']:<16}{login['email']:<{width}}{login['password']}")
        self.say(f"\nMail it sends: {self.address}/demo/mail/   Logs: {VAR_DIR / 'logs'}")
        self.say("Ctrl-C stops it; the data stay.")

    def _watch(self) -> None:
        if embedded.wanted() and embedded.restart_if_dead(VAR_DIR):
            self.say("The database ended unexpectedly; started again.")
        for child in self.children.values():
            happened = child.revive(time.monotonic())
            if happened:
                self.say(happened)

    # --- down -------------------------------------------------------------------------------------

    def _listen_for_stop(self) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            self.in_a_hurry = self.told_to_stop
            self.told_to_stop = True

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup's wish is kept; a script's background job has Ctrl-C ignored, and is told to stop all the same.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, stop)

    def _take_down(self) -> None:
        if self.told_to_stop:
            self.say("\nStopping ...")
        order = [self.children[name] for name in ("beat", "worker", "web") if name in self.children]
        order += [child for child in self.children.values() if child not in order]
        for child in order:
            child.terminate()
        deadline = time.monotonic() + GRACE
        while (
            any(child.exit_code is None for child in order)
            and time.monotonic() < deadline
            and not self.in_a_hurry
        ):
            time.sleep(0.05)
        late = [child.name for child in order if not child.end(time.monotonic())]
        if late:
            self.say(
                f"Ended the hard way: {', '.join(late)}. What they had in hand is done at the next start."
            )
        self.children.clear()
        self.place.end_orphans()
        embedded.stop(VAR_DIR)
        self.place.clear_broker()
        if self.told_to_stop:
            self.say("Stopped.")
