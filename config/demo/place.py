"""The folder a demo lives in: free, writable, its own, and emptied on request."""

import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from config import embedded
from config.troubles import Trouble

#: What ``--reset`` deletes. By name, so that a wrong PILOTLIGHT_VAR costs nobody a home folder.
MADE_HERE: Final = ("pg", "broker", "files", "mail", "demo")
KEPT_LOGS: Final = 3
#: In the environment of every process that a demo starts, and of nobody else's: the folder of that demo.
MARK: Final = "PILOTLIGHT_SUPERVISED"


@dataclass(frozen=True)
class Place:
    var: Path

    @contextmanager
    def mine(self) -> Iterator[None]:
        """One demo per folder. The kernel lets the lock go with its holder, however that ends."""
        run = self.var / "run"
        run.mkdir(parents=True, exist_ok=True)
        note = run / "demo"
        lock = os.open(run, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            where = note.read_text().strip() if note.exists() else "it is just starting"
            raise Trouble(
                f"a demo is running here already ({where}). Stop it with Ctrl-C where it runs."
            ) from None
        try:
            note.write_text(f"process {os.getpid()}\n")  # also shows that we may write
            self.end_orphans()
            yield
        finally:
            with suppress(OSError):
                note.unlink()
            os.close(lock)

    def tell(self, address: str) -> None:
        (self.var / "run" / "demo").write_text(f"process {os.getpid()}, {address}\n")

    def end_orphans(self) -> int:
        """End what a killed demo of this folder left running. Only its children carry its mark."""
        orphans = list(self._marked())
        for process in orphans:
            with suppress(psutil.Error):
                process.terminate()
        _, alive = psutil.wait_procs(orphans, timeout=5)
        for process in alive:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(alive, timeout=5)
        return len(orphans)

    def _marked(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and process.environ().get(MARK) == str(self.var):
                    yield process

    def reset(self) -> None:
        if not embedded.wanted():
            raise Trouble(
                "--reset deletes the embedded database only; empty the one that DATABASE_URL names yourself."
            )
        if not embedded.stop_if_unused(self.var):
            raise Trouble("another process still uses the database under var/: end it, then reset.")
        for name in MADE_HERE:
            if (self.var / name).exists():
                shutil.rmtree(self.var / name)

    def clear_broker(self) -> None:
        """Half-written rings of a killed process. What is due stands in the database."""
        shutil.rmtree(self.var / "broker", ignore_errors=True)

    def log(self, name: str) -> Path:
        """A fresh log; the last ones stay beside it as ``name.log.1`` and so on."""
        path = self.var / "logs" / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        for number in range(KEPT_LOGS, 0, -1):
            older = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
            if older.exists():
                older.replace(path.with_name(f"{path.name}.{number}"))
        return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            if isinstance(error, PermissionError):
                reason = f"port {port} is for the system alone"
            elif isinstance(error, OverflowError):
                reason = f"there is no port {port}"
            else:
                reason = f"port {port} is taken"
            raise Trouble(
                f"{reason}: choose another one, for example bin/demo --port {_next_free(port)}."
            ) from None


def _next_free(port: int) -> int:
    for candidate in range(max(port, 1024) + 1, min(max(port, 1024) + 50, 65536)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", candidate))
            return candidate
    return free_port()
