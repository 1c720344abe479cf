"""``docs/access.md`` as the tests read it, and the routes that it has to speak of."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from django.test import override_settings
from django.urls import URLPattern, URLResolver

import config.urls
from tests.access.house import CALLERS

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "access.md"
METHODS: Final = ("GET", "POST")


@dataclass(frozen=True)
class Row:
    """What a route answers to a method, caller by caller."""

    route: str
    method: str
    verb: str
    answers: dict[str, str]

    def __str__(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def writer(self) -> str | None:
        """Who sends it in ``test_twice.py``: one of those who may, if it writes anything of an organisation."""
        writers = ("manager", "administrator", "link holder")
        may = (caller for caller in writers if self.answers[caller] == "302")
        return next(may, None) if self.method == "POST" and not self.route.startswith("account_") else None


@cache
def rows() -> list[Row]:
    callers = [*CALLERS, "token"]
    found = []
    for route, method, verb, *cells in _table("Route"):
        found.append(Row(route.strip("`"), method, verb, dict(zip(callers, cells, strict=True))))
    return found


def verbs_of() -> dict[str, set[str]]:
    """The role × verb table: what each role may do."""
    head, *lines = _table("Role", with_head=True)
    return {
        role.lower(): {verb for verb, cell in zip(head[1:], cells, strict=True) if cell == "yes"}
        for role, *cells in lines
    }


def heading_of_the_matrix() -> list[str]:
    return _table("Route", with_head=True)[0]


def _table(first_column: str, *, with_head: bool = False) -> list[list[str]]:
    """The lines of the page's table whose heading begins so, cell by cell."""
    lines = PAGE.read_text().splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    table = []
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return [table[0], *table[2:]] if with_head else table[2:]


# --- routes -----------------------------------------------------------------------------------------


@cache
def urls_of_a_demonstration() -> ModuleType:
    """``config.urls`` as a demonstration has it, beside the one that is loaded."""
    spec = importlib.util.spec_from_file_location("urls_of_a_demonstration", config.urls.__file__)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    with override_settings(DEMO=True):
        spec.loader.exec_module(module)
    return module


def patterns(of: Any = None, path: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern below, with its whole address as it is written."""
    for one in urls_of_a_demonstration().urlpatterns if of is None else of:
        here = path + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, here)
        elif not here.startswith("api/") or one.name == "api_docs":  # the API has a table of its own
            yield here, one
