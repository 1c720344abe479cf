"""The style sheet in one piece, and the collected files, under names that tell their content."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from config.environment import BASE_DIR, VAR_DIR

_SHEET: Final = "css/pilotlight.css"
_IMPORT: Final = re.compile(r'@import url\("([^"]+)"\)(?: layer\((\w+)\))?;')


class Sheet(BaseFinder):
    """``css/pilotlight.css`` with what it imports written out: one request instead of thirty before a page has its look."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        self.storage = FileSystemStorage(VAR_DIR / "sheet")

    def find(self, path: str, find_all: bool = False, **_other: object) -> Any:
        found = self._made() if path == _SHEET else []
        return [found] if found and find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        self._made()
        yield _SHEET, self.storage

    def _made(self) -> str:
        """Written anew only where it changed, and in one go: several processes may ask."""
        path, text = Path(self.storage.path(_SHEET)), in_one_piece(BASE_DIR / "static" / _SHEET)
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as aside:
                aside.write(text)
            whole = Path(aside.name)
            whole.chmod(0o644)
            whole.rename(path)
        return str(path)


def in_one_piece(sheet: Path) -> str:
    """A style sheet with the ones that it imports in their places; they lie beside it, so what they point to is still there."""

    def written_out(found: re.Match[str]) -> str:
        text, layer = (sheet.parent / found[1]).read_text(), found[2]
        return f"@layer {layer} {{\n{text}}}" if layer else text

    return _IMPORT.sub(written_out, sheet.read_text())


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """An address is worked out once: a page names nine files, and what is collected stays while a process runs."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._address = cache(super().url)

    def url(self, name: str, force: bool = False) -> str:
        return str(super().url(name, force) if force else self._address(name))
