from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.tenancy import MemberRequest, member
from pilots.errors import RefusedError
from pilots.forms.work import DecisionForm
from pilots.models import Outcome
from pilots.outcome_page import outcome_page
from pilots.views.shared import get_pilot
from pilots.wedge import wedge
from pilots.words import headline


@member(Verb.SEE)
def outcome(request: MemberRequest, pilot_id: int) -> HttpResponse:
    found = get_object_or_404(
        Outcome.objects.select_related(
            "pilot__standing", "pilot__organisation", "pilot__metric", "pilot__amended", "by"
        ),
        pilot_id=pilot_id,
    )
    context = {
        **outcome_page(found),
        "wedge": wedge(found.pilot, clock.today()),
        "may_plan": request.membership.may(Verb.PLAN),
    }
    return render(request, "pilots/outcome.html", context)


@member(Verb.PLAN, methods=["GET", "POST"])
def decision(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    recommended = pilot.recommendation()
    form = DecisionForm(request.POST or None, recommended=recommended)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form, lambda: pilot.decide(by=request.user, at=clock.now(), **form.cleaned_data), RefusedError
        )
        if status == HTTPStatus.OK:
            return redirect("pilot_outcome", request.organisation.slug, pilot.pk)
    context = {
        "pilot": pilot,
        "form": form,
        "recommended": recommended,
        "headline": headline(pilot, clock.now()),
    }
    return render(request, "pilots/decision.html", context, status=status)
