"""A file in a folder that the operator has opened for sources, read anew at each pull."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from django import forms
from django.conf import settings as django_settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import tables
from .base import Ask, SourceError
from .cells import Table
from .mapping import ColumnMapping
from .mapping_form import MappingForm
from .source_kind import SourceKind

MAX_BYTES = 1024 * 1024 * 1024
MAX_PACKED = 50 * 1024 * 1024


class FolderForm(MappingForm):
    path = forms.CharField(
        label=gettext_lazy("File in the shared folder"),
        max_length=500,
        help_text=gettext_lazy(
            "As in “sales/2026.csv”. The people who run Pilotlight can tell you which folder it is."
        ),
    )
    field_order = ("path",)


class FolderKind(SourceKind):
    name = "folder"
    label = gettext_lazy("Shared folder")
    description = gettext_lazy(
        "A table that another system writes into a folder, again and again under the same name."
    )
    form_class = FolderForm

    @contextmanager
    def tables(self, ask: Ask) -> Iterator[list[Table]]:
        with _open(str(ask.settings.get("path", ""))) as file:
            _check_size(file)
            yield [tables.read(file, ColumnMapping.from_ask(ask).columns())]


def _missing() -> SourceError:
    # The same words for a file that is absent and for one that lies outside: nobody can feel their way around.
    return SourceError(_("There is no such file in the shared folder."), retry=True, field="path")


def _check_size(file: IO[bytes]) -> None:
    is_packed = file.read(2) in (b"PK", b"PA")
    if os.fstat(file.fileno()).st_size > (MAX_PACKED if is_packed else MAX_BYTES):
        raise SourceError(
            _("The file is too large. Please shorten the period or leave columns out."), field="path"
        )


def _open(path: str) -> IO[bytes]:
    parts = PurePosixPath(path).parts
    if not parts or "\0" in path or "\\" in path or path.startswith("/") or ".." in parts:
        raise _missing()
    directories: list[Path] = getattr(django_settings, "PILOTLIGHT_SOURCE_DIRS", [])
    for directory in directories:
        file = _open_below(Path(directory), path)
        if file is not None:
            return file
    raise _missing()


def _open_below(directory: Path, path: str) -> IO[bytes] | None:
    try:
        base = directory.resolve(strict=True)
        inside = (base / path).resolve(strict=True).relative_to(base)
        return _open_without_links(base, inside)
    except (OSError, ValueError, RuntimeError):
        return None


def _open_without_links(base: Path, inside: Path) -> IO[bytes] | None:
    """Opens step by step and follows no link: one that is put in place after the check leads nowhere."""
    handle = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in inside.parts:
            # O_NONBLOCK: a pipe that lies in the folder must not keep us waiting.
            step = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=handle)
            os.close(handle)
            handle = step
        if stat.S_ISREG(os.fstat(handle).st_mode):
            file, handle = os.fdopen(handle, "rb"), -1
            return file
        return None
    finally:
        if handle >= 0:
            os.close(handle)
