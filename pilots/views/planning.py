from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import clock
from accounts.access import Verb
from accounts.models import StaleVersionError
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from metrics.errors import RefusedError as MetricRefusedError
from pilots.errors import RefusedError
from pilots.forms.plan import NewPilotForm, OwnersForm, ProblemForm, WeeksForm
from pilots.forms.step import StepForm
from pilots.known import known_here
from pilots.models import Pilot
from pilots.plan_page import plan_so_far
from pilots.steps import ROUTES
from pilots.views.shared import get_pilot
from pilots.words import outlook_words


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def pilot_new(request: MemberRequest) -> HttpResponse:
    form = NewPilotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        pilot = Pilot.objects.start_planning(
            request.organisation, by=request.user, at=clock.now(), **form.cleaned_data
        )
        return redirect("pilot_problem", request.organisation.slug, pilot.pk)
    return render(
        request, "pilots/plan/new.html", {"form": form}, status=422 if request.method == "POST" else 200
    )


@member(Verb.PLAN, methods=["GET", "POST"])
def pilot_problem(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    return _step(request, pilot, ProblemForm(request.POST or None, instance=pilot), "problem")


@member(Verb.PLAN, methods=["GET", "POST"])
def pilot_weeks(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    form = WeeksForm(request.POST or None, instance=pilot, today=clock.today())
    return _step(request, pilot, form, "weeks")


@member(Verb.PLAN, methods=["GET", "POST"])
def pilot_owners(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    form = OwnersForm(request.POST or None, instance=pilot, organisation=request.organisation)
    return _step(request, pilot, form, "safeguards", page="owners", then="pilot_safeguards")


def _step(
    request: MemberRequest, pilot: Pilot, form: StepForm[Pilot], step: str, page: str = "", then: str = ""
) -> HttpResponse:
    """One step of the plan: show it, or save what is right of it and go on.

    A plan may have blanks. What somebody types is saved whenever they leave a field, and with each button.
    """
    status, shown = HTTPStatus.OK, pilot
    if request.method == "POST":
        status = save_step(form, _change(request, pilot))
        # A model form writes what was typed into its instance; the page speaks of the pilot as it is.
        shown = get_pilot(request, pilot.pk)
        if request.htmx:  # type: ignore[attr-defined]
            return autosaved(request, form, shown, step, status)
        if status == HTTPStatus.OK:
            return redirect(where_to(request, then or _after(step)), request.organisation.slug, pilot.pk)
    context = {"pilot": shown, "form": form, "form_id": "step", **plan_so_far(shown, step, clock.now())}
    context["rest_saved"] = status == HTTPStatus.UNPROCESSABLE_ENTITY and not form.non_field_errors()
    if step in {"problem", "weeks"}:
        context["known"] = known_here(shown)
    if step == "weeks" and shown.metric:
        context["waiting_for_data"] = not shown.metric.series.exists()
        context["outlook"] = outlook_words(shown, shown.outlook())
    return render(request, f"pilots/plan/{page or step}.html", context, status=status)


def _change(request: MemberRequest, pilot: Pilot) -> Callable[[dict[str, Any]], object]:
    return lambda changes: get_pilot(request, pilot.pk).change_plan(
        by=request.user, at=clock.now(), **changes
    )


def _after(step: str) -> str:
    """The page of the step that follows; after the last one, the pilot's."""
    routes = [*ROUTES.values(), "pilot"]
    return routes[routes.index(ROUTES[step]) + 1]


def where_to(request: HttpRequest, otherwise: str) -> str:
    """The step that the pressed button names; the first button only says to go on."""
    return ROUTES.get(request.POST.get("then", ""), otherwise)


def save_step[M: Model](form: StepForm[M], verb: Callable[[dict[str, Any]], object]) -> HTTPStatus:
    """Save what is right of a form, also when something else in it is not."""
    right = form.is_valid()
    if not form.knows_its_version:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        verb(form.changes())
    except StaleVersionError as stale:
        form.show_conflict(stale.current)
        return HTTPStatus.CONFLICT
    except (RefusedError, MetricRefusedError) as refused:
        form.add_error(None, str(refused))
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return HTTPStatus.OK if right else HTTPStatus.UNPROCESSABLE_ENTITY


def autosaved[M: Model](
    request: HttpRequest, form: StepForm[M], pilot: Pilot, step: str, status: HTTPStatus
) -> HttpResponse:
    """What a page needs to know after a field was saved by itself: the steps, the sentence, and what is not right yet."""
    conflict = status == HTTPStatus.CONFLICT
    context = {
        "pilot": pilot,
        "form": form,
        "form_id": "step",
        "conflict": conflict,
        "seen": "" if conflict else form.seen_after(),
        "at": clock.now(),
        **plan_so_far(pilot, step, clock.now()),
    }
    return render(request, "pilots/plan/saved.html", context)
