"""Who decides second is told so, and keeps their text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from pilots.models import Outcome, Pilot
from tests.cast import NOW, Cast, bring, make_measured_metric, make_pilot, noise
from tests.pages.page import Page, faults_of

pytestmark = pytest.mark.usefixtures("monday", "bell")
FIRST = {
    "decision": "scale",
    "learned": "It works.\r\nFor all.",
    "other_causes": "A new price list.",
    "next_step": "Roll it out.",
    "version": "reached",
}
SECOND = {**FIRST, "decision": "stop", "reason": "Nobody pays for it.", "learned": "Too dear."}


@pytest.fixture
def pilot(scoped: Cast, monday: time_machine.Traveller) -> Pilot:
    metric, end = make_measured_metric(scoped), NOW + timedelta(weeks=6)
    pilot = make_pilot(scoped, "running", metric=metric)
    bring(scoped, metric, noise(42, level=17.5, seed=2), on=end)
    monday.move_to(end)
    return pilot


def decide(pilot: Pilot, by: Person, form: dict[str, str]) -> Any:
    browser = Client()
    browser.force_login(by)
    return browser.post(reverse("decision", args=["northwind", pilot.pk]), form)


def test_another_decision_comes_back_with_its_text(scoped: Cast, pilot: Pilot) -> None:
    assert decide(pilot, scoped.manager, FIRST).status_code == 302
    for by in (scoped.administrator, scoped.manager):
        for form in (SECOND, {**SECOND, "reason": ""}):
            answer = decide(pilot, by, form)
            page = Page(answer.content)
            assert (answer.status_code, faults_of(answer)) == (409, [])
            assert f"{scoped.manager.name} decided on 13 July 2026: Scale." in page.text
            assert "Too dear." in page.text
            assert reverse("pilot_outcome", args=["northwind", pilot.pk]) in page.addresses
    assert Outcome.objects.get().decision == "scale"


def test_the_same_decision_of_the_same_person_lands_on_the_outcome(scoped: Cast, pilot: Pilot) -> None:
    answers = [decide(pilot, scoped.manager, FIRST) for _ in range(2)]
    assert {answer["Location"] for answer in answers} == {
        reverse("pilot_outcome", args=["northwind", pilot.pk])
    }
    assert decide(pilot, scoped.administrator, FIRST).status_code == 409
