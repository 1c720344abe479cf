"""Hostile texts where no form stands before them: in addresses, queries, cookies and headers. Never a 500."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client
from django_scopes import scope

from pilots.models import SignOff
from tests.access import matrix
from tests.access.house import House, address, form_of
from tests.forms.hostile import LIVE, TEXTS

pytestmark = pytest.mark.django_db

QUERIES = ["q", "stage", "flagged", "page", "next"]


@pytest.mark.parametrize("called", TEXTS)
def test_in_a_query(house: House, called: str) -> None:
    text = quote_from_bytes(TEXTS[called])
    browser = house.browser("manager")
    for route in ("pilots", "metric", "outcomes", "account_login", "start"):
        caller = house.browser("anonymous") if route == "account_login" else browser
        each = [f"{name}={text}" for name in QUERIES]
        for query in ("&".join(each), *(each if route == "pilots" else ())):
            response = caller.get(f"{address(route, house.ours)}?{query}")
            assert response.status_code in {200, 302}, query
            assert not [live for live in LIVE if live in response.content]


@pytest.mark.parametrize("called", [name for name in TEXTS if name != "empty"])
def test_in_an_address(house: House, called: str) -> None:
    text = quote_from_bytes(TEXTS[called], safe="")
    browser = house.browser("manager")
    for path in (
        f"/s/{text}/", f"/s/{text}/answer/", f"/accounts/invitation/{text}/", f"/accounts/password/reset/key/{text}-{text}/",
        f"/{text}/pilots/", f"/northwind/{text}/", f"/northwind/pilots/{text}/", f"/northwind/metrics/{text}/source/{text}/",
        f"/{text}",
    ):  # fmt: skip
        response = browser.get(path)
        assert response.status_code in {200, 301, 302, 404}, path
        assert not [live for live in LIVE if live in response.content]


@pytest.mark.parametrize("called", [name for name in TEXTS if name not in {"second header", "NUL"}])
def test_in_headers_and_cookies(house: House, called: str) -> None:
    """As a server hands them on: bytes read as Latin-1."""
    text = TEXTS[called].decode("latin-1")
    headers = {
        "user-agent": text, "accept-language": text, "referer": text, "x-forwarded-for": text, "x-request-id": text,
        "hx-request": text or "true", "hx-current-url": text, "hx-target": text, "hx-trigger": text, "hx-prompt": text,
    }  # fmt: skip
    for caller, route in (("manager", "pilots"), ("manager", "metric"), ("link holder", "stakeholder")):
        response = house.browser(caller).get(address(route, house.ours), headers=headers)
        assert response.status_code == 200
    stranger = Client(headers=headers)
    for name in ("sessionid", "csrftoken", "messages", f"link_{house.ours.question_link.key.hex}"):
        stranger.cookies[name] = text
    for route in ("start", "pilots", "stakeholder", "account_login"):
        assert stranger.get(address(route, house.ours)).status_code in {200, 302, 404}


def test_a_signature_by_a_strange_browser(house: House) -> None:
    """What it calls itself is cut to size, and it may come from nowhere."""
    response = house.browser("link holder").post(
        address("stakeholder_sign_off", house.ours),
        form_of("stakeholder_sign_off", house.ours),
        headers={"user-agent": "\x80\xff" * 5000},
        REMOTE_ADDR="",
    )
    assert response.status_code == 302
    with scope(organisation=house.ours.organisation):
        signed = SignOff.objects.get(stakeholder=house.ours.stakeholder)
    assert (len(signed.browser), signed.address) == (200, None)


def test_every_route_with_numbers_far_too_large(house: House) -> None:
    """25 digits are a number to an address, and to no row."""
    browser = house.browser("administrator")
    for path, pattern in matrix.patterns():
        if "<int:" in path:
            row = dict.fromkeys(re.findall(r"<int:(\w+)>", path), 10**25)
            for method in (browser.get, browser.post):
                assert method(address(str(pattern.name), house.ours, **row)).status_code in {404, 405}
