"""An address that takes only forms, opened as a page: Django answers with nothing, this says so in words."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import is_valid_path


class NothingHereMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        empty = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content
        if empty and request.method == "GET" and request.accepts("text/html"):
            context = {"href": _above(request.path_info)}
            response.content = render_to_string("405.html", context, request)
        return response


def _above(path: str) -> str:
    """The nearest address above that leads anywhere: mostly that of the page on which the form stands."""
    while path:
        path = path.rstrip("/").rpartition("/")[0]
        if is_valid_path(f"{path}/"):
            return f"{path}/"
    return ""
