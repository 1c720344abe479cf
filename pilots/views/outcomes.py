from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.decision_page import decision_page
from pilots.errors import NewerFiguresError, RefusedError
from pilots.forms.outcome import WorthForm
from pilots.forms.work import DecisionForm
from pilots.models import Outcome, Pilot, Worth
from pilots.models.pilot import Stage
from pilots.outcome_page import outcome_page
from pilots.outcome_page.files import make, offered
from pilots.views.shared import get_pilot
from pilots.views.unchanged import by_content
from pilots.wedge import wedge


@member(Verb.SEE)
def outcome(request: MemberRequest, pilot_id: int) -> HttpResponse:
    outcome = found_outcome(pilot_id)
    page, may_plan = outcome_page(outcome), request.membership.may(Verb.PLAN)
    context = {
        **page,
        "may_plan": may_plan,
        "unheard": ", ".join(one.name for one in outcome.unheard()) if may_plan else "",
        "files": offered(page),
        "wedge": wedge(outcome.pilot, clock.today()),
    }
    response = render(request, "pilots/outcome.html", context)
    # The page of whoever may do something holds the keys of its forms, each good for once.
    return response if may_plan else by_content(request, response)


@member(Verb.SEE)
def outcome_file(request: MemberRequest, pilot_id: int, name: str) -> HttpResponse:
    """The outcome to take along, as a file of that name."""
    outcome = found_outcome(pilot_id)
    made = make(name, outcome, outcome_page(outcome), public=False)
    if made is None:
        raise Http404
    content, media_type = made
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=media_type, headers=headers)


@member(Verb.PLAN, methods=["GET", "POST"])
def worth(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """What it is worth, as far as somebody vouches for it."""
    outcome = found_outcome(pilot_id)
    page, stated = outcome_page(outcome), outcome.worths.last()
    form = WorthForm(request.POST or None, instance=_copy(stated), kind=page["plan"]["metric"]["kind"])
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: Worth.objects.state(outcome, by=request.user, at=clock.now(), **form.cleaned_data),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            return redirect("pilot_outcome", request.organisation.slug, pilot_id)
    return render(request, "pilots/worth.html", {**page, "form": form}, status=status)


def _copy(stated: Worth | None) -> Worth:
    """What was stated last, to begin from: a new statement never overwrites it."""
    return Worth(**stated.facts) if stated else Worth()


def found_outcome(pilot_id: int) -> Outcome:
    """The outcome with what its page is told from, in one query; 404 for another's."""
    outcomes = Outcome.objects.select_related(
        "pilot__standing",
        "pilot__organisation",
        "pilot__metric",
        "pilot__chain",
        "pilot__launch",
        "pilot__stop",
        "pilot__amended",
        "by",
    )
    found: Outcome = get_object_or_404(outcomes, pilot_id=pilot_id)
    return found


@member(Verb.PLAN, methods=["GET", "POST"])
def decision(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """What follows: the agreed rule recommends, a person decides."""
    pilot = get_pilot(request, pilot_id)
    if request.method != "POST" and pilot.has("outcome"):
        return redirect("pilot_outcome", request.organisation.slug, pilot.pk)
    if request.method == "POST" and pilot.stage(clock.today()) == Stage.DECIDING:
        # What the figures say now is kept, whatever becomes of the decision.
        pilot.read(at=clock.now())
    form = DecisionForm(request.POST or None, **_recommended(pilot))
    status = HTTPStatus.OK
    if request.method == "POST":
        try:
            status = attempt(
                form, lambda: pilot.decide(by=request.user, at=clock.now(), **form.decided()), RefusedError
            )
        except NewerFiguresError as newer:
            form.add_error(None, str(newer))
            status = HTTPStatus.CONFLICT
        pilot = get_pilot(request, pilot_id)
        if pilot.has("outcome"):
            return _decided(request, pilot, form)
        if status == HTTPStatus.CONFLICT:
            form.show_newer(_recommended(pilot)["verdict"])
    return render(
        request, "pilots/decision.html", {**decision_page(pilot, clock.now()), "form": form}, status=status
    )


def _decided(request: MemberRequest, pilot: Pilot, form: DecisionForm) -> HttpResponse:
    """To the outcome; but whoever finds another decision there gets back what they typed."""
    outcome = found_outcome(pilot.pk)
    if form.is_valid() and outcome.says(by=request.user, **form.typed()):
        return redirect("pilot_outcome", request.organisation.slug, pilot.pk)
    typed = DecisionForm(initial=request.POST.dict(), **_recommended(pilot))
    context = {**decision_page(pilot, clock.now()), "form": typed, "decided": outcome}
    return render(request, "pilots/decision.html", context, status=HTTPStatus.CONFLICT)


def _recommended(pilot: Pilot) -> dict[str, str]:
    return {"recommended": pilot.recommendation(), "verdict": pilot.verdict_of(pilot.latest_reading())}


@member(Verb.PLAN, methods=["POST"])
@once
def judgement_requests(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """Ask those who have not said yet whether this is what they meant."""
    outcome = found_outcome(pilot_id)
    asked = outcome.ask_whether_meant(by=request.user, at=clock.now())
    names = ", ".join(one.name for one in asked)
    messages.success(
        request, _("Asked: %(names)s.") % {"names": names} if asked else _("Everybody has answered.")
    )
    return redirect("pilot_outcome", request.organisation.slug, pilot_id)
