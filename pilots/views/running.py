from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.errors import RefusedError
from pilots.flag_words import said
from pilots.forms.work import AcknowledgementForm, CheckInForm, ReasonForm
from pilots.models import Pilot
from pilots.pilot_page import pilot_page
from pilots.timeline import timeline
from pilots.views.shared import WITH_REVIEWS, get_pilot
from pilots.words import Look


@member(Verb.SEE)
def pilot(request: MemberRequest, pilot_id: int) -> HttpResponse:
    return render(
        request,
        "pilots/detail.html",
        pilot_page(get_pilot(request, pilot_id, WITH_REVIEWS), request.membership, clock.now()),
    )


@member(Verb.SEE)
def pilot_timeline(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """What happened, newest first; htmx places it on the pilot's page when somebody comes that far."""
    found = get_pilot(request, pilot_id)
    before = request.GET.get("before", "")
    entries, more = timeline(
        found, before=int(before) if before.isascii() and before.isdigit() and len(before) < 9 else None
    )
    template = "pilots/timeline.html#entries" if request.htmx else "pilots/timeline.html"  # type: ignore[attr-defined]
    return render(request, template, {"pilot": found, "entries": entries, "more": more})


@member(Verb.PLAN, methods=["POST"])
def launch(request: MemberRequest, pilot_id: int) -> HttpResponse:
    found = get_pilot(request, pilot_id)
    try:
        found.launch_now(by=request.user, at=clock.now())
    except RefusedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("It is launched. The six weeks begin on the first day that was agreed."))
    return redirect("pilot", request.organisation.slug, pilot_id)


@member(Verb.PLAN, methods=["GET", "POST"])
def stop(request: MemberRequest, pilot_id: int) -> HttpResponse:
    return _end(request, pilot_id, "pilots/stop.html", lambda found: found.stop_early)


@member(Verb.PLAN, methods=["GET", "POST"])
def cancel(request: MemberRequest, pilot_id: int) -> HttpResponse:
    return _end(request, pilot_id, "pilots/cancel.html", lambda found: found.cancel_planning)


@member(Verb.PLAN, methods=["GET", "POST"])
def acknowledgement(request: MemberRequest, pilot_id: int, flag_id: int) -> HttpResponse:
    """Say that a flag was seen, and what is done about it."""
    found = get_pilot(request, pilot_id)
    flag = get_object_or_404(found.flags.standing(), pk=flag_id)
    flag.pilot = found
    form = AcknowledgementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        flag.acknowledge(note=form.cleaned_data["note"], by=request.user, at=clock.now())
        return redirect("pilot", request.organisation.slug, pilot_id)
    status = 422 if request.method == "POST" else 200
    context = {"pilot": found, "flag": flag, "said": said(flag, Look(found, clock.now())), "form": form}
    return render(request, "pilots/acknowledgement.html", context, status=status)


@member(Verb.PLAN, methods=["GET", "POST"])
@once
def check_in(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """How the week was, in less than a minute: from the pilot's page, or by the link in the reminder."""
    found = get_pilot(request, pilot_id)
    form = CheckInForm(request.POST or None, planned=found.planned_reach)
    now = clock.now()
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form, lambda: found.check_in(by=request.user, at=now, **form.cleaned_data), RefusedError
        )
        if status == HTTPStatus.OK:
            messages.success(request, _("The note is written. It stands at the picture."))
            return redirect("pilot", request.organisation.slug, pilot_id)
    context = {
        "pilot": found,
        "form": form,
        "week": found.week(request.organisation.day_of(now)),
        "running": found.stage(request.organisation.day_of(now)) == "running",
        "notes": found.check_ins.select_related("by").order_by("-pk"),
    }
    return render(request, "pilots/check_in.html", context, status=status)


def _end(
    request: MemberRequest, pilot_id: int, template: str, verb: Callable[[Pilot], Callable[..., object]]
) -> HttpResponse:
    found = get_pilot(request, pilot_id)
    form = ReasonForm(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form,
            lambda: verb(found)(reason=form.cleaned_data["reason"], by=request.user, at=clock.now()),
            RefusedError,
        )
        if status == HTTPStatus.OK:
            return redirect("pilot", request.organisation.slug, pilot_id)
    return render(request, template, {"pilot": found, "form": form}, status=status)
