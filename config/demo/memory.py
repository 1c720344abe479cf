"""What the demonstration remembers from one start to the next: its first day, and what was told already.

A small file beside the demo's data. Whoever renames a pilot, or sends a member away, finds it so at the next start.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from django.conf import settings

from config.troubles import Trouble


@dataclass
class Memory:
    """``anchor``: the day of the first seeding. The others: keys of what was made, with the database's."""

    anchor: date
    organisations: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, int] = field(default_factory=dict)
    pilots: dict[str, int] = field(default_factory=dict)

    def keep(self) -> None:
        write(_file(), json.dumps(asdict(self) | {"anchor": self.anchor.isoformat()}, indent=1) + "\n")


def recall() -> Memory | None:
    """None before the first seeding, and when the file was lost."""
    try:
        kept = json.loads(_file().read_text())
        return Memory(**kept | {"anchor": date.fromisoformat(kept["anchor"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def folder() -> Path:
    """Where the demonstration's files lie, so that its sources may read them. Raises ``Trouble``."""
    directories: list[str] = settings.PILOTLIGHT_SOURCE_DIRS
    if not directories:
        raise Trouble("set PILOTLIGHT_SOURCE_DIRS to the folder for the demonstration's files.")
    return Path(directories[0])


def write(path: Path, text: str) -> bool:
    """Write a file whole or not at all, and only when it says something new; whether it did."""
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    aside.write_text(text)
    aside.replace(path)
    return True


def _file() -> Path:
    return folder().parent / "memory.json"
