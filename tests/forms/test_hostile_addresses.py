"""Hostile texts where no form stands before them: in addresses, queries, cookies and headers. Never a 500."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client
from django_scopes import scope

from pilots.models import SignOff
from tests.access import matrix
from tests.access.house import Answered, House, address, form_of
from tests.forms.hostile import LIVE, TEXTS

pytestmark = pytest.mark.django_db

QUERIES = ["q", "stage", "flagged", "page", "next"]


def test_in_a_query(house: House) -> None:
    """Each text by each name; by all at once where no list is narrowed. Pages that look at no query are asked once, with all."""
    texts = {called: quote_from_bytes(text) for called, text in TEXTS.items()}
    each = {called: [f"{name}={text}" for name in QUERIES] for called, text in texts.items()}
    whole = ["&".join(queries) for queries in each.values()]
    asked = {
        "pilots": [
            *whole,
            *(one for queries in each.values() for one in queries if not one.startswith("next")),
        ],
        "outcomes": whole,
        "account_login": whole,
        "metric": ["&".join(whole)],
        "start": ["&".join(whole)],
    }
    faults = []
    for route, queries in asked.items():
        path = address(route, house.ours)
        browser = house.browser("anonymous" if route == "account_login" else "manager")
        for query in queries:
            faults += _faults(browser.get(f"{path}?{query}"), {200, 302}, query)
    assert faults == []


def _faults(response: Answered, statuses: set[int], asked: str) -> list[str]:
    live = [f"{asked}: shown alive: {live!r}" for live in LIVE if live in response.content]
    return live if response.status_code in statuses else [f"{asked}: {response.status_code}", *live]


def test_in_an_address(house: House) -> None:
    browser, faults = house.browser("manager"), []
    for text in (quote_from_bytes(text, safe="") for text in TEXTS.values() if text):
        for path in (
            f"/s/{text}/", f"/s/{text}/answer/", f"/accounts/invitation/{text}/", f"/accounts/password/reset/key/{text}-{text}/",
            f"/{text}/pilots/", f"/northwind/{text}/", f"/northwind/pilots/{text}/", f"/northwind/metrics/{text}/source/{text}/",
            f"/{text}",
        ):  # fmt: skip
            faults += _faults(browser.get(path), {200, 301, 302, 404}, path)
    assert faults == []


def test_in_headers_and_cookies(house: House) -> None:
    """As a server hands them on: bytes read as Latin-1."""
    answers, names = {}, ("sessionid", "csrftoken", "messages", f"link_{house.ours.question_link.key.hex}")
    for called in TEXTS.keys() - {"second header", "NUL"}:
        text = TEXTS[called].decode("latin-1")
        headers = {
            "user-agent": text, "accept-language": text, "referer": text, "x-forwarded-for": text, "x-request-id": text,
            "hx-request": text or "true", "hx-current-url": text, "hx-target": text, "hx-trigger": text, "hx-prompt": text,
        }  # fmt: skip
        for caller, route in (("manager", "pilots"), ("manager", "metric"), ("link holder", "stakeholder")):
            response = house.browser(caller).get(address(route, house.ours), headers=headers)
            answers[called, route] = response.status_code
        stranger = Client(headers=headers)
        for name in names:
            stranger.cookies[name] = text
        for route in ("start", "pilots", "stakeholder", "account_login"):
            assert stranger.get(address(route, house.ours)).status_code in {200, 302, 401, 404}, (
                called,
                route,
            )
    assert answers == dict.fromkeys(answers, 200)


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
