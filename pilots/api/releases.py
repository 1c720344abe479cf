from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from accounts import clock
from accounts.access import Verb
from accounts.api import PROBLEMS, Bearer, Problem, ProblemDetails, caller_of, within
from accounts.api.problems import not_found
from accounts.models.token import Scope
from metrics.api.schemas import Id, Whole
from pilots.errors import RefusedError
from pilots.models import ContentItem

router = Router()


class ReleaseIn(Schema):
    model_config = {"extra": "forbid"}

    number: Annotated[Whole, Field(ge=1, le=2**31 - 1, description="the version that learners get")]
    to: Annotated[str, Field(min_length=1, max_length=200, description="which learners")]


class ReleaseOut(Schema):
    id: int
    item_id: int
    number: int
    sha256: str
    to: str
    at: datetime


@router.post(
    "/pilots/{pilot_id}/content/{item_id}/releases",
    auth=Bearer(Scope.ACT, Verb.PLAN),
    response={201: ReleaseOut, 413: ProblemDetails, 409: ProblemDetails, **PROBLEMS},
    summary="Release an approved version to learners",
)
@within
def release(request: HttpRequest, pilot_id: Id, item_id: Id, given: ReleaseIn) -> Any:
    """Only the newest version, approved by somebody who did not make it, can be released; 409 says why another cannot."""
    items = ContentItem.objects.select_related("pilot__organisation", "pilot__chain")
    item = items.filter(pk=item_id, pilot=pilot_id).first()
    if item is None:
        raise not_found()
    try:
        made = item.release(number=given.number, to=given.to, by=caller_of(request).person, at=clock.now())
    except RefusedError as refused:
        raise Problem(409, str(refused)) from None
    return Status(201, release_out(made))


def release_out(made: Any) -> dict[str, Any]:
    version = made.version
    return {
        "id": made.pk, "item_id": version.item_id, "number": version.number, "sha256": version.sha256, "to": made.to, "at": made.at,
    }  # fmt: skip
