from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from accounts import clock
from accounts.access import Verb
from accounts.api import PROBLEMS, Bearer, Problem, ProblemDetails, caller_of, within
from accounts.api.problems import not_found
from accounts.models.token import Scope
from metrics import sources
from metrics.api.paging import LIMIT, page
from metrics.api.schemas import Id, PullAsked, PullOut, PullPage
from metrics.api.sources import the_source
from metrics.models import Pull

router = Router(tags=["Pulls"])


@router.get(
    "/sources/{source_id}/pulls",
    auth=Bearer(Scope.READ, Verb.SEE),
    response={200: PullPage, **PROBLEMS},
    summary="List a source's pulls and deliveries, newest first",
)
@within
def list_pulls(
    request: HttpRequest, source_id: Id, after: Query[Id | None] = None, limit: int = LIMIT
) -> Any:
    rows = the_source(source_id).pulls.order_by("-pk")
    return page(request, rows.filter(pk__lt=after) if after else rows, limit, _told, lambda p: p.pk)


@router.post(
    "/sources/{source_id}/pulls",
    auth=Bearer(Scope.ACT, Verb.MEASURE),
    response={202: PullAsked, 409: ProblemDetails, **PROBLEMS},
    summary="Ask for a pull",
)
@within
def ask_for_pull(request: HttpRequest, source_id: Id) -> Any:
    """It is due at once, as after “Pull it now” on the metric's page."""
    source, at = the_source(source_id), clock.now()
    if not sources.kind(source.kind).is_pulled:
        raise Problem(409, _("Nothing is pulled from this source: its values come by themselves."))
    source.pull_now(by=caller_of(request).person, at=at)
    return Status(202, {"source_id": source.pk, "asked_at": at})


@router.get(
    "/pulls/{pull_id}",
    auth=Bearer(Scope.READ, Verb.SEE),
    response={200: PullOut, **PROBLEMS},
    summary="One pull or delivery",
)
@within
def get_pull(request: HttpRequest, pull_id: Id) -> Any:
    found = Pull.objects.filter(pk=pull_id).first()
    if found is None:
        raise not_found()
    return _told(found)


def _told(pull: Pull) -> dict[str, Any]:
    return {
        "id": pull.pk,
        "source_id": pull.source_id,
        "state": pull.state,
        "started_at": pull.started_at,
        "finished_at": pull.finished_at,
        "new": pull.rows_new,
        "changed": pull.rows_changed,
        "unchanged": pull.rows_unchanged,
        "error": pull.error,
        "understood": pull.understood,
        "problems": [f"{line}: {words}" if line else str(words) for line, words in pull.problems],
        "token_id": pull.token_id,
        "person_id": pull.person_id,
    }
