"""Pages that a browser has already: it is told so instead of being sent them again."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

# What differs each time and says nothing: the token against forgery.
_TOKEN: Final = re.compile(rb'(value="|x-csrftoken": ")[A-Za-z0-9]{64}')
_MADE_OF: Final = ("templates", "static/css", "pilots/outcome_page", "metrics", "accounts/templatetags")
# Whatever changes a shared page is an event, or news of its source: fields, as seen from its link.
TELLING: Final = (
    "pk", "expires_at", "outcome__pilot__chain__head", "outcome__pilot__organisation__chain__head",
    "outcome__pilot__organisation__name", "outcome__pilot__organisation__minimum_group",
    "outcome__pilot__standing__people", "outcome__pilot__metric__source__news_at",
)  # fmt: skip


def by_content(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The page, or that it is the one the browser has: told from the page itself, which saves the way and not the work."""
    digest = hashlib.sha256(_TOKEN.sub(b"", response.content)).hexdigest()[:32]
    response["ETag"], response["Cache-Control"] = f'W/"{digest}"', "private, no-cache"
    answer: HttpResponse = (
        get_conditional_response(request, etag=response["ETag"], response=response) or response
    )
    return answer


def etag_of(told: Sequence[object], *, signed_in: bool) -> str:
    """Of a shared page, from what its link leads to by ``TELLING``, before anything of it is worked out."""
    written = repr((*told, get_language(), signed_in, _built()))
    return f'W/"{hashlib.sha256(written.encode()).hexdigest()[:32]}"'


@cache
def _built() -> int:
    """When the newest of what the page is made of was written: another version of Pilotlight may say it otherwise."""
    files = (
        file
        for place in _MADE_OF
        for file in Path(settings.BASE_DIR, place).rglob("*")
        if file.suffix in {".py", ".html", ".css"}
    )
    return max(file.stat().st_mtime_ns for file in files)
