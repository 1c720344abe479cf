from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from accounts import clock
from accounts.access import Verb
from accounts.tenancy import MemberRequest, member
from pilots.models import Charter, Pilot
from pilots.next_move import next_move
from pilots.person_move import Person, first_of
from pilots.views.shared import get_pilot
from pilots.words import Headline, Look, headline


@member(Verb.SEE)
def home(request: MemberRequest) -> HttpResponse:
    """The one most useful thing that this person can do now; what comes after is only named."""
    now = clock.now()
    person = Person(request.membership, clock.today())
    found = first_of(person)
    pilot = get_pilot(request, found.pilot) if found.pilot else None
    look = Look(pilot, now) if pilot else None
    context = {
        "pilot": pilot,
        "move": next_move(pilot, now, look) if pilot else found.move,
        "headline": headline(pilot, now, look) if pilot else Headline(found.sentence, found.lede),
        "others": [other for other in person.waiting if other.pk != found.pilot],
        "reviews": 0 if found.move else person.reviews,
        "running": Pilot.objects.running(person.today).filter(owner=request.user),
        "any_pilot": Pilot.objects.exists(),
        "charter_due": Charter.objects.due_for(request.organisation, request.user),
        "may_plan": request.membership.may(Verb.PLAN),
    }
    return render(request, "pilots/home.html", context)
