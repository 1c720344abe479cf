"""Every route × method × caller answers as ``docs/access.md`` says, and nobody who is refused changes anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.test import override_settings
from django.urls import reverse

from accounts.models.organisation import RESERVED_SLUGS
from tests.access import matrix
from tests.access.house import (
    CALLERS,
    MEMBERS,
    VISITS,
    Form,
    House,
    address,
    changes_noted,
    form_of,
    outcome,
    send,
)
from tests.pages.page import NO_PAGE, SHOWS_ALL, faults_of, headers_missing, links_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_route")]

# What mail programs post to by themselves (RFC 8058), and what believes a signature alone.
WITHOUT_TOKEN = {"unsubscribe", "demo_posts"}


@pytest.fixture(autouse=True)
def as_in_a_demonstration(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its feed has something to say, too."""
    monkeypatch.setattr("config.demo.series.feed", lambda name, until: [])
    cache.clear()


@contextmanager
def nothing_drawn() -> Iterator[None]:
    """Where only the answer counts: its page, or the slides that it is, are not made."""
    with (
        patch("django.template.backends.django.Template.render", lambda *given, **named: ""),
        patch("pilots.slides.deck.Deck.write", lambda *given, **named: b""),
    ):
        yield


def test_each_route_and_method_has_one_row() -> None:
    routes = {pattern.name for _path, pattern in matrix.patterns()}
    assert None not in routes, "an address without a name"
    wanted = sorted((route, method) for route in routes for method in matrix.METHODS)
    assert sorted((row.route, row.method) for row in matrix.rows()) == wanted


def test_the_columns_are_the_callers() -> None:
    assert matrix.heading_of_the_matrix() == ["Route", "Method", "Verb", *CALLERS, "token"]


def test_each_row_names_the_verb_that_the_view_asks_for() -> None:
    asked = {
        pattern.name: str(getattr(pattern.callback, "verb", "-")) for _path, pattern in matrix.patterns()
    }
    assert {row.route: row.verb for row in matrix.rows()} == asked


def test_an_address_below_an_organisation_asks_for_a_verb() -> None:
    open_to_all = [
        path
        for path, pattern in matrix.patterns()
        if path.startswith("<slug:org>/") and not hasattr(pattern.callback, "verb")
    ]
    assert open_to_all == []


def test_first_words_of_addresses_cannot_be_an_organisation() -> None:
    first = {path.split("/")[0] for path, _pattern in matrix.patterns()}
    assert first - {"", "<slug:org>"} <= RESERVED_SLUGS


@pytest.mark.parametrize("verb", sorted({row.verb for row in matrix.rows()}))
def test_answers(house: House, verb: str) -> None:
    """But for those that ``test_twice.py`` asks for, with what they leave."""
    found, right = {}, {}
    for row in matrix.rows():
        if row.verb == verb:
            path, form = address(row.route, house.ours), form_of(row.route, house.ours)
            callers = [caller for caller in CALLERS if caller != row.writer]
            right[str(row)] = {caller: (row.answers[caller], []) for caller in callers}
            found[str(row)] = {caller: _answer(house, row, caller, path, form) for caller in callers}
    assert found == right


def _answer(house: House, row: matrix.Row, caller: str, path: str, form: Form) -> tuple[str, list[str]]:
    """The cell, and what is wrong with the answer: a page that is shown keeps to the house's rules, too.

    What is no such page is made once, for the first who is let in.
    """
    is_page = row.route not in {*NO_PAGE, SHOWS_ALL}
    is_made = is_page or caller == next((one for one in CALLERS if row.answers[one] == "200"), caller)
    with changes_noted() as changes, nullcontext() if is_made else nothing_drawn():
        response = send(house.browser(caller), row.method, path, form)
    answer, faults = outcome(response), []
    if (row.route, answer) != (
        "content_file",
        "200",
    ):  # it has a policy of its own: tests/pilots/test_uploads.py
        faults += headers_missing(response)
    if row.method == "GET" or answer in {"302 sign-in", "403", "404", "405"}:
        faults += changes
    if (row.method, answer) == ("GET", "200"):
        _opened[caller, path] = links_in(response)
        if is_page:
            faults += faults_of(response)
    return answer, faults


