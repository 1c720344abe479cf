from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Max
from django.http import HttpRequest
from ninja import Query, Router

from accounts.access import Verb
from accounts.api import PROBLEMS, Bearer, within
from accounts.api.problems import not_found
from accounts.models.token import Scope
from metrics.api.metrics import the_metric
from metrics.api.paging import LIMIT, page
from metrics.api.schemas import Day, Id, SeriesPage, SnapshotOut, SnapshotPage
from metrics.groups import shown
from metrics.models import Series, Snapshot

router = Router(tags=["Values"])

_FIGURES: Final = ("value", "numerator", "denominator", "sum_of_squares")


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
    request: HttpRequest, series_id: Id, after: Query[Day | None] = None, limit: int = LIMIT
) -> Any:
    """``after`` is a day: the values of later days follow. What is about too few people is withheld."""
    series = Series.objects.select_related("metric__organisation").filter(pk=series_id).first()
    if series is None:
        raise not_found()
    rows = Snapshot.objects.filter(series=series_id).order_by("day")
    rows = (rows.filter(day__gt=after) if after else rows)[: limit + 1]
    hidden = _hidden(series, [row.day for row in rows])
    return page(request, rows, limit, lambda one: _told(one, one.day in hidden), lambda s: s.day.isoformat())


def _hidden(series: Series, days: list[date]) -> set[date]:
    """Those of the ordered days whose value is withheld."""
    if not days:
        return set()
    minimum = series.metric.organisation.minimum_group
    visible = shown(series.metric, days[0], days[-1] + timedelta(days=1), minimum=minimum)
    return {day for day in days if visible.hides(series.pk, day)}


def _told(snapshot: Snapshot, withheld: bool) -> dict[str, Any]:
    told = {name: getattr(snapshot, name) for name in SnapshotOut.model_fields if name != "withheld"}
    nothing = dict.fromkeys(_FIGURES) if withheld else {}
    return told | nothing | {"withheld": withheld}
