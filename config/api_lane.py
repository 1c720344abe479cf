"""The API's short way: no session, no forms' tokens, no languages, since a program sends none of them.

The page that documents it is a page like any other and takes the long one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import translation
from django.utils.csp import CSP

from config.request_log import begin, tell
from metrics.api import at_once

PREFIX: Final = "/api/"
PAGE: Final = "/api/v1/docs"
#: JSON loads nothing and stands in no frame. Written once: that of pages is put together for each answer.
_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


class ApiLane:
    """Stands behind the middleware that every answer needs, and before that which only pages need."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX) or request.path_info == PAGE:
            return self.get_response(request)
        request.get_host()  # refuses names that are not ours
        begin(request)
        try:
            response = at_once(request) or _operation(request)
            tell(request, response)
        finally:
            structlog.contextvars.clear_contextvars()
        response.setdefault("Content-Length", str(len(response.content)))
        response.setdefault("Cache-Control", "no-store")
        response.setdefault(CSP.HEADER_ENFORCE, _POLICY)
        return response


def _operation(request: HttpRequest) -> HttpResponse:
    match = resolve(request.path_info)
    request.resolver_match = match
    with translation.override(settings.LANGUAGE_CODE):
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return response
