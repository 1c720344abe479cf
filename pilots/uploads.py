"""Files that learners will get: what they may be, told by their content and never by their name.

Nothing here is opened by Pilotlight or shown in a page: files are kept under names of our own, outside of what the
web server serves, and handed out as downloads. ``docs/adr/0019-review-step.md`` says why.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final
from uuid import uuid4

import puremagic
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.uploads import MEGABYTE, LeftOut
from pilots.errors import RefusedError

LARGEST: Final = 50 * MEGABYTE
UNPACKED: Final = 300 * MEGABYTE
MEMBERS: Final = 5_000
TIMES: Final = 200  # a text packs 20 : 1, a bomb 1,000 : 1
_HEAD: Final = 8_192
_PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of file. ``known_as``: what the library that looks at the first bytes may call it."""

    name: str | Promise
    mime: str
    known_as: frozenset[str] = frozenset()
    inside: str = ""  # the member that makes a ZIP archive a file of this type


def _office(name: str | Promise, mime: str, inside: str) -> Kind:
    return Kind(name, f"application/vnd.openxmlformats-officedocument.{mime}", inside=inside)


_TEXT: Final = Kind(gettext_lazy("text"), "text/plain")
_JPEG: Final = Kind(gettext_lazy("JPEG picture"), "image/jpeg", frozenset({".jpg", ".jpeg", ".jfif"}))
KINDS: Final[dict[str, Kind]] = {
    ".pdf": Kind("PDF", "application/pdf", frozenset({".pdf"})),
    ".docx": _office("Word", "wordprocessingml.document", "word/document.xml"),
    ".pptx": _office("PowerPoint", "presentationml.presentation", "ppt/presentation.xml"),
    ".xlsx": _office("Excel", "spreadsheetml.sheet", "xl/workbook.xml"),
    ".zip": Kind(gettext_lazy("SCORM package"), "application/zip", inside="imsmanifest.xml"),
    ".png": Kind(gettext_lazy("PNG picture"), "image/png", frozenset({".png"})),
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": Kind(gettext_lazy("WebP picture"), "image/webp", frozenset({".webp"})),
    ".mp3": Kind("MP3", "audio/mpeg", frozenset({".mp3", ".mp2", ".mp1"})),
    ".m4a": Kind("M4A", "audio/mp4", frozenset({".m4a"})),
    ".mp4": Kind("MP4", "video/mp4", frozenset({".mp4"})),
    ".webm": Kind("WebM", "video/webm", frozenset({".webm"})),
    ".txt": _TEXT,
    ".md": _TEXT,
    ".csv": _TEXT,
    ".srt": _TEXT,
    ".vtt": _TEXT,
}
_PROGRAMS: Final = re.compile(
    r"(vbaproject\.bin|\.(exe|dll|scr|com|bat|cmd|ps1|vbs|msi|jar|lnk))$", re.IGNORECASE
)
_ARCHIVES: Final = re.compile(r"\.(zip|gz|tgz|bz2|xz|7z|rar|tar)$", re.IGNORECASE)
# What would turn the order of the letters of a name around, or hide its ending.
_UNSEEN: Final = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a file that may be kept."""

    name: str
    mime: str
    size: int
    sha256: str


def checked(upload: File[bytes]) -> Checked:
    """Look at the file; ``RefusedError`` says in plain words why it cannot be taken."""
    name = _name(upload.name or "")
    ending = PurePath(name).suffix.lower()
    kind = KINDS.get(ending)
    if kind is None:
        raise RefusedError(
            _("Files of this type are not taken. Take one of these: %(endings)s.")
            % {"endings": ", ".join(KINDS)}
        )
    size, digest = _measured(upload)
    if kind.inside:
        _check_archive(upload, kind, size)
    elif kind is _TEXT:
        _check_text(upload)
    else:
        _check_first_bytes(upload, kind)
    upload.seek(0)
    return Checked(name, kind.mime, size, digest)


@contextmanager
def kept(upload: File[bytes]) -> Iterator[str]:
    """Keep the file under a name of our own; if what follows fails, it is gone again."""
    name = default_storage.save(f"content/{uuid4().hex}", upload)
    try:
        yield name
    except BaseException:
        default_storage.delete(name)
        raise


def why_left_out(why: LeftOut) -> str:
    if why is LeftOut.PATH:
        return _("The file's name has a path in it. Give the file a plain name.")
    return _("The file is larger than %(most)s MB. Make it smaller, or give its link instead.") % {
        "most": LARGEST // MEGABYTE
    }


def _name(given: str) -> str:
    if "/" in given or "\\" in given or given in {".", ".."}:
        raise RefusedError(why_left_out(LeftOut.PATH))
    seen = "".join(letter for letter in given if unicodedata.category(letter) not in _UNSEEN).strip()
    if not seen or len(seen) > 200:
        raise RefusedError(_("The file needs a name of at most 200 letters."))
    return seen


def _measured(upload: File[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    upload.seek(0)
    while piece := upload.read(_PIECE):
        size += len(piece)
        if size > LARGEST:
            raise RefusedError(why_left_out(LeftOut.SIZE))
        digest.update(piece)
    if not size:
        raise RefusedError(_("The file is empty."))
    return size, digest.hexdigest()


def _mismatch(kind: Kind) -> RefusedError:
    return RefusedError(
        _(
            "The content of the file is not what its name says (%(kind)s). Save it anew in the program that made it."
        )
        % {"kind": kind.name}
    )


def _check_first_bytes(upload: File[bytes], kind: Kind) -> None:
    upload.seek(0)
    try:
        found = puremagic.magic_string(upload.read(_HEAD))
    except (puremagic.PureError, ValueError):
        raise _mismatch(kind) from None
    # The better guesses alone: many formats begin alike, and a poor guess is no proof.
    best = max((match.confidence for match in found), default=0.0)
    if not {match.extension for match in found if match.confidence >= best - 0.3} & kind.known_as:
        raise _mismatch(kind)


def _check_text(upload: File[bytes]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    upload.seek(0)
    first = True
    while True:
        piece = upload.read(_PIECE)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError:
            raise RefusedError(_("The file is not plain text in UTF-8. Save it as UTF-8.")) from None
        if any(letter < " " and letter not in "\t\n\r\f" for letter in text):
            raise _mismatch(_TEXT)
        if first and text.lstrip()[:1] == "<":
            raise RefusedError(_("The file is a page or a drawing with code in it, not plain text."))
        first = first and not text.strip()
        if not piece:
            return


def _check_archive(upload: File[bytes], kind: Kind, size: int) -> None:
    upload.seek(0)
    try:
        with zipfile.ZipFile(upload) as archive:
            members = archive.infolist()
            _check_members(members, kind, size)
            _check_unpacked(archive, members)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, OSError):
        raise _mismatch(kind) from None


def _check_members(members: list[zipfile.ZipInfo], kind: Kind, size: int) -> None:
    names = [member.filename for member in members]
    if kind.inside not in names:
        raise _mismatch(kind)
    if any(member.flag_bits & 1 for member in members):
        raise RefusedError(_("The file is locked with a password, so nobody can review it."))
    if any(name.startswith(("/", "\\")) or ":" in name or ".." in re.split(r"[/\\]", name) for name in names):
        raise RefusedError(_("The file holds names that lead out of it."))
    if any(_PROGRAMS.search(name) for name in names):
        raise RefusedError(_("There is a program or a macro in the file. Save it without."))
    if any(_ARCHIVES.search(name) for name in names):
        raise RefusedError(_("There is an archive inside the file. Unpack it first."))
    unpacked = sum(member.file_size for member in members)
    if len(members) > MEMBERS or unpacked > UNPACKED or unpacked > max(TIMES * size, 10 * MEGABYTE):
        raise RefusedError(_("The file unpacks to far more than it should."))


def _check_unpacked(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Unpack it once, into nothing: sizes that an archive tells of itself may be lies; the library stops at them."""
    for member in members:
        with archive.open(member) as content:
            while content.read(_PIECE):
                pass
