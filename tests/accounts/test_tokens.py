"""The page of tokens: each is shown once, opens what it says, and is listed with whom it acts for."""

from __future__ import annotations

import pytest

from accounts.models import ApiToken
from tests.access.house import House
from tests.api.client import Program
from tests.cast import NOW

pytestmark = pytest.mark.django_db

FORM = {"name": "Weekly load", "scope": "push", "member": "", "lasts": "90"}


def made(house: House, **form: object) -> tuple[str, str]:
    """The page that answers, and the token that is shown on it."""
    response = house.browser("administrator").post(f"/{house.ours.slug}/tokens/", {**FORM, **form})
    assert response.status_code == 200, response.content
    assert "no-store" in response["Cache-Control"]
    page = response.content.decode()
    return page, page.partition('<code class="token" tabindex="0">')[2].partition("<")[0]


def test_it_is_shown_once_and_opens_what_it_says(house: House) -> None:
    _page, raw = made(house)
    assert raw.startswith("plt_")
    again = house.browser("administrator").get(f"/{house.ours.slug}/tokens/").content.decode()
    assert raw not in again
    assert "Weekly load" in again
    assert raw[:8] in again
    assert Program(raw).get("/metrics").status_code == 403  # a token that stands, made for something else
    token = ApiToken.objects.latest("pk")
    assert (token.created_by, (token.expires_at - NOW).days) == (house.ours.cast.administrator, 90)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"scope": "act"}, "Say for whom it acts"),
        ({"scope": "all"}, "Select a valid choice"),
        ({"name": ""}, "required"),
        ({"lasts": "7"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said(house: House, form: dict[str, str], words: str) -> None:
    response = house.browser("administrator").post(f"/{house.ours.slug}/tokens/", {**FORM, **form})
    assert (response.status_code, words in response.content.decode()) == (422, True)


def test_a_token_acts_for_members_of_its_own_organisation(house: House) -> None:
    ours, theirs = (rooms.membership("manager").pk for rooms in (house.ours, house.theirs))
    page, raw = made(house, scope="act", member=str(ours))
    assert Program(raw).get("/metrics").status_code == 200
    assert "act for Mia Lindqvist" in page
    foreign = house.browser("administrator").post(
        f"/{house.ours.slug}/tokens/", {**FORM, "scope": "act", "member": str(theirs)}
    )
    assert foreign.status_code == 422


def test_one_whose_member_has_a_lesser_role_is_shown_as_ended(house: House) -> None:
    member = house.ours.membership("manager")
    made(house, scope="act", member=str(member.pk))
    member.change_role("viewer", by=house.ours.cast.administrator, at=NOW)
    page = house.browser("administrator").get(f"/{house.ours.slug}/tokens/").content.decode()
    assert "has a lesser role" in page
