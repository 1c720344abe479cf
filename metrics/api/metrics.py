from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from accounts import clock
from accounts.access import Verb
from accounts.api import PROBLEMS, Bearer, Problem, ProblemDetails, caller_of, within
from accounts.api.problems import not_found
from accounts.models.token import Scope
from metrics.api.paging import LIMIT, page
from metrics.api.schemas import Id, MetricIn, MetricOut, MetricPage
from metrics.forms.metric import MetricForm
from metrics.models import Metric

router = Router(tags=["Metrics"])


@router.get(
    "/metrics",
    auth=Bearer(Scope.READ, Verb.SEE),
    response={200: MetricPage, **PROBLEMS},
    summary="List metrics, oldest first",
)
@within
def list_metrics(request: HttpRequest, after: Query[Id | None] = None, limit: int = LIMIT) -> Any:
    rows = Metric.objects.select_related("source").order_by("pk")
    return page(request, rows.filter(pk__gt=after) if after else rows, limit, metric_out, lambda m: m.pk)


@router.post(
    "/metrics",
    auth=Bearer(Scope.ACT, Verb.MEASURE),
    response={201: MetricOut, 413: ProblemDetails, 409: ProblemDetails, **PROBLEMS},
    summary="Define a metric",
)
@within
def define_metric(request: HttpRequest, given: MetricIn) -> Any:
    """With the rules of the page “Define a metric”: the same form checks it."""
    form = MetricForm(given.model_dump())
    if not form.is_valid():
        raise Problem(422, _("The metric cannot be defined like this."), errors=_told(form.errors))
    caller = caller_of(request)
    try:
        with transaction.atomic():
            metric = Metric.objects.define(
                caller.organisation, by=caller.person, at=clock.now(), **form.cleaned_data
            )
    except IntegrityError:
        raise Problem(409, _("There is a metric of this name already.")) from None
    return Status(201, metric_out(metric))


@router.get(
    "/metrics/{metric_id}",
    auth=Bearer(Scope.READ, Verb.SEE),
    response={200: MetricOut, **PROBLEMS},
    summary="One metric",
)
@within
def get_metric(request: HttpRequest, metric_id: Id) -> Any:
    return metric_out(the_metric(metric_id))


def the_metric(metric_id: int) -> Metric:
    found = Metric.objects.select_related("source").filter(pk=metric_id).first()
    if found is None:
        raise not_found()
    return found


def metric_out(metric: Metric) -> dict[str, Any]:
    names = [name for name in MetricOut.model_fields if name != "source_id"]
    source = getattr(metric, "source", None)
    return {**{name: getattr(metric, name) for name in names}, "source_id": source.pk if source else None}


def _told(errors: Any) -> list[dict[str, Any]]:
    return [{"field": name, "message": str(message)} for name, said in errors.items() for message in said]