# Caller and path of the pages that ``test_answers`` was shown, with their links.
_opened: Final[dict[tuple[str, str], list[str]]] = {}


def test_links_lead_to_pages_that_are_there(house: House) -> None:
    """Whatever a page offers to somebody, they may open; nobody is sent to a page that is not for their role.

    A manager opens every page, but each kind of source and of download once; the others each pilot's own page and, of other
    kinds of pages, one. What was opened above is not opened again.
    """
    faults = []
    for caller in MEMBERS:
        browser, seen, kinds_seen = house.browser(caller), set[str](), set[str]()
        known = {_kind(path): path for who, path in _opened if who == caller}
        todo = [reverse(name, args=[house.ours.slug]) for name in ("pilots", "outcomes", "home")]
        while todo:
            path = todo.pop()
            kind = _kind(path)
            if _ONCE.search(kind) or (caller != "manager" and not kind.endswith("/pilots/N/")):
                if kind in kinds_seen:
                    continue
                path = known.get(kind, path)
            if path in seen or path.startswith("/accounts/logout"):
                continue
            seen.add(path)
            kinds_seen.add(kind)
            if (caller, path) in _opened:
                todo += _opened[caller, path]
                continue
            response = browser.get(path)
            if response.status_code == 302 and not path.startswith(f"/{house.ours.slug}/"):
                continue  # the start page and the sign-in page send members on
            if response.status_code == 200:
                todo += links_in(response)
            else:
                faults.append(f"{caller}: {path} answers {response.status_code}")
        assert len(seen) > 10
    assert "\n".join(faults) == ""


_ONCE: Final = re.compile(r"/(source|evidence|files)/")


def _kind(path: str) -> str:
    return re.sub(r"\d+", "N", path)


def test_head_answers_as_get_without_the_page(house: House) -> None:
    """As GET answers a manager, by the same table. What nobody is sent is not drawn here."""
    found, right = {}, {}
    for row in matrix.rows():
        if row.method == "GET":
            path = address(row.route, house.ours)
            with changes_noted() as changes, nothing_drawn():
                head = house.browser("manager").head(path)
            found[row.route] = (outcome(head), head.content, changes)
            right[row.route] = (row.answers["manager"], b"", [])
    assert found == right


def test_other_methods_change_nothing(house: House) -> None:
    answers, paths = {}, {route: address(route, house.ours) for route in VISITS}
    with changes_noted() as changes:
        for route, path in paths.items():
            browser = house.browser("administrator")
            for method in ("PUT", "PATCH", "DELETE", "TRACE"):
                answers[method, route] = outcome(send(browser, method, path))
    assert changes == []
    assert [asked for asked, answer in answers.items() if answer.startswith("5")] == []
    ours = {asked: answer for asked, answer in answers.items() if not asked[1].startswith("account_")}
    assert ours == dict.fromkeys(ours, "405")


def test_a_post_without_the_forms_token_is_refused(house: House) -> None:
    """By nothing but the token: the caller may do all of it, and the form is right."""
    found = {}
    for row in matrix.rows():
        if row.method == "POST" and row.route not in WITHOUT_TOKEN:
            able = (caller for caller in reversed(CALLERS) if row.answers[caller] == "302")
            browser = house.browser(next(able, "administrator"), enforce_csrf_checks=True)
            path, form = address(row.route, house.ours), form_of(row.route, house.ours)
            with changes_noted() as changes:
                answer = browser.post(path, form)
            found[row.route] = (answer.status_code, changes)
    assert found == dict.fromkeys(found, (403, []))
    assert set(found) == set(VISITS) - WITHOUT_TOKEN


def test_a_demonstrations_pages_are_not_there_otherwise(house: House) -> None:
    with override_settings(ROOT_URLCONF="config.urls"):
        answers = [
            house.browser("administrator").get(path).status_code
            for path in ("/demo/mail/", "/demo/feed/x.json")
        ]
    assert answers == [404, 404]
