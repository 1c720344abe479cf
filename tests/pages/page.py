"""A page as the tests read it: what every page of the product has to keep to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.access.house import Answered, House, address
from tests.pages.markup import tags

_VOID: Final = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "track",
    "wbr",
}
_ADDRESSES: Final = ("href", "src", "action", "hx-get", "hx-post")
_LEAKS: Final = re.compile(
    r"\{\{|\}\}|\{%|%\}|\{#|%\(\w+\)s|\b(None(?! of )|nan|NaN|undefined|Infinity)\b|<built-in|<django\.|object at 0x|&lt;|__proxy__"
)
_NAMELESS: Final = {"hidden", "submit", "button", "image"}


class Page:
    def __init__(self, content: bytes) -> None:
        self.language = ""
        self.title = ""
        self.headings: list[str] = []
        self.buttons = 0
        self.inline: list[str] = []
        self.addresses: list[str] = []
        self.ids: Counter[str] = Counter()
        self._text: list[str] = []
        self._open: list[str] = []
        self._fields: list[tuple[str, dict[str, str]]] = []
        self._labelled: set[str] = set()
        for tag in tags(content):
            if tag.before:
                self._say(tag.before)
            if tag.closes:
                self._end(tag.name)
            elif tag.name:
                self._begin(tag.name, tag.given)
                if tag.rest.endswith("/") and tag.name not in _VOID:
                    self._end(tag.name)
        self.text = "".join(self._text)

    # --- reading --------------------------------------------------------------------------------

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        if tag not in _VOID:
            self._open.append(tag)
        self._note_inline(tag, given)
        if "id" in given:
            self.ids[given["id"]] += 1
        self.addresses += [given[name] for name in _ADDRESSES if name in given]
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "h1":
            self.headings.append("")
        elif tag == "label" and "for" in given:
            self._labelled.add(given["for"])
        elif tag in {"input", "select", "textarea"}:
            self._fields.append((tag, {**given, "inside": "label" if "label" in self._open else ""}))
        if "button" in given.get("class", "").split() and "table" not in self._open:
            self.buttons += 1

    def _end(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def _say(self, text: str) -> None:
        if "h1" in self._open:
            self.headings[-1] += text
        if "title" in self._open and "svg" not in self._open:
            self.title += text
        elif "script" not in self._open and "style" not in self._open:
            self._text.append(text)

    def _note_inline(self, tag: str, given: dict[str, str]) -> None:
        self.inline += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(f"<{tag}>")

    # --- judging --------------------------------------------------------------------------------

    def faults(self) -> list[str]:
        """What no page may have, in words."""
        headings = [heading for heading in self.headings if heading.strip()]
        found = [
            *(f"inline: {one}" for one in self.inline),
            *(f"leaks {leak.group()!r}: …{self.text[max(0, leak.start() - 40) : leak.end() + 20]}…" for leak in _LEAKS.finditer(self.text)),
            *(f"no label: {tag} {given.get('name')}" for tag, given in self._fields if not self._has_a_name(given)),
            *(f"the id {name} stands there {count} times" for name, count in self.ids.items() if count > 1),
            *(f"leaves the machine: {one}" for one in self.addresses if one.startswith(("http:", "https:", "//"))),
        ]  # fmt: skip
        if self.language != "en-gb":
            found.append(f"lang is {self.language!r}")
        if len(self.headings) != 1 or not headings:
            found.append(f"{len(self.headings)} first headings: {self.headings}")
        if self.buttons > 1:
            found.append(f"{self.buttons} filled buttons")
        if not self.title.strip() or _LEAKS.search(self.title):
            found.append(f"the title is {self.title!r}")
        if any(not address.strip() for address in self.addresses):
            found.append("an empty address")
        return found

    def _has_a_name(self, given: dict[str, str]) -> bool:
        if given.get("type") in _NAMELESS or given["inside"]:
            return True
        return given.get("id", "") in self._labelled or bool(
            given.get("aria-label") or given.get("aria-labelledby")
        )


# It shows every component at once, so it has more buttons and headings than a page may have.
SHOWS_ALL: Final = "styleguide"
NO_PAGE: Final = {
    "healthz",
    "readyz",
    "demo_feed",
    "evidence",
    "content_file",
    "calendar",
    "outcome_file",
    "outcome_slides",
    "outcomes_slides",
    "shared_outcome_file",
}


def faults_of(response: Answered) -> list[str]:
    return Page(response.content).faults()


def links_in(response: Answered) -> list[str]:
    """Where its links lead within the product."""
    found = re.findall(rb'<a [^>]*href="(/(?!static/)[^"#]*)"', response.content)
    return [link.decode().replace("&amp;", "&") for link in found]


def headers_missing(response: Answered) -> list[str]:
    """Which of the headers that every answer carries this one lacks, or weakens."""
    policy = {
        line.split()[0]: line.split()[1:]
        for line in response.get("Content-Security-Policy", "").split(";")
        if line.split()
    }
    wanted = {
        "CSP default-src": policy.get("default-src") == ["'none'"],
        "CSP script-src": policy.get("script-src") == ["'self'"],
        "CSP style-src": policy.get("style-src") == ["'self'"],
        "CSP frame-ancestors": policy.get("frame-ancestors") == ["'none'"],
        "CSP base-uri": policy.get("base-uri") == ["'none'"],
        "CSP form-action": policy.get("form-action") == ["'self'"],
        "no unsafe-inline": "unsafe" not in response.get("Content-Security-Policy", ""),
        "nosniff": response.get("X-Content-Type-Options") == "nosniff",
        "frame options": response.get("X-Frame-Options") == "DENY",
        "referrer policy": response.get("Referrer-Policy") in {"same-origin", "no-referrer"},
        "opener policy": response.get("Cross-Origin-Opener-Policy") == "same-origin",
    }  # fmt: skip
    return [name for name, there in wanted.items() if not there]


def pilots_in_every_stage(house: House) -> Iterator[tuple[tuple[str, str], Answered]]:
    """The page of one pilot in each stage, as a viewer and a manager are shown it."""
    for stage in ("asking", "ready", "running", "deciding", "closed"):
        path = address("pilot", house.ours, pilot_id=getattr(house.ours, stage).pk)
        for caller in ("viewer", "manager"):
            yield (stage, caller), house.browser(caller).get(path)
