import hashlib
from collections.abc import Iterable
from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from ninja import Query, Router

from accounts import clock
from accounts.access import Verb
from accounts.api import PROBLEMS, Bearer, Beside, Caller, Problem, ProblemDetails, answered_once, caller_of
from accounts.api.caller import in_scope_of
from accounts.api.problems import MOST_ERRORS, not_found
from accounts.models.token import Scope
from metrics.api import known
from metrics.api.bodies import body_of, points_in
from metrics.api.schemas import Id, Received
from metrics.models import Pull
from metrics.models.pull import TooManyGroupsError
from metrics.points import Checker, Fault, Ruler
from metrics.sources.delivered import PUSH

router = Router(tags=["Values"])

_NUMBER: Final = {"type": ["number", "null"]}
_POINT: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["day"],
    "properties": {
        "day": {"type": "string", "format": "date"},
        "group": {"type": ["string", "null"], "maxLength": 120},
        "value": _NUMBER,
        "numerator": _NUMBER,
        "denominator": _NUMBER,
        "n": {"type": ["integer", "null"], "minimum": 1, "maximum": 2**31 - 1},
        "sum_of_squares": _NUMBER,
    },
}
_BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": ["points"],
                "properties": {
                    "points": {"type": "array", "items": _POINT, "minItems": 1, "maxItems": 10_000}
                },
            },
            "example": {"points": [{"day": "2026-06-01", "value": 18.4, "n": 212}]},
        },
        "application/x-ndjson": {"schema": {"type": "string"}},
    },
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same request with the same key is carried out once and answered alike, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


# What the points are checked by, asked for with the token: a round trip less for each request.
_METRIC: Final = """
    LEFT JOIN LATERAL (
        SELECT m.kind, m.cadence, m.per, s.id AS source_id, s.kind AS source_kind
          FROM metrics_metric m LEFT JOIN metrics_source s ON s.metric_id = m.id
         WHERE m.id = %s AND m.organisation_id = caller.organisation_id
    ) AS metric ON true
"""


class _Bearer(Bearer):
    def beside(self, request: HttpRequest) -> Beside | None:
        match = request.resolver_match
        number = str(match.kwargs["metric_id"]) if match else ""
        return Beside(
            _METRIC, [int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0]
        )


@router.post(
    "/metrics/{metric_id}/snapshots",
    auth=_Bearer(Scope.PUSH, Verb.MEASURE),
    response={200: Received, **dict.fromkeys((409, 413, 415), ProblemDetails), **PROBLEMS},
    summary="Push values",
    openapi_extra={"requestBody": _BODY, "parameters": [_KEY]},
)
def push_snapshots(
    request: HttpRequest, metric_id: Id, keep: Query[Literal["all", "fitting"]] = "all"
) -> Any:
    """Up to 10,000 points, as JSON or as one object a line.

    All of them are stored or none, unless `keep=fitting` asks to leave out what does not fit.
    """
    caller = caller_of(request)
    with in_scope_of(caller):
        body = body_of(request)
        return _pushed(request, caller, metric_id, body, partly=keep == "fitting")


def _pushed(
    request: HttpRequest, caller: Caller, metric_id: int, body: bytes, *, partly: bool
) -> HttpResponse:
    at = clock.now()
    ruler, source = _ruler(caller, at)

    def carry_out() -> str:
        checker = Checker(ruler)
        for number, row in points_in(request, body):
            checker.take(number, row)
        faults = checker.faults
        if faults and not (partly and len(checker.points)):
            raise _unfit(faults)
        try:
            pull = Pull.objects.receive(
                checker.points, source=source, metric=metric_id, at=at, token=caller.token,
                content_sha256=hashlib.sha256(body).hexdigest(), problems=_problems(faults),
            )  # fmt: skip
        except TooManyGroupsError as error:
            raise Problem(422, str(error)) from None
        known.remember(request, caller, metric_id, ruler)
        return known.ANSWER % (pull.pk, pull.rows_new, pull.rows_changed, pull.rows_unchanged, len(faults))

    return answered_once(request, caller, body, carry_out)


def _ruler(caller: Caller, at: Any) -> tuple[Ruler, int]:
    """What the metric's points are checked by, and its source. A metric that is not pushed to says so."""
    kind, cadence, per, source, source_kind = caller.beside
    if kind is None:
        raise not_found()
    if source_kind != PUSH:
        raise Problem(
            409,
            _(
                "This metric does not take pushed values. Choose “Pushed by a program” as its source on its page first."
            ),
        )
    return Ruler(kind, cadence == "weekly", per, at.astimezone(caller.zone).date()), source


def _unfit(faults: list[Fault]) -> Problem:
    told = ngettext(
        "%(count)s point does not fit, so nothing was stored.",
        "%(count)s points do not fit, so nothing was stored.",
        len(faults),
    ) % {"count": len(faults)}
    return Problem(422, told, errors=[fault.told() for fault in faults[:MOST_ERRORS]])


def _problems(faults: Iterable[Fault]) -> list[tuple[int | None, str]]:
    return [
        (fault.row, f"{fault.field}: {fault.message}" if fault.field else fault.message) for fault in faults
    ]
