"""The API's short way: no session, no forms' tokens, no languages, since a program sends none of them.

The page that documents it is a page like any other and takes the long one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import translation

PREFIX: Final = "/api/"
PAGE: Final = "/api/v1/docs"


class ApiLane:
    """Stands behind the middleware that every answer needs, and before that which only pages need."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX) or request.path_info == PAGE:
            return self.get_response(request)
        request.get_host()  # refuses names that are not ours
        match = resolve(request.path_info)
        request.resolver_match = match
        with translation.override(settings.LANGUAGE_CODE):
            response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        response.setdefault("Content-Length", str(len(response.content)))
        response.setdefault("Cache-Control", "no-store")
        return response
