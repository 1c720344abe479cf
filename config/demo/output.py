"""What the demo tells the person who started it."""

import sys
import time
from dataclasses import dataclass, field


@dataclass
class Output:
    """Progress on standard output, or, where that is for an answer alone, on standard error."""

    quiet: bool = False
    begun: float = field(default_factory=time.monotonic)

    def __call__(self, text: str = "") -> None:
        print(text, file=sys.stderr if self.quiet else sys.stdout, flush=True)

    def step(self, text: str) -> None:
        """A step that is done, and the seconds since the last."""
        now = time.monotonic()
        self(f"  {text:<44}{now - self.begun:6.1f} s")
        self.begun = now

    def answer(self, line: str) -> None:
        print(line, flush=True)  # noqa: T201
