"""Files are told by their content: what is not what it says, or hides something, is refused and nothing is kept."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from pilots import uploads
from pilots.errors import RefusedError
from pilots.models import ContentItem, ContentVersion
from pilots.views.content import content_new
from tests.cast import NOW, Cast, make_pilot
from tests.pilots.endless import Endless

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 30
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}


type Content = bytes | Callable[[], bytes]  # what takes long is made by the test that asks for it


def packed(members: dict[str, bytes], **options: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def liar() -> bytes:
    """An archive that says of a member of 400 MB that it has nine bytes."""
    honest = packed({**WORD, "word/media.bin": b"\0" * 1_000_000})
    return honest.replace(struct.pack("<L", 1_000_000), struct.pack("<L", 9))


def locked() -> bytes:
    content = bytearray(packed(WORD))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def bomb() -> bytes:
    return packed({**WORD, "word/media.bin": b"\0" * 12_000_000})


def many() -> bytes:
    return packed({"imsmanifest.xml": b"<m/>", **{f"{n}": b"" for n in range(5_001)}})


def given(content: Content, name: str) -> File:
    return File(io.BytesIO(content() if callable(content) else content), name)


GOOD = [
    ("a.pdf", PDF), ("a.png", PNG), ("a.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"), ("a.webp", b"RIFF\x24\0\0\0WEBPVP8 "),
    ("a.mp4", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"), ("a.mp3", b"ID3\x03\0\0\0\0\0\0" + b"\0" * 20),
    ("a.docx", packed(WORD)), ("Übung 1.txt", "Grüß Gott.".encode()), ("a.md", b"# Title\n"),
    ("course.zip", packed({"imsmanifest.xml": b"<manifest/>", "index.html": b"<p>"})),
]  # fmt: skip
BAD: list[tuple[str, Content, str]] = [
    ("empty.pdf", b"", "empty"),
    ("photo.png", PDF, "not what its name says"),
    ("lesson.pdf", packed(WORD), "not what its name says"),
    ("lesson.docx", PDF, "not what its name says"),
    ("lesson.docx", packed({"xl/workbook.xml": b"<x/>"}), "not what its name says"),
    ("lesson.pdf", b"MZ\x90\0" + b"\0" * 60, "not what its name says"),
    ("drawing.svg", SVG, "not taken"),
    ("drawing.png", SVG, "not what its name says"),
    ("drawing.txt", SVG, "code in it"),
    ("page.txt", b"\xef\xbb\xbf  \n<html><script>alert(1)</script>", "code in it"),
    ("text.txt", b"a\0b", "not what its name says"),
    ("text.txt", b"caf\xe9", "UTF-8"),
    ("program.exe", b"MZ", "not taken"),
    ("nothing", PDF, "not taken"),
    ("../../etc/lesson.pdf", PDF, "path in it"),
    ("..\\lesson.pdf", PDF, "path in it"),
    ("bomb.docx", bomb, "unpacks to far more"),
    ("many.zip", many, "unpacks to far more"),
    ("nested.zip", packed({"imsmanifest.xml": b"<m/>", "inner.zip": packed(WORD)}), "archive inside"),
    ("liar.docx", liar, "not what its name says"),
    ("locked.docx", locked, "password"),
    ("out.zip", packed({"imsmanifest.xml": b"<m/>", "../../etc/passwd": b"x"}), "lead out of it"),
    ("macro.docx", packed({**WORD, "word/vbaProject.bin": b"x"}), "macro"),
    ("torn.docx", packed(WORD)[:-30], "not what its name says"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def files_of_our_own(settings: Settings, tmp_path: Path) -> None:
    """The other processes keep files meanwhile, too."""
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path, "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def kept() -> set[str]:
    return set(default_storage.listdir("content")[1]) if default_storage.exists("content") else set()


@pytest.mark.parametrize(("name", "content"), GOOD, ids=[name for name, _content in GOOD])
def test_what_it_says_it_is(name: str, content: bytes) -> None:
    checked = uploads.checked(ContentFile(content, name))
    assert (checked.name, checked.size) == (name, len(content))


@pytest.mark.parametrize(
    ("name", "content", "words"), BAD, ids=[f"{name}: {words}" for name, _c, words in BAD]
)
def test_what_is_refused(name: str, content: Content, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        uploads.checked(given(content, name))


def test_a_name_that_turns_letters_around_loses_them() -> None:
    assert uploads.checked(ContentFile(PDF, "les\u202eson\u200b.pdf")).name == "lesson.pdf"


@pytest.fixture
def visitor(scoped: Cast, client):  # type: ignore[no-untyped-def]
    client.force_login(scoped.manager)
    return client


def test_a_refused_file_leaves_nothing(scoped: Cast) -> None:
    pilot, before = make_pilot(scoped), kept()
    for name, content, _words in BAD:
        with pytest.raises(RefusedError):
            ContentItem.objects.make(
                pilot, title="X", kind="lesson", ai_use="made", upload=given(content, name), by=scoped.manager, at=NOW
            )  # fmt: skip
    assert (kept(), ContentItem.objects.count(), ContentVersion.objects.count()) == (before, 0, 0)


def test_a_version_that_cannot_be_written_leaves_no_file(
    scoped: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilot, before = make_pilot(scoped), kept()

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr(ContentVersion, "save", fail)
    with pytest.raises(RuntimeError):
        ContentItem.objects.make(
            pilot,
            title="X",
            kind="lesson",
            ai_use="made",
            upload=ContentFile(PDF, "a.pdf"),
            by=scoped.manager,
            at=NOW,
        )
    assert kept() == before


FORM = {"title": "X", "kind": "lesson", "ai_use": "made", "form": "file"}


def test_a_file_is_kept_outside_and_handed_out_as_a_download(scoped: Cast, visitor) -> None:  # type: ignore[no-untyped-def]
    pilot = make_pilot(scoped)
    path = f"/northwind/pilots/{pilot.pk}/content/new/"
    answer = visitor.post(path, {**FORM, "upload": SimpleUploadedFile("Übung.pdf", PDF, "text/html")})
    assert answer.status_code == 302
    version = ContentVersion.objects.get()
    assert (version.form, version.file_type, version.file_name) == ("file", "application/pdf", "Übung.pdf")
    assert "bung" not in version.file.name
    assert "static" not in Path(version.file.path).parts
    download = visitor.get(f"/northwind/pilots/{pilot.pk}/content/{version.item_id}/versions/1/file/")
    assert download.getvalue() == PDF
    assert download["Content-Disposition"].startswith("attachment")
    assert (download["Content-Type"], download["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert "sandbox" in download["Content-Security-Policy"]
    version.file.delete(save=False)


@pytest.mark.parametrize(
    "name", ["../../lesson.pdf", "C:\\Users\\me\\lesson.pdf", "a&#47;lesson.pdf", "x/..", "/"]
)
def test_a_path_in_the_name_is_refused_beside_the_field(scoped: Cast, visitor, name: str) -> None:  # type: ignore[no-untyped-def]
    pilot, before = make_pilot(scoped), kept()
    fields = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in FORM.items()
    )
    given = name.replace("\\", "\\\\")
    file = f'--edge\r\nContent-Disposition: form-data; name="upload"; filename="{given}"\r\nContent-Type: application/pdf\r\n\r\n'
    body = fields.encode() + file.encode() + PDF + b"\r\n--edge--\r\n"
    answer = visitor.generic(
        "POST", f"/northwind/pilots/{pilot.pk}/content/new/", body, "multipart/form-data; boundary=edge"
    )
    assert answer.status_code == 422
    assert "has a path in it" in answer.content.decode()
    assert 'value="X"' in answer.content.decode(), "what was typed is still there"
    assert (kept(), ContentItem.objects.count()) == (before, 0)


@pytest.mark.parametrize(("size", "most_allowed"), [(1_000_001, 1_000_000), (100_000_000, uploads.LARGEST)])
def test_too_large_is_neither_held_nor_kept(
    scoped: Cast,
    visitor,  # type: ignore[no-untyped-def]
    size: int,
    most_allowed: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Read off the line in pieces: what Python holds meanwhile stays far below the file's size."""
    monkeypatch.setattr(content_new, "largest_file", most_allowed)
    pilot, before = make_pilot(scoped), kept()
    body = Endless(FORM, "upload", "film.mp4", size)
    tracemalloc.start()
    answer = visitor.generic(
        "POST", f"/northwind/pilots/{pilot.pk}/content/new/", b"",
        **{"wsgi.input": body, "CONTENT_LENGTH": str(body.length), "CONTENT_TYPE": body.content_type},
    )  # fmt: skip
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 422
    assert "larger than 50 MB" in answer.content.decode()
    assert 'value="X"' in answer.content.decode(), "what was typed is still there"
    assert body.read_so_far == body.length
    assert most < 20_000_000
    assert (kept(), ContentItem.objects.count()) == (before, 0)


def test_what_is_larger_than_any_form_takes_is_not_even_read(
    scoped: Cast,
    visitor,  # type: ignore[no-untyped-def]
) -> None:
    pilot, before = make_pilot(scoped), kept()
    body = Endless(FORM, "upload", "film.mp4", 500_000_000)
    answer = visitor.generic(
        "POST", f"/northwind/pilots/{pilot.pk}/content/new/", b"",
        **{"wsgi.input": body, "CONTENT_LENGTH": str(body.length), "CONTENT_TYPE": body.content_type},
    )  # fmt: skip
    assert answer.status_code == 413
    assert "That is too large." in answer.content.decode()
    assert body.read_so_far < 1_000_000
    assert (kept(), ContentItem.objects.count()) == (before, 0)
