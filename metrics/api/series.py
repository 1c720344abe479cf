from datetime import date
from typing import Any

from django.db.models import Max
from django.http import HttpRequest
from ninja import Query, Router

from accounts.access import Verb
from accounts.api import PROBLEMS, Bearer, within
from accounts.api.problems import not_found
from accounts.models.token import Scope
from metrics.api.metrics import the_metric
from metrics.api.paging import LIMIT, page
from metrics.api.schemas import Id, SeriesPage, SnapshotOut, SnapshotPage
from metrics.models import Series, Snapshot

router = Router(tags=["Values"])


@router.get(
    "/metrics/{metric_id}/series",
    auth=Bearer(Scope.READ, Verb.SEE),
    response={200: SeriesPage, **PROBLEMS},
    summary="A metric's series: one for each group",
)
@within
def list_series(request: HttpRequest, metric_id: Id) -> Any:
    rows = the_metric(metric_id).series.annotate(newest=Max("snapshots__day")).order_by("pk")
    return {
        "items": [
            {"id": one.pk, "metric_id": one.metric_id, "group": one.group, "newest_day": one.newest}
            for one in rows
        ]
    }


@router.get(
    "/series/{series_id}/snapshots",
    auth=Bearer(Scope.READ, Verb.SEE),
    response={200: SnapshotPage, **PROBLEMS},
    summary="A series' values, oldest first",
)
@within
def list_snapshots(
    request: HttpRequest, series_id: Id, after: Query[date | None] = None, limit: int = LIMIT
) -> Any:
    """``after`` is a day: the values of later days follow."""
    if not Series.objects.filter(pk=series_id).exists():
        raise not_found()
    rows = Snapshot.objects.filter(series=series_id).order_by("day")
    return page(
        request, rows.filter(day__gt=after) if after else rows, limit, _told, lambda s: s.day.isoformat()
    )


def _told(snapshot: Snapshot) -> dict[str, Any]:
    return {name: getattr(snapshot, name) for name in SnapshotOut.model_fields}
