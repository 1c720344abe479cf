"""How much of a file is taken in at all.

A body that is longer than any form takes is refused before it is received. A view that takes files says how large
they may be (``takes_files``). What is larger, or has a path in its name, is read off the line and thrown away piece by
piece, neither held in memory nor kept on disk; the form then says so beside its field.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from enum import Enum
from typing import IO, Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser

MEGABYTE: Final = 1_000_000


def takes_files[V: Callable[..., Any]](at_most: int) -> Callable[[V], V]:
    """Mark a view with the size, in bytes, from which on a file is not read."""

    def mark(view: V) -> V:
        view.largest_file = at_most  # type: ignore[attr-defined]
        return view

    return mark


class LeftOut(Enum):
    """Why a file was not taken in."""

    SIZE = "size"
    PATH = "path"


def left_out(request: HttpRequest, name: str) -> LeftOut | None:
    """Why the file of this field was not taken in; None if it was, or if there was none."""
    found: dict[str, LeftOut] = getattr(request, "files_left_out", {})
    return found.get(name)


class NamesAsGiven(MultiPartParser):
    """Shows the guard how a file was named: Django takes a path off without a word."""

    def __init__(self, META: Any, input_data: Any, upload_handlers: Any, encoding: str | None = None) -> None:  # noqa: N803
        super().__init__(META, input_data, upload_handlers, encoding)
        self.guard = next(handler for handler in upload_handlers if isinstance(handler, UploadGuard))

    def sanitize_file_name(self, file_name: str) -> str | None:
        given = html.unescape(file_name)
        self.guard.path_in_name = "/" in given or "\\" in given
        plain: str | None = super().sanitize_file_name(file_name)
        return plain or ("unnamed" if self.guard.path_in_name else None)


class UploadGuard(FileUploadHandler):
    """Stands before the handlers that keep files, and stops what its view, or any, does not take."""

    path_in_name = False

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        if request is not None:
            request.multipart_parser_class = NamesAsGiven  # type: ignore[assignment]
        match = getattr(request, "resolver_match", None)
        self.most: int | None = getattr(match.func, "largest_file", None) if match else None
        self.seen = 0
        self.announced = 0

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803 - as Django calls it
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > settings.UPLOAD_MAX_SIZE:
            raise RequestDataTooBig("the files are larger than UPLOAD_MAX_SIZE")
        self.announced = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.seen = 0
        if self.most is not None and self.path_in_name:
            self._leave_out(LeftOut.PATH)
        # The body is little more than its file; nothing needs to be written to disk to know that.
        if self.most is not None and self.announced > self.most + MEGABYTE:
            self._leave_out(LeftOut.SIZE)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.seen += len(raw_data)
        if self.most is not None and self.seen > self.most:
            self._leave_out(LeftOut.SIZE)
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        return None

    def _leave_out(self, why: LeftOut) -> None:
        known = getattr(self.request, "files_left_out", {})
        self.request.files_left_out = {**known, self.field_name: why}  # type: ignore[union-attr]
        raise SkipFile
