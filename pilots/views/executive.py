from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from pilots.delivered import Chosen, delivered_page
from pilots.models import Charter


@member(Verb.SEE)
def outcomes(request: MemberRequest) -> HttpResponse:
    """What does our AI in learning deliver? Results, honest no-effects and harms alike. The choice stands in the address."""
    chosen = Chosen.from_address(request.GET)
    context = {
        **delivered_page(request.organisation, chosen, clock.today()),
        "charter_due": Charter.objects.due_for(request.organisation, request.user),
    }
    return render(request, "pilots/outcomes.html", context)
