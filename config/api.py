"""The API, put together: its parts, its errors in one form, its document and its page."""

from __future__ import annotations

from typing import Any

import structlog
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from psycopg.errors import LockNotAvailable

from accounts.api import Problem, problem_response
from accounts.api.problems import not_found
from metrics.api import router as metrics
from pilots.api import router as pilots

log = structlog.get_logger(__name__)


class _Api(NinjaAPI):
    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The document; what is refused comes as a problem, and says so."""
        document = super().get_openapi_schema(**options)
        for methods in document["paths"].values():
            for operation in methods.values():
                for code, answer in operation["responses"].items():
                    if int(code) >= 400:
                        answer["content"] = {
                            "application/problem+json": answer["content"]["application/json"]
                        }
        return document


api = _Api(
    title="Pilotlight",
    version="1",
    description="Metrics, where their values come from, and the values; launching pilots and releasing content. "
    "Send a token as “Authorization: Bearer plt_…”.",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,
)
api.add_router("", metrics)
api.add_router("", pilots)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(not_found())


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"field": ".".join(str(part) for part in one["loc"][-1:]), "message": str(one["msg"])}
        for one in error.errors
    ]
    return problem_response(Problem(422, _("Something in the request does not fit."), errors=errors))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    detail = _("The body is not JSON.") if error.status_code == 400 else str(error)
    return problem_response(Problem(error.status_code, detail))


@api.exception_handler(OperationalError)
def _database(request: HttpRequest, error: OperationalError) -> HttpResponse:
    if isinstance(error.__cause__, LockNotAvailable):
        busy = _("Somebody else is writing to this metric at this moment. Send it again in a second.")
        return problem_response(Problem(409, busy, headers={"Retry-After": "1"}))
    log.error("api_database", error=str(error))
    away = _("The database does not answer at this moment. Send it again in a while.")
    return problem_response(Problem(503, away, headers={"Retry-After": "10"}))


@api.exception_handler(Exception)
def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("api_fault", exc_info=error)
    return problem_response(Problem(500, _("Something went wrong on our side. It is written down.")))


def nowhere(request: HttpRequest, path: str = "") -> HttpResponse:
    """For addresses below /api/ that do not exist."""
    return problem_response(not_found())
