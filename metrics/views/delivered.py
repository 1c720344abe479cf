"""Sources whose values come by themselves: pushed by a program, or typed in on the metric's page."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock
from accounts.access import Verb
from accounts.models.job import ring_for_news
from accounts.tenancy import MemberRequest, member
from metrics import sources
from metrics.forms.typing import PastingForm, TypingForm
from metrics.models import Metric, Pull, Source
from metrics.models.pull import TooManyGroupsError
from metrics.page import metric_page
from metrics.sources.delivered import TYPED


@member(Verb.MEASURE, methods=["GET", "POST"])
def delivered(request: MemberRequest, metric_id: int, kind: str) -> HttpResponse:
    """Choose that values come by themselves: there is nothing to fill in."""
    metric = get_object_or_404(Metric.objects.select_related("source", "organisation"), pk=metric_id)
    if request.method == "POST":
        source: Source | None = getattr(metric, "source", None)
        if source is None or source.kind != kind:
            Source.objects.connect(metric, kind, settings={}, by=request.user, at=clock.now())
        return redirect("metric", request.organisation.slug, metric.pk)
    return render(request, "metrics/source_delivered.html", {"metric": metric, "kind": sources.kind(kind)})


@member(Verb.MEASURE, methods=["POST"])
def typed(request: MemberRequest, metric_id: int) -> HttpResponse:
    metric = _typed_metric(metric_id)
    form = TypingForm(request.POST, metric=metric, today=clock.today())
    return _kept(request, metric, form) or _page(request, metric, typing=form)


@member(Verb.MEASURE, methods=["POST"])
def pasted(request: MemberRequest, metric_id: int) -> HttpResponse:
    metric = _typed_metric(metric_id)
    form = PastingForm(request.POST, metric=metric, today=clock.today())
    return _kept(request, metric, form) or _page(request, metric, pasting=form)


def _typed_metric(metric_id: int) -> Metric:
    return get_object_or_404(
        Metric.objects.select_related("source", "organisation").filter(source__kind=TYPED), pk=metric_id
    )


def _kept(request: MemberRequest, metric: Metric, form: TypingForm | PastingForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        pull = Pull.objects.type_in(metric.source, form.points(), by=request.user, at=clock.now())
    except TooManyGroupsError as refused:
        form.add_error(None, str(refused))
        return None
    transaction.on_commit(ring_for_news)
    kept = pull.rows_new + pull.rows_changed
    if kept:
        words = ngettext("%(count)s value is kept.", "%(count)s values are kept.", kept)
        messages.success(request, words % {"count": kept})
    else:
        messages.success(request, _("That was known already. Nothing was changed."))
    return redirect("metric", request.organisation.slug, metric.pk)


def _page(request: MemberRequest, metric: Metric, **forms: TypingForm | PastingForm) -> HttpResponse:
    context = metric_page(metric, request.membership, clock.today(), **forms)
    # What has to be mended is told on top of the form that it is in.
    return render(request, "metrics/detail.html", {**context, "form": next(iter(forms.values()))}, status=422)
