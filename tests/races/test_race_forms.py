"""A double click on a form: the second comes while the first is still at work."""

from uuid import uuid4

import pytest
from django.test import Client

from pilots.models import Pilot
from tests.cast import Cast
from tests.races.together import slow, together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]

PATH = "/northwind/pilots/new/"


def click_twice(cast: Cast, **form: object) -> list[str]:
    """Where each of two clicks led."""
    browser = Client()
    browser.force_login(cast.manager)
    given = {"title": "T", "problem": "P", **form}

    def click() -> str:
        other = Client()
        other.cookies = browser.cookies
        return other.post(PATH, given)["Location"]

    return together(cast.organisation, click, click)


def test_it_makes_one_and_leads_both_there(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch, Pilot, "save")
    for made in range(1, 6):
        first, second = click_twice(scoped, once=uuid4())
        assert first == second
        assert Pilot.objects.count() == made


def test_without_the_key_it_makes_two(scoped: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch, Pilot, "save")
    click_twice(scoped)
    assert Pilot.objects.count() == 2
