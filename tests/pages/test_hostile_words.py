"""What people called things stands on every page as text: nothing of it runs, and nothing of it breaks a page."""

from __future__ import annotations

import pytest
from django_scopes import scope

from tests.access import matrix
from tests.access.house import CALLERS, House, address
from tests.cast import NOW, TODAY, connect_file, csv_of
from tests.forms.hostile import LIVE
from tests.pages.page import Page, pilots_in_every_stage

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>{{7*7}}{% load x %}%(name)s'--\u202eabc"
SHORT = "<script>alert(1)"  # a unit has twenty letters


@pytest.fixture
def renamed(house: House) -> House:
    """Every name and text that can still be changed, changed to the worst."""
    rooms = house.ours
    with scope(organisation=rooms.organisation):
        type(rooms.organisation).objects.filter(pk=rooms.organisation.pk).update(
            name=HOSTILE, sender_name=HOSTILE[:80]
        )
        for person in (
            rooms.maker,
            *(rooms.cast.in_role(role) for role in ("administrator", "manager", "reviewer", "viewer")),
        ):
            type(person).objects.filter(pk=person.pk).update(name=HOSTILE)
        metric = rooms.metric
        type(metric).objects.filter(pk=metric.pk).update(name=HOSTILE, meaning=HOSTILE, unit=SHORT)
        type(metric.series.get()).objects.filter(metric=metric).update(group=HOSTILE)
        texts = dict.fromkeys(("title", "problem", "visible_because", "ai_use", "audience"), HOSTILE)
        type(rooms.ready).objects.filter(organisation=rooms.organisation).update(**texts)
        rooms.asking.stakeholders.update(name=HOSTILE, position=HOSTILE)
        rooms.ready.stakeholders.update(name=HOSTILE, position=HOSTILE)
        type(rooms.said.mapping).objects.update(delivered_by=HOSTILE)
        type(rooms.item).objects.update(title=HOSTILE, ai_tool=HOSTILE)
        rooms.item.refresh_from_db()
        rooms.item.add_version(text=HOSTILE, by=rooms.maker, at=NOW)
        rooms.flag.acknowledge(note=HOSTILE, by=rooms.cast.manager, at=NOW)
        source = metric.source
        source.upload_name = HOSTILE
        source.save()
        rooms.question_link.stakeholder.refresh_from_db()
        connect_file(metric, csv_of(TODAY, [1.0]) + f"\n{HOSTILE},x".encode(), by=rooms.cast.manager)
        type(source).objects.filter(pk=source.pk).update(upload_name=HOSTILE)
    return house


def test_every_page_shows_it_as_text(renamed: House) -> None:
    faults = []
    for row in matrix.rows():
        if row.method == "GET" and row.route not in {
            "demo_mail",
            "demo_posts",
            "demo_feed",
            "styleguide",
            "healthz",
            "readyz",
            "evidence",  # a download, as is the next
            "content_file",
            "calendar",  # for calendar programs: not HTML, and never looked at as such
            "outcome_file",
            "outcome_slides",
            "outcomes_slides",
            "shared_outcome_file",
        }:
            caller = next((caller for caller in reversed(CALLERS) if row.answers[caller] == "200"), None)
            if caller:
                response = renamed.browser(caller).get(address(row.route, renamed.ours))
                faults += [f"{row}: {live!r}" for live in LIVE if live in response.content]
                faults += [f"{row}: {fault}" for fault in Page(response.content).inline]
                if response.status_code != 200:
                    faults.append(f"{row}: {response.status_code}")
    assert faults == []


def test_a_pilot_in_every_stage(renamed: House) -> None:
    found = {}
    for shown, response in pilots_in_every_stage(renamed):
        live = [live for live in LIVE if live in response.content]
        found[shown] = (response.status_code, Page(response.content).inline, live)
    assert found == dict.fromkeys(found, (200, [], []))
