from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.access import Verb
from accounts.models import Membership

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    type Pages = tuple[tuple[_StrPromise, str, Verb], ...]


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    current: bool


_MAIN: Final = (
    (_("Next moves"), "home", Verb.PLAN),
    (_("Pilots"), "pilots", Verb.SEE),
    (_("Outcomes"), "outcomes", Verb.SEE),
    (_("Library"), "library", Verb.SEE),
    (_("Reviews"), "reviews", Verb.REVIEW),
    (_("Metrics"), "metrics", Verb.SEE),
)
_OWN: Final = (
    (_("What you are told"), "news", Verb.SEE),
    (_("Your calendar"), "my_calendar", Verb.SEE),
    (_("AI charter"), "charter", Verb.SEE),
    (_("What works by itself"), "work", Verb.MEASURE),
    (_("People"), "people", Verb.ADMINISTER),
    (_("Channels"), "channels", Verb.ADMINISTER),
    (_("API tokens"), "tokens", Verb.ADMINISTER),
    (_("Settings"), "settings", Verb.ADMINISTER),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The header's links, for a page inside an organisation."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return {"organisation": None, "navigation": []}
    return {
        "organisation": membership.organisation,
        "membership": membership,
        "navigation": _links(request, membership, _MAIN),
        "person_menu": _links(request, membership, _OWN),
    }


def _links(request: HttpRequest, membership: Membership, pages: Pages) -> list[Link]:
    urls = _urls(membership.organisation.slug)
    here = [(str(label), urls[name]) for label, name, verb in pages if membership.may(verb)]
    home = urls["home"]
    under = [
        url for _label, url in here if request.path == url or (url != home and request.path.startswith(url))
    ]
    best = max(under, key=len, default="")
    if "/outcome/" in request.path and f"{home}outcomes/" in dict(here).values():
        best = f"{home}outcomes/"  # what came of a pilot is read there, whatever its address lies under
    return [Link(label, url, url == best) for label, url in here]


@lru_cache(maxsize=1000)
def _urls(slug: str) -> dict[str, str]:
    """Of the pages that every page leads to."""
    return {name: reverse(name, args=[slug]) for _label, name, _verb in (*_MAIN, *_OWN)}
