from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django import forms
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
from pilots.forms.content import IncidentForm, ReleaseForm, WithdrawalForm
from pilots.models import Release
from pilots.views.content import item_page
from pilots.views.shared import get_item, get_pilot


@member(Verb.SEE)
def register(request: MemberRequest, pilot_id: int) -> HttpResponse:
    """Which version went to which learners when, by whom."""
    pilot = get_pilot(request, pilot_id)
    found = Release.objects.filter(version__item__pilot=pilot).select_related(
        "version__item", "by", "withdrawal__by"
    )
    context = {"pilot": pilot, "releases": found.prefetch_related("incidents__by").order_by("-pk")}
    return render(request, "pilots/releases.html", context)


@member(Verb.PLAN, methods=["POST"])
@once
def releases(request: MemberRequest, pilot_id: int, item_id: int) -> HttpResponse:
    item = get_item(request, pilot_id, item_id)
    form = ReleaseForm(request.POST)
    status = attempt(
        form, lambda: item.release(by=request.user, at=clock.now(), **form.cleaned_data), RefusedError
    )
    if status != HTTPStatus.OK:
        return item_page(request, item, status, release_form=form)
    messages.success(request, _("It is released, and stands in the register."))
    return redirect("content_item", request.organisation.slug, pilot_id, item.pk)


@member(Verb.PLAN, methods=["GET", "POST"])
def release_withdrawal(request: MemberRequest, pilot_id: int, release_id: int) -> HttpResponse:
    """Take a release back; it stays in the register."""
    return _with_form(
        request, pilot_id, release_id, WithdrawalForm, "pilots/withdrawal.html",
        lambda release: release.withdraw, _("It is withdrawn. The register keeps both."),
    )  # fmt: skip


@member(Verb.MAKE, methods=["GET", "POST"])
@once
def release_incident(request: MemberRequest, pilot_id: int, release_id: int) -> HttpResponse:
    """Log that something was wrong in front of a learner."""
    return _with_form(
        request, pilot_id, release_id, IncidentForm, "pilots/incident.html",
        lambda release: release.log_incident, _("It is written down, its review is open again, and the owner is told."),
    )  # fmt: skip


def _with_form(
    request: MemberRequest,
    pilot_id: int,
    release_id: int,
    asks: type[forms.Form],
    template: str,
    verb: Callable[[Release], Callable[..., object]],
    done: str,
) -> HttpResponse:
    pilot = get_pilot(request, pilot_id)
    found = Release.objects.filter(version__item__pilot=pilot).select_related(
        "version__item__pilot__chain", "by"
    )
    release = get_object_or_404(found, pk=release_id)
    form = asks(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(
            form, lambda: verb(release)(by=request.user, at=clock.now(), **form.cleaned_data), RefusedError
        )
        if status == HTTPStatus.OK:
            messages.success(request, done)
            return redirect("content_item", request.organisation.slug, pilot_id, release.version.item_id)
    context = {"pilot": pilot, "release": release, "item": release.version.item, "form": form}
    return render(request, template, context, status=status)
