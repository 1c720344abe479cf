from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.access import Verb
from accounts.forms.people import InvitationForm, RoleForm, SettingsForm
from accounts.models import Invitation, StaleVersionError
from accounts.models.membership import LastAdministratorError
from accounts.once import once
from accounts.tenancy import MemberRequest, member


@member(Verb.ADMINISTER)
def people(request: MemberRequest) -> HttpResponse:
    return _people(request, InvitationForm(organisation=request.organisation))


@member(Verb.ADMINISTER, methods=["POST"])
@once
def invitations(request: MemberRequest) -> HttpResponse:
    form = InvitationForm(request.POST, organisation=request.organisation)
    if not form.is_valid():
        return _people(request, form, status=422)
    invitation = Invitation.objects.invite(
        request.organisation, by=request.user, at=clock.now(), **form.cleaned_data
    )
    messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": invitation.email})
    return redirect("people", request.organisation.slug)


@member(Verb.ADMINISTER, methods=["POST"])
def invitation_withdrawal(request: MemberRequest, invitation_id: int) -> HttpResponse:
    get_object_or_404(request.organisation.invitations, pk=invitation_id).withdraw(
        by=request.user, at=clock.now()
    )
    return redirect("people", request.organisation.slug)


@member(Verb.ADMINISTER, methods=["POST"])
def membership_role(request: MemberRequest, membership_id: int) -> HttpResponse:
    membership = get_object_or_404(request.organisation.memberships, pk=membership_id)
    form = RoleForm(request.POST)
    try:
        if form.is_valid():
            membership.change_role(form.cleaned_data["role"], by=request.user, at=clock.now())
        else:
            messages.error(request, _("That role is not known. Nothing was changed."))
    except LastAdministratorError:
        messages.error(request, _("Somebody has to stay administrator. Name another one first."))
    return redirect("people", request.organisation.slug)


@member(Verb.ADMINISTER, methods=["POST"])
def membership_end(request: MemberRequest, membership_id: int) -> HttpResponse:
    membership = get_object_or_404(request.organisation.memberships, pk=membership_id)
    try:
        membership.end(by=request.user, at=clock.now())
    except LastAdministratorError:
        messages.error(request, _("Somebody has to stay administrator. Name another one first."))
    return redirect("people", request.organisation.slug)


@member(Verb.ADMINISTER, methods=["GET", "POST"])
def settings(request: MemberRequest) -> HttpResponse:
    organisation = request.organisation
    form = SettingsForm(
        request.POST or None, instance=organisation, initial={"version": organisation.version}
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                organisation.change_settings(by=request.user, at=clock.now(), **form.changes())
            except StaleVersionError as stale:
                form.show_conflict(stale.current)
                status = 409
            else:
                messages.success(request, _("The settings are saved."))
                return redirect("settings", organisation.slug)
    return render(request, "accounts/settings.html", {"form": form}, status=status)


def _people(request: MemberRequest, form: InvitationForm, status: int = 200) -> HttpResponse:
    organisation = request.organisation
    context = {
        "form": form,
        "memberships": organisation.memberships.select_related("person").order_by("person__name", "pk"),
        "invitations": organisation.invitations.open(clock.now()).order_by("pk"),
        "roles": RoleForm.base_fields["role"].choices,  # type: ignore[attr-defined]
    }
    return render(request, "accounts/people.html", context, status=status)
