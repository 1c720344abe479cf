"""One's pilots' dates in one's own calendar: a secret address that can be renewed, and what it answers."""

from datetime import date

import pytest
from django.test import Client
from icalendar import Calendar

from accounts.models import Membership
from pilots.models import CalendarFeed
from tests.cast import NOW, Cast, make_pilot

pytestmark = pytest.mark.usefixtures("monday", "bell")


def feed_of(cast: Cast, role: str) -> CalendarFeed:
    person = cast.in_role(role)
    membership = Membership.objects.get(person=person)
    return CalendarFeed.objects.renew(membership, by=person, at=NOW)


def events(path: str) -> dict[str, date]:
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    calendar = Calendar.from_ical(answer.content.decode())
    return {str(event["UID"]): event.decoded("DTSTART") for event in calendar.walk("VEVENT")}


def test_the_four_dates_of_a_pilot(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    found = events(feed_of(scoped, "manager").path)
    assert found == {
        f"launch.{pilot.pk}@pilotlight": date(2026, 6, 1),
        f"middle.{pilot.pk}@pilotlight": date(2026, 6, 22),
        f"decision.{pilot.pk}@pilotlight": date(2026, 7, 13),
        f"afterwards.{pilot.pk}@pilotlight": date(2026, 8, 12),
    }
    assert events(feed_of(scoped, "viewer").path) == found  # executives see every pilot
    pilot.owner = pilot.governance_owner = pilot.reviewer = scoped.administrator
    pilot.save()
    assert events(feed_of(scoped, "manager").path) == {}


def test_renewed_the_old_address_answers_no_more(scoped: Cast) -> None:
    old = feed_of(scoped, "manager").path
    browser = Client()
    browser.force_login(scoped.manager)
    assert old in browser.get("/northwind/calendar/").content.decode()
    assert browser.post("/northwind/calendar/renewal/").status_code == 302
    page = browser.get("/northwind/calendar/").content.decode()
    assert old not in page
    assert Client().get(old).status_code == 404
    new = CalendarFeed.objects.get()
    assert new.path in page
    token = new.path.removeprefix("/calendar/").removesuffix(".ics")
    assert token not in str(CalendarFeed.objects.values())


def test_it_ends_with_the_membership_and_says_when_nothing_changed(scoped: Cast) -> None:
    make_pilot(scoped, "running")
    feed = feed_of(scoped, "reviewer")
    first = Client().get(feed.path)
    assert Client().get(feed.path, headers={"If-None-Match": first["ETag"]}).status_code == 304
    feed.membership.end(by=scoped.administrator, at=NOW)
    assert Client().get(feed.path).status_code == 404
