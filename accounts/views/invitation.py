from __future__ import annotations

from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.forms.people import JoinForm
from accounts.models import Invitation, Person
from accounts.models.invitation import InvitationGoneError


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page that an invitation leads to. Opening it does nothing; joining is a choice."""
    invited = Invitation.objects.by_token(token, clock.now())
    if invited is None:
        return render(request, "accounts/invitation_gone.html", status=404)
    try:
        return _answer(request, invited)
    except InvitationGoneError:
        return render(request, "accounts/invitation_gone.html", status=404)


def _answer(request: HttpRequest, invited: Invitation) -> HttpResponse:
    known = Person.objects.filter(email__iexact=invited.email).first()
    if known and request.user != known:
        return render(request, "accounts/invitation.html", {"invitation": invited, "sign_in_first": True})
    if known:
        return _join_as(request, invited, known)
    return _join_new(request, invited)


def _join_as(request: HttpRequest, invited: Invitation, person: Person) -> HttpResponse:
    if request.method == "POST":
        invited.accept(at=clock.now(), person=person)
        return redirect("start")
    return render(request, "accounts/invitation.html", {"invitation": invited})


def _join_new(request: HttpRequest, invited: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None, email=invited.email)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                person = invited.accept(at=clock.now(), **form.cleaned_data)
        except IntegrityError:  # a double click: the first one made the account
            form.add_error(None, _("You have joined already. Please sign in."))
        else:
            login(request, person)
            return redirect("start")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/invitation.html", {"invitation": invited, "form": form}, status=status)
