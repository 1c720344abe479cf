"""A condition for the pilot's course is a flag until whoever asked for it says that it is met."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from pilots.models import Flag, Pilot, Stakeholder
from tests.access.house import mailed_path
from tests.cast import NOW, Cast, make_measured_metric, make_pilot, review_content, safeguard, sign
from tests.links import newest_link
from tests.memory import remembered, state

pytestmark = pytest.mark.usefixtures("monday", "bell")


def launched(cast: Cast, when: str = "during") -> tuple[Pilot, Stakeholder]:
    """A running pilot that Sven agreed to on a condition."""
    made, _known = remembered(("on a condition", when, state()), lambda: launch(cast, when))
    cast.organisation.chain.refresh_from_db()
    pilot = Pilot.objects.get(pk=made.pk)
    return pilot, pilot.stakeholders.get()


def launch(cast: Cast, when: str) -> Pilot:
    pilot = make_pilot(cast, "asked", metric=make_measured_metric(cast))
    signed = sign(
        pilot.stakeholders.get(), decision="condition", words="The works council reads along.", when=when
    )
    review_content(cast, pilot)
    safeguard(cast, pilot)
    if when == "before":
        signed.condition.close(at=NOW)
    pilot.refresh_from_db()
    pilot.launch_now(by=cast.manager, at=NOW)
    return pilot


def standing(pilot: Pilot) -> list[str]:
    return [flag.kind for flag in Flag.objects.standing().filter(pilot=pilot)]


def came_by_mail(sven: Stakeholder) -> tuple[Client, str]:
    """Sven's browser, and the address of his page."""
    link, browser = newest_link(sven), Client()
    browser.get(mailed_path("stakeholder", link.key.hex))
    return browser, reverse("stakeholder", args=[link.key])


def test_it_is_a_flag_from_the_launch_on_and_data_do_not_clear_it(scoped: Cast) -> None:
    pilot, _sven = launched(scoped)
    assert (standing(pilot), pilot.standing.open_flags, pilot.standing.top_flag) == (
        ["condition_open"],
        1,
        "condition_open",
    )
    pilot.read(at=NOW + timedelta(days=1))
    assert standing(pilot) == ["condition_open"]


def test_a_condition_for_the_launch_is_none(scoped: Cast) -> None:
    pilot, _sven = launched(scoped, when="before")
    assert standing(pilot) == []


@pytest.mark.parametrize("ran_out", [False, True])
def test_it_clears_when_the_stakeholder_says_that_it_is_met(scoped: Cast, ran_out: bool) -> None:
    """Also by a link that ran out: it holds as long as something is open."""
    pilot, sven = launched(scoped)
    if ran_out:
        type(newest_link(sven)).objects.update(expires_at=NOW - timedelta(days=1))
    browser, page = came_by_mail(sven)
    assert "A flag stands on the pilot" in browser.get(page).content.decode()
    assert browser.post(page + "condition/").status_code == 422  # a scanner that sends every form it finds
    assert standing(pilot) == ["condition_open"]
    typed = {"typed_name": "Sven Holm"}
    assert browser.post(page + "condition/", typed)["Location"] == page
    assert standing(pilot) == []
    assert pilot.standing.__class__.objects.get(pilot=pilot).open_flags == 0
    verbs = list(pilot.chain.events.order_by("number").values_list("verb", flat=True))
    assert verbs[-2:] == ["condition.closed", "flag.cleared"]
    again = browser.post(page + "condition/", typed)
    assert again.status_code == (404 if ran_out else 302)
    assert pilot.chain.events.count() == len(verbs)


def test_nobody_else_says_so(scoped: Cast) -> None:
    pilot, sven = launched(scoped)
    page = reverse("stakeholder", args=[newest_link(sven).key])
    browser = Client()
    browser.force_login(scoped.manager)
    assert browser.post(page + "condition/").status_code == 404
    assert standing(pilot) == ["condition_open"]


def test_the_manager_reads_what_is_asked_of_them(scoped: Cast) -> None:
    pilot, _sven = launched(scoped)
    browser = Client()
    browser.force_login(scoped.manager)
    page = browser.get(f"/northwind/pilots/{pilot.pk}/").content.decode()
    assert "A condition is open" in page
    assert "Meet the condition, let whoever set it confirm that" in page
