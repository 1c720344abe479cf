from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from metrics.forms.backfill import BackfillForm
from metrics.models import Backfill
from metrics.models.backfill import BackfillRunningError
from metrics.page import metric_page
from metrics.views.shared import get_metric


@member(Verb.MEASURE, methods=["POST"])
def backfills(request: MemberRequest, metric_id: int) -> HttpResponse:
    """Fetch a period once more, part after part; how far it is stands on the metric's page."""
    metric = get_metric(metric_id)
    if not hasattr(metric, "source"):
        raise Http404
    form = BackfillForm(request.POST, today=clock.today())
    if form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        try:
            Backfill.objects.ask(
                metric.source, first, last + timedelta(days=1), by=request.user, at=clock.now()
            )
        except BackfillRunningError:
            form.add_error(None, _("Another period is being fetched. Wait until it is done, or cancel it."))
        else:
            messages.success(request, _("The days are being fetched. How far it is stands below."))
            return redirect("metric", request.organisation.slug, metric.pk)
    context = {**metric_page(metric, request.membership, clock.today()), "form": form}
    return render(request, "metrics/detail.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@member(Verb.MEASURE, methods=["POST"])
def cancellation(request: MemberRequest, metric_id: int, backfill_id: int) -> HttpResponse:
    found = get_object_or_404(
        Backfill.objects.select_related("source__metric__organisation"),
        pk=backfill_id,
        source__metric=metric_id,
    )
    found.cancel(by=request.user, at=clock.now())
    return redirect("metric", request.organisation.slug, metric_id)
