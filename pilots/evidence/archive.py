"""The evidence file as bytes: a ZIP that is made the same way each time, so that not even its headers can be changed unseen."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from accounts.canonical import canonical_json, sha256_of
from pilots.evidence.document import document
from pilots.evidence.records import records
from pilots.evidence.seal import public_key, seal

if TYPE_CHECKING:
    from datetime import datetime

    from pilots.models import Pilot

FORMAT: Final = "pilotlight-evidence/2"
MANIFEST, SEAL = "manifest.json", "manifest.seal"
_WHEN = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can say; the real time stands in pilot.json


def pack(pilot: Pilot, *, at: datetime) -> bytes:
    """All that proves what was agreed on this pilot, and a PDF of it for reading."""
    facts = records(pilot, at)
    files = {name: readable(told) for name, told in facts.items()}
    files["evidence.pdf"] = document(facts)
    manifest = readable(
        {
            "format": FORMAT,
            "public_key": public_key().hex(),
            "files": {name: sha256_of(content) for name, content in sorted(files.items())},
        }
    )
    return zipped({**files, MANIFEST: manifest, SEAL: seal(manifest).hex().encode()})


def readable(facts: object) -> bytes:
    """JSON that a person can read and that is the same for the same facts."""
    plain = json.loads(canonical_json(facts))
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files in the order of their names, unpacked as they are, without a time or an owner."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            about = zipfile.ZipInfo(name, _WHEN)
            about.create_system = 3  # the same on every machine
            archive.writestr(about, content)
    return packed.getvalue()
