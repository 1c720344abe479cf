from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from pilots.delivered import Chosen, delivered_page


@member(Verb.SEE)
def outcomes(request: MemberRequest) -> HttpResponse:
    """What does our AI in learning deliver? Results, honest no-effects and harms alike. The choice stands in the address."""
    chosen = Chosen.from_address(request.GET)
    return render(
        request, "pilots/outcomes.html", delivered_page(request.organisation, chosen, clock.today())
    )
