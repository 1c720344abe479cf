from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.plain import VersionedForm
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from metrics.models import Metric
from pilots.errors import RefusedError
from pilots.forms.plan import MetricChoiceForm, NewPilotForm, OwnersForm, ProblemForm, WeeksForm
from pilots.models import Pilot
from pilots.views.shared import get_pilot


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def pilot_new(request: MemberRequest) -> HttpResponse:
    form = NewPilotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        pilot = Pilot.objects.start_planning(
            request.organisation, by=request.user, at=clock.now(), **form.cleaned_data
        )
        return redirect("pilot_metric", request.organisation.slug, pilot.pk)
    return render(
        request, "pilots/plan/new.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


@member(Verb.PLAN, methods=["GET", "POST"])
def pilot_problem(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    form = ProblemForm(request.POST or None, instance=pilot, initial={"version": pilot.version})
    return _step(request, pilot, form, "problem", "pilot_metric")


@member(Verb.PLAN, methods=["GET", "POST"])
def pilot_metric(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    form = MetricChoiceForm(request.POST or None, instance=pilot, initial={"version": pilot.version})
    return _step(request, pilot, form, "metric", "pilot_weeks", has_metrics=Metric.objects.exists())


@member(Verb.PLAN, methods=["GET", "POST"])
def pilot_weeks(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    if pilot.metric is None:
        messages.info(request, _("First choose the metric: target and dates are told in it."))
        return redirect("pilot_metric", request.organisation.slug, pilot.pk)
    form = WeeksForm(
        request.POST or None, instance=pilot, initial={"version": pilot.version}, today=clock.today()
    )
    return _step(
        request, pilot, form, "weeks", "pilot_people", waiting_for_data=not pilot.metric.series.exists()
    )


@member(Verb.PLAN, methods=["GET", "POST"])
def pilot_owners(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    form = OwnersForm(
        request.POST or None,
        instance=pilot,
        initial={"version": pilot.version},
        organisation=request.organisation,
    )
    return _step(request, pilot, form, "owners", "pilot")


def _step(
    request: MemberRequest, pilot: Pilot, form: VersionedForm[Pilot], name: str, then: str, **context: object
) -> HttpResponse:
    """One step of the plan: show it, or save it and go on to the next."""
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(form, _change(pilot, form, request), RefusedError)
        if status == HTTPStatus.OK:
            return redirect(then, request.organisation.slug, pilot.pk)
    # A model form writes what was typed into its instance; the page speaks of the pilot as it is.
    shown = get_pilot(request, pilot.pk) if request.method == "POST" else pilot
    return render(
        request,
        f"pilots/plan/{name}.html",
        {"pilot": shown, "form": form, "step": name, **context},
        status=status,
    )


def _change(pilot: Pilot, form: VersionedForm[Pilot], request: MemberRequest) -> Callable[[], object]:
    def change() -> object:
        return get_pilot(request, pilot.pk).change_plan(by=request.user, at=clock.now(), **form.changes())

    return change
