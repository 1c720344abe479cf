"""How old something is, in words, where it was noted by a clock that is ahead of the page's: never less than nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django_scopes import scope

from pilots.models import ContentItem
from tests.access.house import House, address
from tests.cast import NOW
from tests.pages.page import Page

pytestmark = pytest.mark.django_db
BELOW_NOTHING = re.compile(r"(?<![\w.])[-\N{MINUS SIGN}]\s?\d+\s(second|minute|hour|day|week|month|year)s?\b")
PAGES = (
    "home", "pilots", "outcomes", "library", "reviews", "work", "people", "tokens", "metrics", "metric", "pilot", "content_item",
    "release_register", "check_in", "pilot_outcome", "sharing", "channels",
)  # fmt: skip


@pytest.mark.parametrize("behind", [timedelta(minutes=10), timedelta(days=3)])
@pytest.mark.parametrize("route", PAGES)
def test_no_page_tells_of_an_age_below_nothing(house: House, route: str, behind: timedelta) -> None:
    with time_machine.travel(NOW - behind, tick=False):
        answer = house.browser("administrator").get(address(route, house.ours))
    assert answer.status_code == 200
    assert BELOW_NOTHING.findall(Page(answer.content).text) == []


def test_what_waits_since_a_moment_to_come_waits_since_just_now(house: House) -> None:
    with scope(organisation=house.ours.organisation):
        waiting = ContentItem.objects.waiting_for(house.ours.cast.reviewer, house.ours.organisation)
        assert waiting.update(waiting_since=NOW + timedelta(minutes=10))
    with time_machine.travel(NOW, tick=False):
        page = Page(house.browser("reviewer").get(address("reviews", house.ours)).content)
    assert "has waited longest: 1 minute." in page.text


def test_of_a_day_to_come_no_age_is_told(house: House) -> None:
    """As where an organisation moved west since: what was yesterday is today."""
    path = address("metric", house.ours)
    with time_machine.travel(NOW, tick=False):
        now = " ".join(Page(house.browser("manager").get(path).content).text.split())
    with time_machine.travel(NOW - timedelta(days=3), tick=False):
        before = " ".join(Page(house.browser("manager").get(path).content).text.split())
    assert re.search(r"Newest value ?31 May 2026 1 day old", now)
    assert re.search(r"Newest value ?29 May 2026 Pulled", before), "those of later days are not told of yet"
