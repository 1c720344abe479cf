from __future__ import annotations

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from metrics.forms.metric import MetricForm
from metrics.models import Metric
from metrics.page import metric_page


@member(Verb.SEE)
def metrics(request: MemberRequest) -> HttpResponse:
    listed = Metric.objects.select_related("source").order_by("name")
    return render(request, "metrics/list.html", {"metrics": listed})


@member(Verb.MEASURE, methods=["GET", "POST"])
@once
def metric_new(request: MemberRequest) -> HttpResponse:
    form = MetricForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                metric = Metric.objects.define(
                    request.organisation, by=request.user, at=clock.now(), **form.cleaned_data
                )
        except IntegrityError:
            form.add_error("name", _("There is a metric of this name already."))
        else:
            return redirect("metric_source", request.organisation.slug, metric.pk)
    return render(
        request, "metrics/new.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


@member(Verb.SEE)
def metric(request: MemberRequest, metric_id: int) -> HttpResponse:
    found = get_object_or_404(Metric.objects.select_related("source", "organisation"), pk=metric_id)
    template = "metrics/detail.html#arriving" if request.htmx else "metrics/detail.html"  # type: ignore[attr-defined]
    return render(request, template, metric_page(found, request.membership, clock.today()))


@member(Verb.MEASURE, methods=["POST"])
@once
def pull(request: MemberRequest, metric_id: int) -> HttpResponse:
    found = get_object_or_404(Metric.objects.exclude(source=None), pk=metric_id)
    found.source.pull_now(by=request.user, at=clock.now())
    messages.success(request, _("It is being pulled. The result appears here in a moment."))
    return redirect("metric", request.organisation.slug, found.pk)
