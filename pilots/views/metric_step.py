"""The step of the one metric: look for it, take it, say what exactly is counted."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.models import StaleVersionError
from accounts.tenancy import MemberRequest, member
from metrics import catalogue
from metrics.coach import coach
from metrics.models import Metric
from pilots.errors import RefusedError, UnfitNameError
from pilots.forms.plan import DefinitionForm, OwnMetricForm, UsageForm
from pilots.metric_step import picker
from pilots.models import Pilot, SupportingSignal
from pilots.plan_page import plan_so_far
from pilots.views.planning import autosaved, save_step, where_to
from pilots.views.shared import get_pilot


@member(Verb.PLAN, methods=["GET", "POST"])
def pilot_metric(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """Look for a number; by POST take what was looked for, or keep it as a supporting signal."""
    pilot = get_pilot(request, pilot_id)
    if request.method == "POST":
        return _own_number(request, pilot)
    if request.htmx and request.htmx.target == "found":  # type: ignore[attr-defined]
        context = {"pilot": pilot, **_found(request, pilot)}
        return render(request, "pilots/plan/metric.html#found", context)
    return _page(request, pilot)


@member(Verb.PLAN, methods=["POST"])
def metric_choice(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """Take one of the organisation's metrics, or an entry of the catalogue."""
    pilot = get_pilot(request, pilot_id)
    if key := request.POST.get("entry", ""):
        try:
            entry = catalogue.entry(key)
        except KeyError:
            raise Http404 from None
        return _take(request, pilot, entry)
    number = request.POST.get("metric", "")
    metric = get_object_or_404(Metric, pk=number if number.isascii() and number.isdigit() else 0)
    return _take(request, pilot, metric)


@member(Verb.PLAN, methods=["POST"])
def metric_definition(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """Say what exactly is counted."""
    pilot = get_pilot(request, pilot_id)
    if pilot.metric is None:
        raise Http404
    form = DefinitionForm(request.POST, instance=get_object_or_404(Metric, pilots=pilot))
    status = save_step(
        form,
        lambda changes: pilot.metric and pilot.metric.redefine(by=request.user, at=clock.now(), **changes),
    )
    shown = get_pilot(request, pilot.pk)
    if request.htmx:  # type: ignore[attr-defined]
        return autosaved(request, form, shown, "metric", status)
    if status == HTTPStatus.OK:
        if "source" in request.POST:
            return redirect("metric_source", request.organisation.slug, pilot.metric_id)
        return redirect(where_to(request, "pilot_people"), request.organisation.slug, pilot.pk)
    return _page(request, shown, status, form=form, definition=form)


@member(Verb.PLAN, methods=["POST"])
def supporting_signal_end(request: MemberRequest, pilot_id: int, signal_id: int) -> HttpResponse:
    """It is not looked at any more."""
    signals = SupportingSignal.objects.select_related("pilot__chain")
    get_object_or_404(signals, pk=signal_id, pilot=get_pilot(request, pilot_id)).drop(
        by=request.user, at=clock.now()
    )
    return redirect("pilot_metric", request.organisation.slug, pilot_id)


@member(Verb.PLAN, methods=["POST"])
def pilot_usage(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """Say which metric counts the people who use it, or that none does."""
    pilot = get_pilot(request, pilot_id)
    form = UsageForm(request.POST, pilot=pilot)
    if not form.is_valid():
        return _page(request, pilot, HTTPStatus.UNPROCESSABLE_ENTITY, form=form, usage=form)
    try:
        pilot.count_use_by(form.cleaned_data["series"], by=request.user, at=clock.now())
    except RefusedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Saved."))
    return redirect("pilot_metric", request.organisation.slug, pilot.pk)


def _own_number(request: MemberRequest, pilot: Pilot) -> HttpResponse:
    form = OwnMetricForm(request.POST)
    if not form.is_valid():
        return _page(request, pilot, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    name = form.cleaned_data["own"]
    if "signal" in request.POST:
        return _keep(request, pilot, name)
    advice = coach(name)
    if not advice.serves:
        form.add_error("own", advice.reason)
        return _page(request, pilot, HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    return _take(request, pilot, catalogue.nearest(name, 1)[0], name)


def _keep(request: MemberRequest, pilot: Pilot, name: str) -> HttpResponse:
    try:
        pilot.keep_as_signal(name, by=request.user, at=clock.now())
    except RefusedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("“%(name)s” is looked at beside the metric, and judges nothing.") % {"name": name}
        )
    return redirect("pilot_metric", request.organisation.slug, pilot.pk)


def _take(
    request: MemberRequest, pilot: Pilot, what: Metric | catalogue.Entry, name: str = ""
) -> HttpResponse:
    """Judge the pilot by this metric, which is made where the organisation has none of that name yet."""
    was = request.POST.get("was")
    try:
        if was is not None and was != str(pilot.metric_id or ""):
            raise StaleVersionError(pilot)
        with transaction.atomic():
            metric = (
                what
                if isinstance(what, Metric)
                else Metric.objects.take(
                    request.organisation, what, by=request.user, at=clock.now(), name=name
                )
            )
            pilot.change_plan(by=request.user, at=clock.now(), expected_version=pilot.version, metric=metric)
    except StaleVersionError:
        words = _("Somebody else changed the plan since you opened this page. Nothing was changed; please look again.")  # fmt: skip
        messages.warning(request, words)
    except UnfitNameError as unfit:
        path = reverse("pilot_metric", args=[request.organisation.slug, pilot.pk])
        return HttpResponseRedirect(f"{path}?{urlencode({'q': unfit.advice.name})}")
    except RefusedError as refused:
        messages.error(request, str(refused))
    return redirect("pilot_metric", request.organisation.slug, pilot.pk)


def _found(request: MemberRequest, pilot: Pilot) -> dict[str, object]:
    asked = request.POST if request.method == "POST" else request.GET
    words = asked.get("own" if request.method == "POST" else "q", "")
    found = picker(pilot, words[:200], asked.get("area", ""))
    return {**found, "own": OwnMetricForm(initial={"own": words})}


def _page(
    request: MemberRequest, pilot: Pilot, status: HTTPStatus = HTTPStatus.OK, **forms: object
) -> HttpResponse:
    definition = (
        DefinitionForm(instance=pilot.metric) if pilot.metric and not pilot.metric.is_connected else None
    )
    context = {
        "pilot": pilot,
        **_found(request, pilot),
        "definition": definition,
        "form_id": "step" if definition else "",
        **plan_so_far(pilot, "metric", clock.now()),
        "usage": UsageForm(pilot=pilot) if pilot.has("usage") or pilot.countable().exists() else None,
        **forms,
    }
    if isinstance(posted := forms.get("form"), OwnMetricForm):
        context["own"] = posted
    return render(request, "pilots/plan/metric.html", context, status=status)
