from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.errors import RefusedError
from pilots.forms.people import MappingForm, StakeholderForm
from pilots.models import Answer, Stakeholder, StakeholderLink
from pilots.models.link import Purpose
from pilots.models.stakeholder import Resistance
from pilots.views.shared import get_pilot


@member(Verb.SEE)
def pilot_people(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    asked = StakeholderLink.objects.filter(purpose=Purpose.QUESTION).order_by("-pk")
    people = list(pilot.stakeholders.prefetch_related("answers__mapping", Prefetch("links", queryset=asked)))
    experts = _experts(request, people)
    for person in people:
        person.as_reviewer = experts.get(person.pk, "")  # type: ignore[attr-defined]
    context = {
        "pilot": pilot, "people": people, "next": _first_to_see_to(people), "step": "people",
        "may_invite": request.membership.may(Verb.PLAN),
    }  # fmt: skip
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


@member(Verb.PLAN, methods=["POST"])
@once
def question(request: MemberRequest, pilot_id: int, stakeholder_id: int) -> HttpResponse:
    stakeholder = get_object_or_404(
        Stakeholder.objects.select_related("pilot__organisation", "pilot__chain"),
        pk=stakeholder_id,
        pilot_id=pilot_id,
    )
    stakeholder.ask_the_question(by=request.user, at=clock.now())
    messages.success(request, _("The question is on its way to %(name)s.") % {"name": stakeholder})
    return redirect("pilot_people", request.organisation.slug, pilot_id)


@member(Verb.PLAN, methods=["POST"])
@once
def reviewer_invitation(request: MemberRequest, pilot_id: int, stakeholder_id: int) -> HttpResponse:
    """Invite an expert to review what AI now writes in their field."""
    stakeholder = get_object_or_404(
        Stakeholder.objects.select_related("pilot__organisation", "pilot__chain"),
        pk=stakeholder_id,
        pilot_id=pilot_id,
    )
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
        Answer.objects.select_related("stakeholder__pilot__chain"), pk=answer_id, stakeholder__pilot=pilot
    )
    mapping = getattr(answer, "mapping", None)
    known = (
        {"delivered_by": mapping.delivered_by, "declined_because": mapping.declined_because}
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


def _first_to_see_to(people: list[Stakeholder]) -> Answer | Stakeholder | None:
    """The first answer that waits, or the first person who was not asked: the page's one filled button."""
    for person in people:
        for answer in person.answers.all():
            if not hasattr(answer, "mapping"):
                return answer
        if not person.answers.all() and not person.links.all():
            return person
    return None


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
        answer.map_to_plan(delivered_by=given["delivered_by"], by=request.user, at=clock.now())
    else:
        answer.decline(reason=given["declined_because"], by=request.user, at=clock.now())
