"""What stands in a form that came back: what was typed, field by field, and the errors beside the fields."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tests.pages.markup import tags

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
        said = []
        for tag in tags(content):
            said.append(tag.before)
            if self._area is not None:
                self.typed[self._area][-1] += tag.before
            if tag.name in _READ:
                self._close(tag.name) if tag.closes else self._open(tag.name, tag.given)
        self.text = "".join(said)

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


@lru_cache(maxsize=1)
def read(content: bytes) -> Answer:
    return Answer(content)
