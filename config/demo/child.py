"""One process of the demo: started, started again when it dies, stopped with all its children."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from config.environment import BASE_DIR

_PLAIN: Final = "Pilotlight: "


@dataclass
class Child:
    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    output: int | IO[bytes] | None = None  # where standard output goes; to the log when None
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    begun: float = 0.0
    again_at: float = field(default=0.0)

    def start(self) -> None:
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops in order.
            self.process = subprocess.Popen(
                self.command,
                cwd=BASE_DIR,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log if self.output is None else self.output,
                stderr=log,
                start_new_session=True,
            )
        self.begun = time.monotonic()

    @property
    def exit_code(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def revive(self, now: float) -> str | None:
        """Start again if it died, later each time; what happened, if something did."""
        if self.exit_code is None:
            return None
        if not self.again_at:
            self.deaths = 1 if now - self.begun > 120 else self.deaths + 1
            wait = min(2 ** (self.deaths - 1), 30)
            self.again_at = now + wait
            self._signal_group(signal.SIGKILL)
            return f"{self.name} ended unexpectedly ({_how(self.exit_code)}); starting it again in {wait} s."
        if now >= self.again_at:
            self.again_at = 0.0
            self.start()
        return None

    def terminate(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, deadline: float) -> bool:
        """Wait for its end; past the deadline end it with its children. Whether it ended by itself."""
        if self.process is None:
            return True
        try:
            self.process.wait(max(deadline - time.monotonic(), 0.1))
            return True
        except subprocess.TimeoutExpired:
            return False
        finally:
            self._signal_group(signal.SIGKILL)
            self.process.wait()

    def _signal_group(self, number: signal.Signals) -> None:
        """Its group bears its process id, and keeps it while any member lives."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def last_words(self) -> str:
        return self._lines()[-1].removeprefix(_PLAIN)

    def is_plain(self) -> bool:
        """Whether its last words say it all."""
        return self._lines()[-1].startswith(_PLAIN)

    def _lines(self) -> list[str]:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return [line for line in lines if line.startswith(_PLAIN)] or lines or ["it says nothing"]


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
