"""The registry: one file per kind of source, each listed here once."""

from collections.abc import Mapping
from types import MappingProxyType

from .base import Fetched, Observation, Problem, SourceError, SourceKind
from .delivered import PushKind, TypedKind
from .file import FileKind
from .folder import FolderKind
from .http_json import HttpJsonKind

__all__ = ["Fetched", "Observation", "Problem", "SourceError", "SourceKind", "kind", "kinds"]

_KINDS: Mapping[str, SourceKind] = MappingProxyType(
    {k.name: k for k in (FileKind(), FolderKind(), HttpJsonKind(), PushKind(), TypedKind())}
)


def kinds() -> Mapping[str, SourceKind]:
    return _KINDS


def kind(name: str) -> SourceKind:
    """The kind of that name; KeyError when there is none."""
    return _KINDS[name]
