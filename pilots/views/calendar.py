"""The dates of one's pilots in one's own calendar: a page with the address, and what the address answers."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_scopes import scope, scopes_disabled

from accounts import clock
from accounts.access import Verb
from accounts.once import once
from accounts.tenancy import MemberRequest, member
from pilots.calendar_feed import feed
from pilots.models import CalendarFeed


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """What a calendar program fetches; the address is the only key, and knows one membership."""
    with scopes_disabled():
        found = CalendarFeed.objects.opened_by(token)
    if found is None:
        raise Http404
    organisation = found.membership.organisation
    with scope(organisation=organisation), timezone.override(organisation.zone):
        content = feed(found.membership)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    answer: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
        answer["Content-Disposition"] = 'inline; filename="pilots.ics"'
    answer["ETag"], answer["Cache-Control"] = etag, "private, max-age=3600"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@member(Verb.SEE)
def my_calendar(request: MemberRequest) -> HttpResponse:
    found = CalendarFeed.objects.filter(membership=request.membership).first()
    context = {"feed": found, "address": settings.BASE_URL + found.path if found else ""}
    return render(request, "pilots/my_calendar.html", context)


@member(Verb.SEE, methods=["POST"])
@once
def calendar_renewal(request: MemberRequest) -> HttpResponse:
    CalendarFeed.objects.renew(request.membership, by=request.user, at=clock.now())
    messages.success(request, _("This is your address. An earlier one answers no more."))
    return redirect("my_calendar", request.organisation.slug)
