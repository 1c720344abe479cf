"""The dates of somebody's pilots as a calendar program reads them (RFC 5545)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Role
from pilots.clock import days_of
from pilots.models.pilot import Pilot

if TYPE_CHECKING:
    from datetime import date

    from icalendar import Event

    from accounts.models import Membership

_REFRESH = timedelta(hours=12)


def feed(membership: Membership) -> bytes:
    """Every date of the pilots that are theirs, as all-day events. In the organisation's scope."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Pilotlight//pilots//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Pilots, %(organisation)s") % {"organisation": membership.organisation})
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for pilot in _theirs(membership):
        for code, day in days_of(pilot):
            calendar.add_component(_event(membership, pilot, code, day))
    return bytes(calendar.to_ical())


def _theirs(membership: Membership) -> list[Pilot]:
    """An executive sees every pilot that has a first day; anybody else those that they answer for."""
    pilots = Pilot.objects.exclude(start=None).filter(cancel=None)
    if membership.role != Role.VIEWER:
        person = membership.person
        pilots = pilots.filter(Q(owner=person) | Q(governance_owner=person) | Q(reviewer=person))
    return list(pilots.select_related("launch", "metric").order_by("-start", "pk")[:500])


def _event(membership: Membership, pilot: Pilot, code: str, day: date) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{code}.{pilot.pk}@pilotlight")
    # When it was last changed: of a plan nobody knows better than its version, which only grows.
    event.add("dtstamp", pilot.launch.at if pilot.has("launch") else _stamp(pilot))
    event.add("sequence", pilot.version)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"{_summary(code)}: {pilot.title}")
    event.add("url", f"{settings.BASE_URL}/{membership.organisation.slug}/pilots/{pilot.pk}/")
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED" if pilot.has("launch") else "TENTATIVE")
    if pilot.metric:
        event.add("description", _("The one metric: %(metric)s") % {"metric": pilot.metric})
    return event


def _stamp(pilot: Pilot) -> datetime:
    return pilot.created_at


def _summary(code: str) -> str:
    match code:
        case "launch":
            return _("First day of the pilot")
        case "middle":
            return _("Middle of the six weeks")
        case "decision":
            return _("Decide on the pilot")
    return _("What has stayed, thirty days after")
