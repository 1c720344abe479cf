"""One way to write facts down, so that the same facts always have the same digest."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def canonical_json(facts: Any) -> str:
    """``facts`` as JSON: keys sorted, no blanks, UTC times, text as it is.

    Raises ``ValueError`` for NaN and infinity, ``TypeError`` for what has no JSON form.
    """
    return json.dumps(
        facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    )


def sha256(text: str) -> str:
    """The SHA-256 of a text in UTF-8, as 64 hexadecimal digits."""
    return sha256_of(text.encode())


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _plain(value: object) -> str:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
    # Lazy translations and the like would freeze the reader's language into a record.
    raise TypeError(f"{type(value).__name__} has no canonical form")
