"""The AI charter of an organisation: a page that everybody may read, and that members acknowledge."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_scopes import scope

from accounts import clock
from accounts.access import Verb
from accounts.forms.saving import attempt
from accounts.models import Organisation
from accounts.tenancy import MemberRequest, member
from pilots.charter_page import charter_page, charter_path, may_publish, organisation_of, readers
from pilots.errors import RefusedError
from pilots.forms.charter import CharterForm
from pilots.models import Charter


@member(Verb.SEE)
def charter(request: MemberRequest) -> HttpResponse:
    organisation = request.organisation
    newest = Charter.objects.newest(organisation)
    publishes = may_publish(request.membership)
    context = {
        **charter_page(organisation, newest, roles=False),
        "due": Charter.objects.due_for(organisation, request.user) is not None,
        "may_publish": publishes,
        "readers": readers(organisation, newest) if newest and publishes else [],
        "public_path": charter_path(organisation),
    }
    return render(request, "pilots/charter.html", context)


@member(Verb.SEE, methods=["POST"])
def charter_acknowledgement(request: MemberRequest, number: int) -> HttpResponse:
    found = get_object_or_404(
        Charter.objects.select_related("organisation"), organisation=request.organisation, number=number
    )
    try:
        found.acknowledge(by=request.user, at=clock.now())
    except RefusedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            _("Thank you. It is written down that you have read version %(number)s.") % {"number": number},
        )
    return redirect("charter", request.organisation.slug)


@member(Verb.SEE)
def charter_version(request: MemberRequest, number: int) -> HttpResponse:
    """An earlier charter, as it was published."""
    found = get_object_or_404(
        Charter.objects.select_related("by"), organisation=request.organisation, number=number
    )
    return render(request, "pilots/charter_version.html", {"charter": found})


@member(Verb.ADMINISTER, methods=["GET", "POST"])
def charter_new(request: MemberRequest) -> HttpResponse:
    """Publish a charter, or a new version of it."""
    newest = Charter.objects.newest(request.organisation)
    form = CharterForm(
        request.POST or None,
        initial={**(newest.said if newest else {}), "number": newest.number if newest else 0},
    )
    status = HTTPStatus.OK
    if request.method == "POST":
        status = attempt(form, lambda: _publish(request, form), RefusedError)
        if status == HTTPStatus.OK:
            messages.success(request, _("It is published. Every member is asked to read it."))
            return redirect("charter", request.organisation.slug)
    return render(request, "pilots/charter_new.html", {"form": form, "newest": newest}, status=status)


@require_safe
def public(request: HttpRequest, token: str) -> HttpResponse:
    """For everybody who has the link: roles instead of names."""
    found = Organisation.objects.filter(pk=organisation_of(token) or 0).first()
    if found is None:
        raise Http404
    with scope(organisation=found), timezone.override(found.zone):
        newest = Charter.objects.newest(found)
        if newest is None:
            raise Http404
        context = {**charter_page(found, newest, roles=True), "organisation": found}
        return render(request, "learner/charter.html", context)


def _publish(request: MemberRequest, form: CharterForm) -> Charter:
    said = dict(form.cleaned_data)
    return Charter.objects.publish(
        request.organisation, expected=said.pop("number"), by=request.user, at=clock.now(), **said
    )
