from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from accounts.access import Verb
from accounts.api import PROBLEMS, Bearer, within
from accounts.api.problems import not_found
from accounts.models.token import Scope
from metrics import sources
from metrics.api.paging import LIMIT, page
from metrics.api.schemas import Id, SourceOut, SourcePage
from metrics.models import Source

router = Router(tags=["Sources"])


@router.get(
    "/sources",
    auth=Bearer(Scope.READ, Verb.SEE),
    response={200: SourcePage, **PROBLEMS},
    summary="List sources, oldest first",
)
@within
def list_sources(request: HttpRequest, after: Query[Id | None] = None, limit: int = LIMIT) -> Any:
    rows = Source.objects.order_by("pk")
    return page(request, rows.filter(pk__gt=after) if after else rows, limit, _told, lambda s: s.pk)


@router.get(
    "/sources/{source_id}",
    auth=Bearer(Scope.READ, Verb.SEE),
    response={200: SourceOut, **PROBLEMS},
    summary="One source",
)
@within
def get_source(request: HttpRequest, source_id: Id) -> Any:
    return _told(the_source(source_id))


def the_source(source_id: int) -> Source:
    found = Source.objects.filter(pk=source_id).first()
    if found is None:
        raise not_found()
    return found


def _told(source: Source) -> dict[str, Any]:
    # Named one by one: settings may hold an address with a key in it, and sealed holds secrets.
    is_pulled = sources.kind(source.kind).is_pulled
    return {
        "id": source.pk,
        "metric_id": source.metric_id,
        "kind": source.kind,
        "schedule": source.schedule if is_pulled else None,
        "at_hour": source.at_hour if is_pulled else None,
        "connected_at": source.connected_at,
        "failing_since": source.failing_since,
        "news_at": source.news_at,
    }
