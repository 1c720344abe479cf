"""From one page of an answer to the next, until the last: by a link, by a cursor, by number or by offset.

A page that is missing would be a wrong number, so nothing here ends early on a guess: the last page is the one that says
so, or an empty one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
from django.utils.translation import gettext as _

from . import addresses, http, json_rows
from .base import SourceError

MAX_PAGES = 200
LINK, CURSOR, PAGE, OFFSET = "link", "cursor", "page", "offset"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: by GET, or by POST where there is a body."""

    url: str
    body: Mapping[str, Any] | None = None

    def with_parameter(self, name: str, value: Any) -> "Request":
        """In what is posted, or else in the address."""
        if self.body is not None:
            return replace(self, body={**self.body, name: value})
        return replace(self, url=str(httpx2.URL(self.url).copy_set_param(name, value)))

    def content(self) -> http.Body | None:
        return None if self.body is None else http.Body(json.dumps(self.body).encode())


@dataclass(frozen=True, slots=True)
class Paging:
    """The settings of PagingFields."""

    paging: str = ""
    next_at: str = ""
    more_at: str = ""
    page_parameter: str = ""
    first_page: int = 1
    page_size: int = 0

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Paging":
        known = ("paging", "next_at", "more_at", "page_parameter", "first_page", "page_size")
        return cls(**{name: settings[name] for name in known if settings.get(name) not in ("", None)})

    def first(self, request: Request) -> Request:
        if self.paging == PAGE:
            return request.with_parameter(self.page_parameter, self.first_page)
        if self.paging == OFFSET:
            return request.with_parameter(self.page_parameter, 0)
        return request


@dataclass(slots=True)
class Pages:
    """One list over all its pages."""

    visit: http.Visit
    keys: Mapping[str, str]
    paging: Paging
    rows_at: str
    asked: set[str] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)
    weight: int = 0
    short: bool = False

    def read(self, request: Request) -> list[dict[str, Any]]:
        origin = addresses.target(request.url).origin
        before = b""
        following: Request | None = self.paging.first(request)
        while following is not None:
            self._check(following, origin)
            answer = self.visit.ask(following.url, keys=self.keys, body=following.content())
            decoded = json_rows.decode(answer.body, answer.content_type)
            page = json_rows.rows_of(decoded, self.rows_at)
            if page and answer.body == before:
                raise SourceError(
                    _(
                        "The address gives the same page again and again. Please check how its pages are asked for."
                    ),
                    field="page_parameter" if self.paging.page_parameter else "paging",
                )
            self._keep(page, json_rows.weight(answer.body))
            before = answer.body
            following = self._after(following, answer, decoded, len(page))
        return self.rows

    def _check(self, request: Request, origin: tuple[str, str, int]) -> None:
        asked = f"{request.url} {json.dumps(request.body)}"
        if asked in self.asked:
            raise SourceError(
                _("The pages lead in a circle. Please check how they are asked for."), field="paging"
            )
        if len(self.asked) == MAX_PAGES:
            raise SourceError(
                _(
                    "There are more than %(pages)s pages. Please ask for a shorter period, or for larger pages."
                )
                % {"pages": MAX_PAGES},
                field="url",
            )
        self.asked.add(asked)
        if self.keys and addresses.target(request.url).origin != origin:
            raise SourceError(
                _(
                    "The next page lies at another address than the first, and a key is for the address it was given for."
                ),
                field="paging",
            )

    def _keep(self, page: list[dict[str, Any]], weight: int) -> None:
        self.weight += weight
        if self.weight > json_rows.MAX_CONTAINERS:
            raise json_rows.too_heavy()
        if page and self.short:
            raise SourceError(
                _(
                    "The address gives fewer entries a page than you say, so some would be left out. "
                    "Please give the number that it gives."
                ),
                field="page_size",
            )
        self.short = self.paging.paging == OFFSET and len(page) < self.paging.page_size
        self.rows += page

    def _after(self, request: Request, answer: http.Answer, decoded: Any, count: int) -> Request | None:
        paging = self.paging
        if paging.more_at and not json_rows.pick(decoded, paging.more_at, "more_at"):
            return None
        if paging.paging == LINK:
            return replace(request, url=http.joined(answer.url, answer.next)) if answer.next else None
        if paging.paging == CURSOR:
            return self._by_cursor(request, answer, json_rows.pick(decoded, paging.next_at, "next_at"))
        if paging.paging not in (PAGE, OFFSET) or (not count and not paging.more_at):
            return None
        done = len(self.asked)
        place = paging.first_page + done if paging.paging == PAGE else paging.page_size * done
        return request.with_parameter(paging.page_parameter, place)

    def _by_cursor(self, request: Request, answer: http.Answer, cursor: Any) -> Request | None:
        if cursor is None or cursor in ("", False):
            return None
        if not isinstance(cursor, str | int):
            raise SourceError(_("What stands there leads to no next page."), field="next_at")
        if self.paging.page_parameter:
            return request.with_parameter(self.paging.page_parameter, cursor)
        return Request(http.joined(answer.url, str(cursor)))
