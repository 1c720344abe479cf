"""Errors as RFC 9457 has them: ``application/problem+json``, with the row and the field where there is one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Schema

#: More would help nobody, and a request may hold ten thousand.
MOST_ERRORS: Final = 100


class FieldError(Schema):
    row: int | None = None
    field: str = ""
    message: str


class ProblemDetails(Schema):
    """What went wrong, in words; ``errors`` name the rows and fields, at most a hundred of them."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it so
    """An answer that is no success. Its detail is written for whoever wrote the program that called."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


def problem_response(problem: Problem) -> HttpResponse:
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        told["errors"] = list(problem.errors[:MOST_ERRORS])
    return HttpResponse(
        json.dumps(told, ensure_ascii=False),
        status=problem.status,
        content_type="application/problem+json",
        headers=dict(problem.headers),
    )


def not_found() -> Problem:
    """The same words for what does not exist and for what is somebody else's."""
    return Problem(404, _("There is nothing at this address."))


#: Every operation can answer these, and says so.
PROBLEMS: Final[dict[int, type[ProblemDetails]]] = dict.fromkeys(
    (400, 401, 403, 404, 422, 429), ProblemDetails
)
