"""Reading a packed file in a process of its own: it may ask for gigabytes and fall, and ours goes on."""

import os
import subprocess
import sys
import tempfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from .base import SourceError
from .cells import Cell

MAX_ANSWER = 100 * 1024 * 1024
SECONDS = 30  # by the clock
CPU_SECONDS = 25


def unreadable() -> SourceError:
    return SourceError(
        _(
            "This file cannot be read. It may be damaged, protected by a password, or far too large. "
            "Please save it as CSV."
        )
    )


def run(
    reader: str, *arguments: str, memory: int, output_bytes: int, given: bytes | None = None
) -> IO[bytes]:
    """What the reader says of the file, a line a row. It knows nothing of ours but what it is given, and has limits."""
    here = Path(__file__)
    limits = [str(most) for most in (memory, output_bytes, CPU_SECONDS)]
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                [
                    sys.executable,
                    "-I",
                    str(here.with_name("limited.py")),
                    *limits,
                    str(here.with_name(reader)),
                    *arguments,
                ],
                input=given,
                stdin=subprocess.DEVNULL if given is None else None,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
                env={"PATH": os.defpath},  # nothing of ours, no secrets
            )
        except subprocess.TimeoutExpired as error:
            raise unreadable() from error
        if done.returncode != 0 or output.tell() > MAX_ANSWER:
            raise unreadable()
        output.seek(0)
        return BytesIO(output.read())


def cell(value: Any) -> Cell:
    """A cell as the readers write it: moments and days have a name."""
    if isinstance(value, dict):
        return datetime.fromisoformat(value["t"]) if "t" in value else date.fromisoformat(value["d"])
    found: Cell = value
    return found
