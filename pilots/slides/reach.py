"""What a file of slides reaches for beyond itself when somebody opens it: read from its relationships, as they are written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from lxml.etree import _Element

# Kinds of relationship, by the end of their names.
_RUNS: Final = {"oleObject", "package", "control", "activeXControlBinary", "vbaProject"}
_LINK: Final = "hyperlink"
_WAYS: Final = {"http", "https", "mailto"}  # that somebody follows by a click, and sees where they lead


def reached(content: bytes) -> list[str]:
    """Addresses that are loaded unseen."""
    return [
        target
        for _part, kind, target, outside in _relationships(content)
        if outside and not (kind == _LINK and urlsplit(target).scheme.lower() in _WAYS)
    ]


def runs(content: bytes) -> bool:
    """Whether it holds what another program would run or open. The table behind a chart is not meant."""
    return any(
        kind in _RUNS and not (kind == "package" and part.startswith("ppt/charts/"))
        for part, kind, _target, _outside in _relationships(content)
    )


def _relationships(content: bytes) -> Iterator[tuple[str, str, str, bool]]:
    """Of each: the part that has it, its kind, its target, and whether that lies outside."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.namelist():
            if part.endswith(".rels"):
                for one in _read(archive.read(part)):
                    told = one.attrib
                    yield (
                        part,
                        str(told["Type"]).rpartition("/")[2],
                        str(told["Target"]),
                        told.get("TargetMode") == "External",
                    )


def _read(xml: bytes) -> _Element:
    from lxml import etree

    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
