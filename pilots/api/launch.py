from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from accounts import clock
from accounts.access import Verb
from accounts.api import PROBLEMS, Bearer, Problem, ProblemDetails, caller_of, within
from accounts.api.problems import not_found
from accounts.models.token import Scope
from metrics.api.schemas import Id
from pilots.errors import GateClosedError, RefusedError
from pilots.models import Pilot

router = Router()


class LaunchOut(Schema):
    pilot_id: int
    plan_version: int
    at: datetime


@router.post(
    "/pilots/{pilot_id}/launch",
    auth=Bearer(Scope.ACT, Verb.PLAN),
    response={201: LaunchOut, 409: ProblemDetails, **PROBLEMS},
    summary="Launch a pilot whose gate is open",
)
@within
def launch(request: HttpRequest, pilot_id: Id) -> Any:
    """Refused with 409 while a line of the gate is open, each named in `errors`. A second launch is the first one again."""
    pilot = Pilot.objects.select_related("organisation").filter(pk=pilot_id).first()
    if pilot is None:
        raise not_found()
    try:
        launched = pilot.launch_now(by=caller_of(request).person, at=clock.now())
    except GateClosedError as closed:
        errors = [{"field": key, "message": str(closed)} for key in closed.lines]
        raise Problem(409, str(closed), errors=errors) from None
    except RefusedError as refused:
        raise Problem(409, str(refused)) from None
    return Status(
        201, {"pilot_id": pilot.pk, "plan_version": launched.plan_version.number, "at": launched.at}
    )
