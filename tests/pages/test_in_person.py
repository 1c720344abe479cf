"""From asking to somebody's face to their signature: marked on every page, confirmed or put right by their own link."""

from __future__ import annotations

import html
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from pilots.models import Answer, Confirmation, Pilot, SignOff, Stakeholder
from tests.access.house import mailed_path
from tests.cast import NOW, Cast, make_pilot, make_stakeholder
from tests.links import newest_link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday", "bell")]
SAID = " <b>Fewer</b> discounts.\r\n\r\nنجاح 👨‍👩‍👧 "


def browser_of(person: Any) -> Client:
    browser = Client(headers={"host": "127.0.0.1"})
    if person:
        browser.force_login(person)
    return browser


@pytest.fixture
def asked(scoped: Cast) -> tuple[Pilot, Stakeholder]:
    """Asked in person, by the page, and mapped."""
    pilot = make_pilot(scoped, "planned")
    sven = make_stakeholder(scoped, pilot)
    page = reverse("answer_in_person", args=["northwind", pilot.pk, sven.pk])
    browser_of(scoped.manager).post(page, {"text": SAID, "once": uuid4()})
    Answer.objects.get().map_to_plan(
        delivered_by="It stands beside.", line="target", by=scoped.manager, at=NOW
    )
    return pilot, sven


def signing(scoped: Cast, pilot: Pilot, sven: Stakeholder) -> tuple[Client, str]:
    """Their browser, having opened the link in the mail, and its clean address."""
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    key = newest_link(sven).key
    browser = browser_of(None)
    browser.get(mailed_path("stakeholder", key.hex))
    return browser, f"/s/{key}/"


def test_it_is_kept_letter_by_letter_and_marked(scoped: Cast, asked: tuple[Pilot, Stakeholder]) -> None:
    pilot, _sven = asked
    assert Answer.objects.get().text == SAID
    page = (
        browser_of(scoped.viewer).get(reverse("pilot_people", args=["northwind", pilot.pk])).content.decode()
    )
    assert "in person, written down by Mia Lindqvist; not confirmed yet" in page
    assert "<b>Fewer</b>" not in page and html.escape("<b>Fewer</b>") in page


def test_they_say_yes_and_sign(scoped: Cast, asked: tuple[Pilot, Stakeholder]) -> None:
    browser, path = signing(scoped, *asked)
    page = browser.get(path).content.decode()
    assert "First: is this what you said?" in page and "Give my decision" not in page
    assert "said in person, written down by Mia Lindqvist" in page and "The target" in page
    answer = Answer.objects.get()
    form = {
        "decision": "approve",
        "typed_name": "Sven Holm",
        "seen": newest_link(asked[1]).plan_version.sha256,
    }  # type: ignore[union-attr]
    assert browser.post(f"{path}sign-off/", form).status_code == 422
    assert browser.post(f"{path}answers/{answer.pk}/", {"right": "no", "instead": ""}).status_code == 422
    assert browser.post(f"{path}answers/{answer.pk}/", {"right": "yes"}).status_code == 302
    assert "Give my decision" in browser.get(path).content.decode()
    assert browser.post(f"{path}sign-off/", form).status_code == 302
    assert SignOff.objects.get().decision == "approve"


def test_they_put_it_right_and_are_asked_anew(scoped: Cast, asked: tuple[Pilot, Stakeholder]) -> None:
    pilot, _sven = asked
    browser, path = signing(scoped, *asked)
    answer = Answer.objects.get()
    browser.post(f"{path}answers/{answer.pk}/", {"right": "no", "instead": "Win rate, at the same price."})
    assert Confirmation.objects.get().right is False
    manager = browser_of(scoped.manager)
    page = manager.get(reverse("pilot_people", args=["northwind", pilot.pk])).content.decode()
    assert "Their own words took its place" in page and "Win rate, at the same price." in page
    agreement = manager.get(reverse("pilot_agreement", args=["northwind", pilot.pk])).content.decode()
    assert "the plan does not say yet how it delivers that" in agreement


def test_other_words_beside_a_yes_are_asked_about(scoped: Cast, asked: tuple[Pilot, Stakeholder]) -> None:
    """They wrote a correction, and then said that it is right: one of the two they did not mean."""
    browser, path = signing(scoped, *asked)
    told = f"{path}answers/{Answer.objects.get().pk}/"
    answered = browser.post(told, {"right": "yes", "instead": "Win rate, at the same price."})
    page = answered.content.decode()
    assert answered.status_code == 422
    assert "You wrote other words. Which holds?" in page and "Win rate, at the same price.</textarea>" in page
    assert not Confirmation.objects.exists()
    assert browser.post(told, {"right": "yes", "instead": ""}).status_code == 302
    assert Confirmation.objects.get().right


def test_nobody_else_confirms_for_them(scoped: Cast, asked: tuple[Pilot, Stakeholder]) -> None:
    pilot, sven = asked
    other = make_stakeholder(scoped, pilot, "Lea Voss", is_sponsor=False)
    signing(scoped, pilot, sven)
    browser, path = browser_of(None), f"/s/{newest_link(other).key}/"
    browser.get(mailed_path("stakeholder", newest_link(other).key.hex))
    assert browser.post(f"{path}answers/{Answer.objects.get().pk}/", {"right": "yes"}).status_code == 404
    assert not Confirmation.objects.exists()
