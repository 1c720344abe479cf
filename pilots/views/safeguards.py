from __future__ import annotations

from django.forms.models import model_to_dict
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from pilots.forms.work import ConsultationForm, DataSheetForm, LowChanceForm
from pilots.models import Consultation, DataSheet, LowChance
from pilots.views.shared import get_pilot
from pilots.words import outlook_words


@member(Verb.PLAN, methods=["GET", "POST"])
def data_sheet(request: MemberRequest, pilot_id: int) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    known = model_to_dict(pilot.datasheet) if pilot.has("datasheet") else {}
    form = DataSheetForm(request.POST or None, initial=known, today=clock.today())
    if request.method == "POST" and form.is_valid():
        DataSheet.objects.answer(pilot, by=request.user, at=clock.now(), **form.cleaned_data)
        return redirect("pilot", request.organisation.slug, pilot.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "pilots/plan/data_sheet.html", {"pilot": pilot, "form": form}, status=status)


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
