"""What stands in a form that came back: what was typed, field by field, and the errors beside the fields."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Final

# A page of ours is well-formed: tests read thousands of them for their forms, and Python's parser takes five times as long.
_TAG: Final = re.compile(
    r"""<(/?)([a-zA-Z][\w-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>|<!--.*?-->|<![^>]*>""", re.DOTALL
)
_ATTRIBUTE: Final = re.compile(r"""([^\s"'<>/=]+)(?:=(?:"([^"]*)"|'([^']*)'))?""")
_READ: Final = {"form", "input", "textarea", "select", "option", "ul"}


class Answer:
    """A page read for its form (of class ``form``; others on the page are buttons).

    ``typed`` maps names to values as a browser would send them again.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.typed: dict[str, list[str]] = {}
        self.wrong: set[str] = set()  # ids of lists of errors, without their ending
        self._inside = False
        self._area: str | None = None
        self._select: str | None = None
        said, end, page = [], 0, content.decode()
        for tag in _TAG.finditer(page):
            said.append(data := unescape(page[end : tag.start()]))
            end = tag.end()
            if self._area is not None:
                self.typed[self._area][-1] += data
            if tag[2] in _READ:
                self._close(tag[2]) if tag[1] else self._open(tag[2], _attributes(tag[3]))
        self.text = "".join([*said, unescape(page[end:])])

    def _open(self, tag: str, given: dict[str, str]) -> None:
        if tag == "ul":
            if "errorlist" in given.get("class", "") and given.get("id", "").endswith("_error"):
                self.wrong.add(given["id"].removesuffix("_error").removeprefix("id_"))
            return
        name = given.get("name", "")
        if tag == "form":
            self._inside = "form" in given.get("class", "").split()
        elif not self._inside:
            return
        elif tag == "input" and name:
            if given.get("type") not in {"radio", "checkbox"} or "checked" in given:
                self._keep(name, given.get("value", "on" if given.get("type") == "checkbox" else ""))
        elif tag == "textarea":
            self._area = name
            self._keep(name, "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._keep(self._select, given.get("value", ""))

    def _close(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            # The line break that follows the tag belongs to the page, not to the text.
            self.typed[self._area][-1] = self.typed[self._area][-1].removeprefix("\r\n").removeprefix("\n")
            self._area = None
        elif tag == "select":
            self._select = None

    def _keep(self, name: str, value: str) -> None:
        self.typed.setdefault(name, []).append(value)


def _attributes(written: str) -> dict[str, str]:
    return {name: unescape(one or other or "") for name, one, other in _ATTRIBUTE.findall(written)}


@lru_cache(maxsize=1)
def read(content: bytes) -> Answer:
    return Answer(content)
