"""Everybody's first page: the most useful thing to do now, one sentence and one button, by rules in order."""

from datetime import timedelta

import pytest
from django.test import Client
from time_machine import Traveller

from pilots.models import ContentItem, Flag
from tests.cast import NOW, Cast, make_pilot
from tests.pages.page import Page

pytestmark = pytest.mark.usefixtures("bell")


def home(cast: Cast, role: str) -> str:
    browser = Client()
    browser.force_login(cast.in_role(role))
    return Page(browser.get("/northwind/").content).text


def test_from_a_flag_to_a_note_to_nothing(scoped: Cast, monday: object) -> None:
    pilot = make_pilot(scoped, "running")
    text = home(scoped, "manager")
    assert "Nothing waits for you." in text
    assert "Your pilots run" in text
    assert "You run no pilot now" in home(scoped, "viewer")
    flag = Flag.objects.raise_on(pilot, "few_using", {"planned": 31, "actual": 9, "week": 1}, at=NOW)
    assert "Only 9 of 31 people have used it." in home(scoped, "manager")
    flag.acknowledge(note="We meet on Monday.", by=scoped.manager, at=NOW)
    assert "Nothing waits for you." in home(scoped, "manager")


def test_on_the_fifth_day_the_week_wants_its_note(scoped: Cast, monday: Traveller) -> None:
    pilot = make_pilot(scoped, "running")
    monday.move_to(NOW + timedelta(days=4))
    text = home(scoped, "manager")
    assert "Week 1 is nearly over." in text
    pilot.check_in(saw="All is well.", confidence="high", by=scoped.manager, at=NOW + timedelta(days=4))
    assert "Week 1 is nearly over." not in home(scoped, "manager")


def test_a_reviewer_reviews_and_a_source_wants_its_owner(scoped: Cast, monday: object) -> None:
    pilot = make_pilot(scoped, "running")
    ContentItem.objects.make(
        pilot, title="Closing lines", kind="scenario", ai_use="made", text="Ask twice.", by=scoped.manager, at=NOW
    )  # fmt: skip
    text = home(scoped, "reviewer")
    assert "One item waits for your review." in text
    assert "Begin to review" in text
    assert pilot.metric
    source = pilot.metric.source
    source.failed("It refused us.", needs_a_person=True, at=NOW)
    source.save()
    assert "The source of “Handling time” needs you." in home(scoped, "manager")
