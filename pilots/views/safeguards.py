from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.errors import RefusedError
from pilots.forms.safeguards import (
    ConsultationForm,
    DataSheetForm,
    LawDatesForm,
    LawForm,
    LearnerDataForm,
    LowChanceForm,
)
from pilots.labels import data_path
from pilots.models import Consultation, DataSheet, LawCheck, LawDates, LearnerData, LowChance
from pilots.models.law import QUESTIONS, LawAnswer
from pilots.plan_page import plan_so_far
from pilots.views.shared import get_pilot
from pilots.words import outlook_words


@member(Verb.SEE)
def overview(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """The safeguards of a pilot on one page."""
    pilot = get_pilot(request, pilot_id)
    check = LawCheck.objects.filter(pilot=pilot).first()
    _number, dates = LawDates.objects.current(request.organisation)
    asked = [
        (question, LawAnswer(check.answers[key]), dates[key]) for key, question in QUESTIONS.items() if check and key in check.answers
    ]  # fmt: skip
    context = {
        "pilot": pilot, "rows": pilot.learner_data.all(), "public_path": data_path(pilot), "check": check, "asked": asked,
        "to_ask": check.to_ask() if check else [], "may_plan": request.membership.may(Verb.PLAN),
    }  # fmt: skip
    if context["may_plan"]:
        context |= plan_so_far(pilot, "safeguards", clock.now())
    return render(request, "pilots/safeguards.html", context)


@member(Verb.PLAN, methods=["GET", "POST"])
def data_sheet(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    known = model_to_dict(pilot.datasheet) if pilot.has("datasheet") else {}
    form = DataSheetForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        DataSheet.objects.answer(pilot, by=request.user, at=clock.now(), **form.cleaned_data)
        return redirect("pilot", request.organisation.slug, pilot.pk)
    status = 422 if request.method == "POST" else 200
    context = {"pilot": pilot, "form": form, "rows": pilot.learner_data.all()}
    return render(request, "pilots/plan/data_sheet.html", context, status=status)


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def learner_data_new(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """One more row: which data, what for, from where, who sees it, until when."""
    pilot = get_pilot(request, pilot_id)
    form = LearnerDataForm(request.POST or None, today=clock.today())
    if request.method == "POST" and form.is_valid():
        LearnerData.objects.write_down(pilot, by=request.user, at=clock.now(), **form.cleaned_data)
        return redirect("pilot_data_sheet", request.organisation.slug, pilot.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "pilots/plan/learner_data.html", {"pilot": pilot, "form": form}, status=status)


@member(Verb.PLAN, methods=["GET", "POST"])
def learner_data(request: MemberRequest, pilot_id: int, row_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    row = get_object_or_404(LearnerData.objects.select_related("pilot__chain"), pk=row_id, pilot=pilot)
    form = LearnerDataForm(request.POST or None, initial=model_to_dict(row), today=clock.today())
    if request.method == "POST" and form.is_valid():
        row.change(by=request.user, at=clock.now(), **form.cleaned_data)
        return redirect("pilot_data_sheet", request.organisation.slug, pilot.pk)
    status = 422 if request.method == "POST" else 200
    context = {"pilot": pilot, "form": form, "row": row}
    return render(request, "pilots/plan/learner_data.html", context, status=status)


@member(Verb.PLAN, methods=["POST"])
def learner_data_end(request: MemberRequest, pilot_id: int, row_id: int) -> HttpResponse:
    """This data is not used any more."""
    pilot = get_pilot(request, pilot_id)
    row = get_object_or_404(LearnerData.objects.select_related("pilot__chain"), pk=row_id, pilot=pilot)
    row.strike(by=request.user, at=clock.now())
    return redirect("pilot_data_sheet", request.organisation.slug, pilot.pk)


@member(Verb.PLAN, methods=["GET", "POST"])
def consultation(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    known = model_to_dict(pilot.consultation) if pilot.has("consultation") else {}
    form = ConsultationForm(request.POST or None, initial=known, today=clock.today())
    if request.method == "POST" and form.is_valid():
        Consultation.objects.record(pilot, by=request.user, at=clock.now(), **form.cleaned_data)
        return redirect("pilot", request.organisation.slug, pilot.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "pilots/plan/consultation.html", {"pilot": pilot, "form": form}, status=status)


@member(Verb.PLAN, methods=["GET", "POST"])
def chance(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """What six weeks can show; where that is little, the manager's own words on why to go ahead."""
    pilot = get_pilot(request, pilot_id)
    found = pilot.outlook()
    known = {"words": pilot.lowchance.words} if pilot.has("lowchance") else {}
    form = LowChanceForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        chance = found.chance if found else None
        LowChance.objects.acknowledge(
            pilot, by=request.user, at=clock.now(), chance=chance, **form.cleaned_data
        )
        return redirect("pilot", request.organisation.slug, pilot.pk)
    status = 422 if request.method == "POST" else 200
    context = {"pilot": pilot, "form": form, "outlook": outlook_words(pilot, found)}
    return render(request, "pilots/plan/chance.html", context, status=status)


@member(Verb.PLAN, methods=["GET", "POST"])
def law(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """The AI Act's questions, as a help for the conversation with counsel."""
    pilot = get_pilot(request, pilot_id)
    known = LawCheck.objects.filter(pilot=pilot).first()
    _number, dates = LawDates.objects.current(request.organisation)
    initial = {**known.answers, "counsel": known.counsel} if known else {}
    form = LawForm(request.POST or None, initial=initial, dates=dates)
    if request.method == "POST" and form.is_valid():
        LawCheck.objects.answer(
            pilot,
            answers=form.answers(),
            counsel=form.cleaned_data["counsel"],
            by=request.user,
            at=clock.now(),
        )
        return redirect("pilot_safeguards", request.organisation.slug, pilot.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "pilots/plan/law.html", {"pilot": pilot, "form": form}, status=status)


@member(Verb.ADMINISTER, methods=["GET", "POST"])
def law_dates(request: MemberRequest) -> HttpResponse:
    """From when on the articles apply: data of the organisation, since they have moved before."""
    number, dates = LawDates.objects.current(request.organisation)
    form = LawDatesForm(request.POST or None, initial={**dates, "number": number})
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: LawDates.objects.change(
                request.organisation, dates=form.dates(), expected=form.cleaned_data["number"],
                by=request.user, at=clock.now(),
            ),
            RefusedError,
        )  # fmt: skip
        if status == HTTPStatus.OK:
            messages.success(request, _("The dates are saved."))
            return redirect("law_dates", request.organisation.slug)
    return render(request, "pilots/law_dates.html", {"form": form}, status=status)
