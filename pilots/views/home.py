from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from pilots.models import Charter, ContentItem, Pilot
from pilots.next_move import next_move
from pilots.views.shared import get_pilot
from pilots.words import Look, headline

MOST = 20


@member(Verb.SEE)
def home(request: MemberRequest) -> HttpResponse:
    """One next move, for the pilot of theirs that wants it most; what comes after is only named."""
    now = clock.now()
    waiting = list(Pilot.objects.waiting_for(request.user, clock.today()).select_related("standing")[:MOST])
    first = get_pilot(request, waiting[0].pk) if waiting else None
    look = Look(first, now) if first else None
    context = {
        "pilot": first,
        "move": next_move(first, now, look) if first else None,
        "headline": headline(first, now, look) if first else None,
        "others": waiting[1:],
        "reviews": ContentItem.objects.waiting_for(request.user, request.organisation).count()
        if request.membership.may(Verb.REVIEW)
        else 0,
        "any_pilot": Pilot.objects.exists(),
        "charter_due": Charter.objects.due_for(request.organisation, request.user),
        "may_plan": request.membership.may(Verb.PLAN),
    }
    return render(request, "pilots/home.html", context)
