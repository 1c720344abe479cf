from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.errors import RefusedError
from pilots.forms.people import (
    ApproachForm,
    InPersonForm,
    MappingForm,
    StakeholderChangeForm,
    StakeholderForm,
)
from pilots.models import Answer, Pilot, Stakeholder
from pilots.models.stakeholder import Resistance
from pilots.people_page import MOVES, ask_first, first_to_see_to, people_rows, why_first, with_answers
from pilots.plan_page import plan_so_far
from pilots.views.planning import save_step
from pilots.views.shared import get_pilot


@member(Verb.SEE)
def pilot_people(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    people = with_answers(pilot)
    experts = _experts(request, people)
    for person in people:
        person.as_reviewer = experts.get(person.pk, "")  # type: ignore[attr-defined]
    may_plan = request.membership.may(Verb.PLAN)
    open_plan = may_plan and not (pilot.has("launch") or pilot.has("cancel"))
    first = ask_first(people) if open_plan else None
    context = {
        "pilot": pilot,
        "rows": people_rows(people, clock.today()),
        "next": first_to_see_to(people),
        "first": first,
        "why_first": why_first(first) if first else "",
        "step": "people",
        "may_invite": may_plan,
        "open_plan": open_plan,
        **(plan_so_far(pilot, "people", clock.now(), people) if open_plan else {}),
    }
    return render(request, "pilots/people.html", context)


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def stakeholder_new(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    form = StakeholderForm(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(form, lambda: _name(form, request, pilot_id), RefusedError)
        if status == HTTPStatus.OK:
            return redirect("pilot_people", request.organisation.slug, pilot.pk)
    return render(request, "pilots/stakeholder_new.html", {"pilot": pilot, "form": form}, status=status)


@member(Verb.PLAN, methods=["GET", "POST"])
def stakeholder_change(request: MemberRequest, pilot_id: int, stakeholder_id: int) -> HttpResponse:
    """Say anew how they see it, where that comes from, and how much their word weighs."""
    pilot, person = _person(request, pilot_id, stakeholder_id)
    form = StakeholderChangeForm(request.POST or None, instance=person)
    status = HTTPStatus.OK
    if request.method == "POST":
        # A model form writes what was typed into its instance: the verb has one of its own.
        fresh = _person(request, pilot_id, stakeholder_id)[1]
        status = save_step(form, lambda changes: fresh.change(by=request.user, at=clock.now(), **changes))
        if status == HTTPStatus.OK:
            return redirect("pilot_people", request.organisation.slug, pilot.pk)
    return render(
        request,
        "pilots/stakeholder_change.html",
        {"pilot": pilot, "person": person, "form": form},
        status=status,
    )


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def answer_in_person(request: MemberRequest, pilot_id: int, stakeholder_id: int) -> HttpResponse:
    """Write down what somebody said to one's face."""
    pilot, person = _person(request, pilot_id, stakeholder_id)
    form = InPersonForm(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(form, _take_down(person, form, request), RefusedError)
        if status == HTTPStatus.OK:
            return redirect("pilot_people", request.organisation.slug, pilot.pk)
    return render(
        request,
        "pilots/answer_in_person.html",
        {"pilot": pilot, "person": person, "form": form},
        status=status,
    )


@member(Verb.PLAN, methods=["GET", "POST"])
def approach(request: MemberRequest, pilot_id: int, stakeholder_id: int) -> HttpResponse:
    """The recommended move, and the day by which it is made."""
    pilot, person = _person(request, pilot_id, stakeholder_id)
    task = person.approach
    form = ApproachForm(request.POST or None, initial={"due": task.due if task else None})
    if request.method == "POST" and form.is_valid():
        person.plan_approach(by=request.user, at=clock.now(), due=form.cleaned_data["due"])
        return redirect("pilot_people", request.organisation.slug, pilot.pk)
    context = {"pilot": pilot, "person": person, "form": form, "recommended": MOVES.get(person.resistance)}
    status = 422 if request.method == "POST" else 200
    return render(request, "pilots/approach.html", context, status=status)


@member(Verb.PLAN, methods=["POST"])
def approach_done(request: MemberRequest, pilot_id: int, stakeholder_id: int) -> HttpResponse:
    """The move was made; or it was not, after all."""
    pilot, person = _person(request, pilot_id, stakeholder_id)
    task = person.approach or person.plan_approach(by=request.user, at=clock.now())
    if task:
        task.stakeholder = person
        verb = task.reopen if "undo" in request.POST else task.do
        verb(by=request.user, at=clock.now())
    return redirect("pilot_people", request.organisation.slug, pilot.pk)


@member(Verb.PLAN, methods=["POST"])
@once
def question(request: MemberRequest, pilot_id: int, stakeholder_id: int) -> HttpResponse:
    stakeholder = _person(request, pilot_id, stakeholder_id)[1]
    stakeholder.ask_the_question(by=request.user, at=clock.now())
    messages.success(request, _("The question is on its way to %(name)s.") % {"name": stakeholder})
    return redirect("pilot_people", request.organisation.slug, pilot_id)


@member(Verb.PLAN, methods=["POST"])
@once
def reviewer_invitation(request: MemberRequest, pilot_id: int, stakeholder_id: int) -> HttpResponse:
    stakeholder = _person(request, pilot_id, stakeholder_id)[1]
    try:
        stakeholder.invite_as_reviewer(by=request.user, at=clock.now())
    except RefusedError as refused:
        messages.error(request, str(refused))
    else:
        words = _("An invitation to review is on its way to %(name)s.")
        messages.success(request, words % {"name": stakeholder})
    return redirect("pilot_people", request.organisation.slug, pilot_id)


@member(Verb.PLAN, methods=["GET", "POST"])
def answer_mapping(request: MemberRequest, pilot_id: int, answer_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    answer = get_object_or_404(
        Answer.objects.select_related("stakeholder__pilot__chain", "taken_down_by", "confirmation"),
        pk=answer_id,
        stakeholder__pilot=pilot,
    )
    mapping = getattr(answer, "mapping", None)
    known = (
        {
            "line": mapping.line,
            "delivered_by": mapping.delivered_by,
            "declined_because": mapping.declined_because,
        }
        if mapping
        else {}
    )
    form = MappingForm(request.POST or None, initial=known)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(form, lambda: _settle(answer, form, request), RefusedError)
        if status == HTTPStatus.OK:
            return redirect("pilot_people", request.organisation.slug, pilot.pk)
    return render(
        request, "pilots/answer_mapping.html", {"pilot": pilot, "answer": answer, "form": form}, status=status
    )


def _person(request: MemberRequest, pilot_id: int, stakeholder_id: int) -> tuple[Pilot, Stakeholder]:
    """A pilot and somebody named for it; 404 for another's."""
    pilot = get_pilot(request, pilot_id)
    people = Stakeholder.objects.select_related("pilot__chain", "pilot__owner")
    person: Stakeholder = get_object_or_404(people, pk=stakeholder_id, pilot=pilot)
    person.pilot.organisation = request.organisation
    return pilot, person


def _take_down(person: Stakeholder, form: InPersonForm, request: MemberRequest) -> Callable[[], object]:
    return lambda: Answer.objects.take_down(
        person, text=form.cleaned_data["text"], by=request.user, at=clock.now()
    )


def _experts(request: MemberRequest, people: list[Stakeholder]) -> dict[int, str]:
    """Of experts whose content AI now writes: *member*, *invited*, or *new* when they can be made a reviewer."""
    experts = [person for person in people if person.resistance == Resistance.CO_OWNERSHIP]
    if not experts:
        return {}
    emails = [person.email.lower() for person in experts]
    members = request.organisation.memberships.filter(person__email__in=emails)
    known = set(members.values_list("person__email", flat=True))
    open_ones = request.organisation.invitations.open(clock.now()).filter(email__in=emails)
    invited = set(open_ones.values_list("email", flat=True))
    return {
        person.pk: "member"
        if person.email.lower() in known
        else "invited"
        if person.email.lower() in invited
        else "new"
        for person in experts
    }


def _name(form: StakeholderForm, request: MemberRequest, pilot_id: int) -> None:
    try:
        with transaction.atomic():
            Stakeholder.objects.name_for(
                get_pilot(request, pilot_id), by=request.user, at=clock.now(), **form.cleaned_data
            )
    except IntegrityError:
        raise RefusedError(_("Somebody with this address is named already.")) from None


def _settle(answer: Answer, form: MappingForm, request: MemberRequest) -> None:
    given = form.cleaned_data
    if given["delivered_by"]:
        answer.map_to_plan(
            delivered_by=given["delivered_by"], line=given["line"], by=request.user, at=clock.now()
        )
    else:
        answer.decline(reason=given["declined_because"], by=request.user, at=clock.now())
