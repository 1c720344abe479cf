"""How much of a file is taken in at all.

A body that is longer than any form takes is refused before it is received. A view that takes files says how large
they may be (``takes_files``). What is larger is read off the line and thrown away piece by piece, neither held in
memory nor kept on disk; the form then says so beside its field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

MEGABYTE: Final = 1_000_000


def takes_files[V: Callable[..., Any]](at_most: int) -> Callable[[V], V]:
    """Mark a view with the size, in bytes, from which on a file is not read."""

    def mark(view: V) -> V:
        view.largest_file = at_most  # type: ignore[attr-defined]
        return view

    return mark


def left_out(request: HttpRequest, name: str) -> bool:
    """Whether the file of this field was too large to be taken in."""
    return name in getattr(request, "files_left_out", ())


class SizeGuard(FileUploadHandler):
    """Stands before the handlers that keep files, and stops what is too large for its view, or for any."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
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
        # The body is little more than its file; nothing needs to be written to disk to know that.
        if self.most is not None and self.announced > self.most + MEGABYTE:
            self._leave_out()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.seen += len(raw_data)
        if self.most is not None and self.seen > self.most:
            self._leave_out()
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile[bytes] | None:
        return None

    def _leave_out(self) -> None:
        names = getattr(self.request, "files_left_out", ())
        self.request.files_left_out = (*names, self.field_name)  # type: ignore[union-attr]
        raise SkipFile
