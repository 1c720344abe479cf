"""A table on its way from an address or a bucket into a file."""

from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from .base import SourceError
from .wire import Clock

_MB = 1024 * 1024
MAX_BYTES = 1024 * _MB
MAX_WORKBOOK = 50 * _MB
# Bytes that earn a second. A gigabyte so has less than ten minutes; one byte a second never has more than the first
# thirty seconds.
PACE = 2 * _MB


@dataclass(slots=True)
class Download:
    """Takes the pieces as they come, and no more than such a table may have."""

    file: IO[bytes]
    clock: Clock
    size: int = 0
    start: bytes = b""

    def __call__(self, chunk: bytes) -> None:
        self.start = (self.start + chunk[:2])[:2]
        self.size += len(chunk)
        most = MAX_WORKBOOK if self.start == b"PK" else MAX_BYTES
        if self.size > most:
            raise SourceError(
                _("The table is larger than %(size)s MB. Please shorten the period or leave columns out.")
                % {"size": most // _MB}
            )
        self.file.write(chunk)
        self.clock.grant(len(chunk) / PACE)
