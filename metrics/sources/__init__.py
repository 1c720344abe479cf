"""The registry: one file per kind of source, each listed here once."""

from collections.abc import Mapping
from types import MappingProxyType

from .base import Ask, Fetched, Members, Observation, Problem, SourceError
from .bucket import BucketKind
from .delivered import PushKind, TypedKind
from .file import FileKind
from .folder import FolderKind
from .http_json import HttpJsonKind
from .source_kind import SourceKind
from .sql import SqlKind
from .web_table import WebTableKind
from .xapi import XapiKind

__all__ = [
    "Ask",
    "Fetched",
    "Members",
    "Observation",
    "Problem",
    "SourceError",
    "SourceKind",
    "kind",
    "kinds",
]

_KINDS: Mapping[str, SourceKind] = MappingProxyType(
    {
        k.name: k
        for k in (
            FileKind(),
            FolderKind(),
            HttpJsonKind(),
            WebTableKind(),
            SqlKind(),
            BucketKind(),
            PushKind(),
            TypedKind(),
            XapiKind(),
        )
    }
)


def kinds() -> Mapping[str, SourceKind]:
    return _KINDS


def kind(name: str) -> SourceKind:
    """The kind of that name; KeyError when there is none."""
    return _KINDS[name]
