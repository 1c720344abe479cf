"""Pages in every stage and with odd contents (``tests/access/test_matrix.py`` looks at each once for every caller): one heading, at most one filled button, a label for each field, nothing
inline, and no template leaking."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django_scopes import scope

from metrics.sources import kinds
from metrics.sources.recipes import recipes
from pilots.models import Pilot
from tests.access.house import House, address, form_of, send
from tests.cast import NOW, make_pilot, make_stakeholder
from tests.pages.page import Page, faults_of, pilots_in_every_stage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_route")]


@pytest.fixture(autouse=True)
def as_in_a_demonstration(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.demo.series.feed", lambda name, until: [])
    cache.clear()


def test_the_style_guide_has_nothing_inline(house: House) -> None:
    page = Page(house.browser("anonymous").get("/styleguide/").content)
    assert (page.inline, page.language) == ([], "en-gb")


def test_a_pilot_in_every_stage(house: House) -> None:
    found = {
        shown: (response.status_code, faults_of(response)) for shown, response in pilots_in_every_stage(house)
    }
    assert found == dict.fromkeys(found, (200, []))


PILOT_PAGES = [
    "pilot", "pilot_problem", "pilot_metric", "pilot_owners", "pilot_people", "stakeholder_new", "pilot_agreement",
    "pilot_content", "content_new", "release_register", "pilot_safeguards", "learner_data_new", "pilot_law", "pilot_data_sheet", "pilot_consultation", "pilot_chance", "stop", "cancel", "decision",
]  # fmt: skip


@pytest.mark.parametrize("stage", ["planning", "cancelled"])
def test_a_pilot_with_nothing_in_it(house: House, stage: str) -> None:
    rooms, found = house.ours, {}
    with scope(organisation=rooms.organisation):
        pilot = make_pilot(
            rooms.cast, problem="P", audience="", visible_because="", ai_use="", planned_reach=None
        )
        if stage == "cancelled":
            pilot.cancel_planning(reason="Not now.", by=rooms.cast.manager, at=NOW)
    for route in PILOT_PAGES:
        response = house.browser("administrator").get(address(route, rooms, pilot_id=pilot.pk))
        found[route] = (response.status_code, faults_of(response))
    assert found == dict.fromkeys(PILOT_PAGES, (200, []))


def test_people_who_were_not_asked_yet(house: House) -> None:
    rooms = house.ours
    with scope(organisation=rooms.organisation):
        pilot = make_pilot(rooms.cast)
        for number in range(3):
            make_stakeholder(rooms.cast, pilot, f"Person{number} Holm", is_sponsor=not number)
    assert faults_of(house.browser("manager").get(address("pilot_people", rooms, pilot_id=pilot.pk))) == []


def test_a_letter_to_sign_is_not_the_question(house: House) -> None:
    """Who was only asked to sign was not asked what success looks like."""
    rooms = house.ours
    with scope(organisation=rooms.organisation):
        late = make_stakeholder(rooms.cast, rooms.asking, "Ines Prado", is_sponsor=False)
        rooms.asking.request_sign_off(by=rooms.cast.manager, at=NOW)
        assert late.links.count() == 1
    page = house.browser("manager").get(address("pilot_people", rooms))
    assert "Not asked yet." in page.content.decode()
    assert Page(page.content).buttons == 1


@pytest.mark.parametrize("kind", kinds())
def test_each_kind_of_source(house: House, kind: str) -> None:
    response = house.browser("manager").get(address("metric_source_kind", house.ours, kind=kind))
    assert (response.status_code, faults_of(response)) == (200, [])


@pytest.mark.parametrize("slug", recipes())
def test_each_recipe(house: House, slug: str) -> None:
    """Chosen, answered, and answered wrongly."""
    ready = recipes()[slug]
    page = address("metric_source_kind", house.ours, kind=ready.kind)
    right = {question.name: question.example for question in ready.questions}
    for answers in ({}, right, dict.fromkeys(right, '"><script>alert(1)</script>')):
        response = house.browser("manager").get(page, {"recipe": slug, **answers})
        assert (response.status_code, faults_of(response)) == (200, [])
        assert ready.title in response.content.decode()
        assert b"<script>alert" not in response.content


def test_what_was_taken_is_shown_as_a_partial_to_htmx(house: House) -> None:
    browser = house.browser("manager")
    for route in ("pilots", "metric"):
        response = browser.get(address(route, house.ours), headers={"HX-Request": "true"})
        assert b"<html" not in response.content
        assert response.status_code == 200


def test_the_pages_of_forms_do_not_change_what_they_show(house: House) -> None:
    """A refused plan does not stand in the page's own words: they speak of the pilot as it is."""
    rooms = house.ours
    form = {**form_of("pilot_problem", rooms), "title": "x" * 500}
    response = send(house.browser("manager"), "POST", address("pilot_problem", rooms), form)
    assert response.status_code == 422
    assert Pilot._base_manager.get(pk=rooms.asking.pk).title in Page(response.content).title
