"""Legal or compliance confirms its own consultation, by the same kind of link as everybody else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from pilots.errors import RefusedError
from pilots.models import Consultation, Pilot, Stakeholder
from tests.access.house import mailed_path
from tests.cast import NOW, TODAY, Cast, make_pilot, make_stakeholder, safeguard
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def jana(scoped: Cast) -> Stakeholder:
    pilot = make_pilot(scoped, "answered")
    safeguard(scoped, pilot)
    jana = make_stakeholder(scoped, pilot, "Jana Brandt", is_sponsor=False, stance="neutral", is_legal=True)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    return jana


def page_of(stakeholder: Stakeholder) -> tuple[Client, str]:
    link, browser = newest_link(stakeholder), Client()
    browser.get(mailed_path("stakeholder", link.key.hex))
    return browser, reverse("stakeholder", args=[link.key])


def said(name: str) -> dict[str, str]:
    return {"consultation-typed_name": name, "consultation-seen": Consultation.objects.get().words_sha256}


def test_she_says_so_with_her_name_and_the_gate_tells_it(scoped: Cast, jana: Stakeholder) -> None:
    browser, page = page_of(jana)
    assert "It is written down that J. Brandt, legal was consulted" in browser.get(page).content.decode()
    assert browser.post(page + "consultation/").status_code == 422  # a scanner that sends every form it finds
    for _click in range(2):
        browser.post(page + "consultation/", said("Jana Brandt"))
    assert "You confirmed it on 1 June 2026." in browser.get(page).content.decode()
    assert jana.pilot.chain.events.filter(verb="consultation.confirmed").count() == 1
    assert "Jana Brandt confirmed it." in Pilot.objects.get().gate(NOW)[5].words
    # Written down anew, it is another conversation.
    Consultation.objects.record(
        jana.pilot,
        with_whom="J. Brandt, legal",
        held_on=TODAY,
        outcome="Two questions are open.",
        by=scoped.manager,
        at=NOW,
    )
    assert "confirmed" not in Pilot.objects.get().gate(NOW)[5].words


def test_nobody_else_says_so(jana: Stakeholder) -> None:
    sven = Stakeholder.objects.get(is_sponsor=True)
    browser, page = page_of(sven)
    assert "Your consultation" not in browser.get(page).content.decode()
    assert browser.post(page + "consultation/", said("Sven Holm")).status_code == 302
    held = Consultation.objects.get()
    with pytest.raises(RefusedError, match="Only who speaks for legal"):
        held.confirm(by=sven, seen=held.words_sha256, at=NOW)
    assert Consultation.objects.get().confirmed_at is None


def test_she_confirms_the_words_that_she_read(scoped: Cast, jana: Stakeholder) -> None:
    browser, page = page_of(jana)
    read = said("Jana Brandt")
    assert read["consultation-seen"] in browser.get(page).content.decode()
    held = {"with_whom": "J. Brandt, legal", "held_on": TODAY, "outcome": "Anything goes."}
    Consultation.objects.record(jana.pilot, by=scoped.manager, at=NOW, **held)
    answer = browser.post(page + "consultation/", read)
    assert answer.status_code == 422
    assert "written down anew since you opened this page" in answer.content.decode()
    assert Consultation.objects.get().confirmed_at is None
    browser.post(page + "consultation/", said("Jana Brandt"))
    assert Consultation.objects.get().confirmed_at
