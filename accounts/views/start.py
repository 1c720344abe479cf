from __future__ import annotations

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.access import Verb
from accounts.models import Membership, Person


@require_safe
@login_required
def start(request: HttpRequest) -> HttpResponse:
    """To where somebody works: managers to their next moves, executives to the outcomes."""
    memberships = list(
        Membership.objects.filter(person=cast(Person, request.user)).select_related("organisation")
    )
    if len(memberships) != 1:
        return render(request, "accounts/start.html", {"memberships": [(m, landing(m)) for m in memberships]})
    return redirect(landing(memberships[0]), memberships[0].organisation.slug)


def landing(membership: Membership) -> str:
    """The route that a member lands on."""
    if membership.may(Verb.PLAN):
        return "home"
    return "reviews" if membership.may(Verb.REVIEW) else "outcomes"
