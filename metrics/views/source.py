from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.plain import check_texts
from accounts.tenancy import MemberRequest, member
from metrics import sources
from metrics.forms.metric import ScheduleForm
from metrics.models import Metric, Source


@member(Verb.MEASURE, methods=["GET", "POST"])
def source(request: MemberRequest, metric_id: int) -> HttpResponse:
    """Which kind of source: the first step, or what is connected now."""
    metric = get_object_or_404(Metric.objects.select_related("source"), pk=metric_id)
    return render(request, "metrics/source.html", {"metric": metric, "kinds": sources.kinds().values()})


@member(Verb.MEASURE, methods=["GET", "POST"])
def source_kind(request: MemberRequest, metric_id: int, kind: str) -> HttpResponse:
    """The form of one kind: connect, and the worker pulls at once."""
    metric = get_object_or_404(Metric.objects.select_related("source", "organisation"), pk=metric_id)
    if kind not in sources.kinds():
        return redirect("metric_source", request.organisation.slug, metric.pk)
    chosen = sources.kind(kind)
    existing: Source | None = getattr(metric, "source", None)
    known = existing.settings if existing and existing.kind == kind else {}
    form = chosen.form_class(request.POST or None, request.FILES or None, initial={"kind": metric.kind, **known})
    schedule = ScheduleForm(request.POST or None, initial=_schedule(existing))
    check_texts(form)
    if request.method == "POST" and form.is_valid() and schedule.is_valid():
        _connect(request, metric, kind, form, schedule)
        messages.success(request, _("The source is connected. Its first values are being pulled."))
        return redirect("metric", request.organisation.slug, metric.pk)
    context = {"metric": metric, "kind": chosen, "form": form, "schedule": schedule}
    return render(request, "metrics/source_kind.html", context, status=422 if request.method == "POST" else 200)


def _connect(request: MemberRequest, metric: Metric, kind: str, form: forms.Form, schedule: forms.Form) -> None:
    given = dict(form.cleaned_data)
    secret_names: tuple[str, ...] = getattr(form, "secret_fields", ())
    secrets = {name: given.pop(name) for name in secret_names if given.get(name)}
    upload = given.pop("upload", None)
    settings: dict[str, Any] = {name: value for name, value in given.items() if name not in secret_names}
    Source.objects.connect(
        metric, kind, settings=settings, secrets=secrets, upload=upload, by=request.user, at=clock.now(), **schedule.cleaned_data
    )


def _schedule(existing: Source | None) -> dict[str, Any]:
    return {"schedule": existing.schedule, "at_hour": existing.at_hour} if existing else {}
