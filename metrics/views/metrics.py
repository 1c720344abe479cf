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
from metrics.forms.backfill import BackfillForm
from metrics.forms.metric import MetricForm
from metrics.models import Jump, Metric
from metrics.page import metric_page
from metrics.sources.delivered import PUSH, TYPED
from metrics.views.shared import get_metric


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
            _warn_of(request, metric.name)
            return redirect("metric_source", request.organisation.slug, metric.pk)
    return render(
        request, "metrics/new.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


def _warn_of(request: MemberRequest, name: str) -> None:
    """A count of learning may be measured, as a signal; that no pilot is judged by it is said at once."""
    from metrics.coach import coach

    if not (advice := coach(name)).serves:
        words = _("No pilot can be judged by “%(name)s”. %(reason)s")
        messages.warning(request, words % {"name": name, "reason": advice.reason})


@member(Verb.SEE)
def metric(request: MemberRequest, metric_id: int) -> HttpResponse:
    found = get_metric(metric_id)
    form = BackfillForm(today=clock.today())
    context = {**metric_page(found, request.membership, clock.today()), "form": form}
    return render(request, f"metrics/detail.html{_part(request)}", context)


def _part(request: MemberRequest) -> str:
    """What a page that looks again wants: only what may have changed meanwhile."""
    if not request.htmx:  # type: ignore[attr-defined]
        return ""
    return "#backfill" if request.htmx.target == "backfill" else "#arriving"  # type: ignore[attr-defined]


@member(Verb.MEASURE, methods=["POST"])
@once
def pull(request: MemberRequest, metric_id: int) -> HttpResponse:
    pulled = Metric.objects.exclude(source=None).exclude(source__kind__in=(PUSH, TYPED))
    found = get_object_or_404(pulled, pk=metric_id)
    found.source.pull_now(by=request.user, at=clock.now())
    messages.success(request, _("It is being pulled. The result appears here in a moment."))
    return redirect("metric", request.organisation.slug, found.pk)


@member(Verb.MEASURE, methods=["POST"])
def jump(request: MemberRequest, metric_id: int, jump_id: int) -> HttpResponse:
    """The leap is right as it is."""
    leaps = Jump.objects.select_related("series__metric__organisation")
    found = get_object_or_404(leaps, pk=jump_id, series__metric=metric_id)
    found.accept(by=request.user, at=clock.now())
    return redirect("metric", request.organisation.slug, metric_id)
