"""The body of a form with a file in it that is never made as a whole."""

from __future__ import annotations

from typing import Final

_MARK: Final = "----pilotlight"


class Endless:
    """Reads as a multipart body: the fields, then a film of ``size`` zero bytes."""

    content_type = f"multipart/form-data; boundary={_MARK}"

    def __init__(self, fields: dict[str, str], name: str, file_name: str, size: int) -> None:
        parts = [
            f'--{_MARK}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'
            for n, v in fields.items()
        ]
        head = f'--{_MARK}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\nContent-Type: video/mp4\r\n\r\n'
        self._head = ("".join(parts) + head).encode() + b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"
        self._tail = f"\r\n--{_MARK}--\r\n".encode()
        self._size = size
        self.length = len(self._head) + size + len(self._tail)
        self.read_so_far = 0

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes from where reading stands."""
        begin = self.read_so_far
        end = self.length if size < 0 else min(begin + size, self.length)
        self.read_so_far = end
        head = self._head[begin:end]
        zeros = max(0, min(end, len(self._head) + self._size) - max(begin, len(self._head)))
        tail_begin = len(self._head) + self._size
        tail = self._tail[max(0, begin - tail_begin) : max(0, end - tail_begin)]
        return head + bytes(zeros) + tail

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)
