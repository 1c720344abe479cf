from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from pilots.models import ContentItem, Pilot
from pilots.next_move import next_move
from pilots.words import headline

MOST = 20


@member(Verb.SEE)
def home(request: MemberRequest) -> HttpResponse:
    """What this person can move forward now: their pilots first, each with one move."""
    now = clock.now()
    mine = (
        Pilot.objects.filter(outcome=None, cancel=None, owner=request.user)
        .select_related(
            "organisation",
            "metric__source",
            "series__metric",
            "launch",
            "stop",
            "cancel",
            "outcome",
            "datasheet",
            "consultation",
            "reviewer",
            "standing",
        )
        .order_by("-standing__open_flags", "standing__ends_on", "pk")[:MOST]
    )
    moves = [(pilot, move) for pilot in mine if (move := next_move(pilot, now))]
    context = {
        "first": moves[0] if moves else None,
        "headline": headline(moves[0][0], now) if moves else None,
        "others": moves[1:],
        "reviews": ContentItem.objects.waiting_for(request.user, request.organisation).count()
        if request.membership.may(Verb.REVIEW)
        else 0,
        "any_pilot": Pilot.objects.exists(),
        "may_plan": request.membership.may(Verb.PLAN),
    }
    return render(request, "pilots/home.html", context)
