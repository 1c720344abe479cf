"""Every route × method × caller answers as ``docs/access.md`` says, and nobody who is refused changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import Event
from accounts.models.organisation import RESERVED_SLUGS
from tests.access import matrix
from tests.access.house import CALLERS, VISITS, House, address, form_of, outcome, send

pytestmark = pytest.mark.django_db

# What mail programs post to by themselves (RFC 8058), and what believes a signature alone.
WITHOUT_TOKEN = {"unsubscribe", "demo_posts"}
# Sessions, the counters of rate limits and how often a link was looked at say who called, not what was changed.
_NO_CHANGE = ('"django_session"', '"cache"', '"pilots_sharedlink" SET "views"')


@pytest.fixture(autouse=True)
def as_in_a_demonstration(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All routes are there, those of a demonstration too, and its feed has something to say."""
    monkeypatch.setattr("config.demo.series.feed", lambda name, until: [])
    cache.clear()
    with override_settings(ROOT_URLCONF=matrix.urls_of_a_demonstration()):
        yield


@contextmanager
def put_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


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


@pytest.mark.parametrize("row", matrix.rows(), ids=str)
def test_answers(house: House, row: matrix.Row) -> None:
    answers = {caller: _answer(house, row, caller) for caller in CALLERS}
    assert answers == {caller: row.answers[caller] for caller in CALLERS}


def _answer(house: House, row: matrix.Row, caller: str) -> str:
    path, form = address(row.route, house.ours), form_of(row.route, house.ours)
    with put_back():
        events = Event.objects.count()
        with CaptureQueriesContext(connection) as queries:
            answer = outcome(send(house.browser(caller), row.method, path, form))
        changes = [query["sql"] for query in queries if _changes(query["sql"])]
        if row.method == "GET" or answer in {"302 sign-in", "403", "404", "405"}:
            assert (changes, Event.objects.count()) == ([], events), caller
    return answer


def _changes(sql: str) -> bool:
    return sql.startswith(("INSERT", "UPDATE", "DELETE")) and not any(name in sql for name in _NO_CHANGE)


@pytest.mark.parametrize("route", sorted(VISITS))
def test_head_answers_as_get_without_the_page(house: House, route: str) -> None:
    path = address(route, house.ours)
    with put_back():
        get, head = house.browser("manager").get(path), house.browser("manager").head(path)
    assert (outcome(head), head.content) == (outcome(get), b"")


@pytest.mark.parametrize("route", sorted(VISITS))
def test_other_methods_change_nothing(house: House, route: str) -> None:
    path, browser = address(route, house.ours), house.browser("administrator")
    with put_back(), CaptureQueriesContext(connection) as queries:
        answers = {
            method: outcome(send(browser, method, path)) for method in ("PUT", "PATCH", "DELETE", "TRACE")
        }
    assert [query["sql"] for query in queries if _changes(query["sql"])] == []
    if not route.startswith("account_"):
        assert set(answers.values()) == {"405"}
    assert not [answer for answer in answers.values() if answer.startswith("5")]


@pytest.mark.parametrize("route", sorted(set(VISITS) - WITHOUT_TOKEN))
def test_a_post_without_the_forms_token_is_refused(house: House, route: str) -> None:
    """By nothing but the token: the caller may do all of it, and the form is right."""
    row = next(row for row in matrix.rows() if (row.route, row.method) == (route, "POST"))
    caller = next((caller for caller in reversed(CALLERS) if row.answers[caller] == "302"), "administrator")
    path, form = address(route, house.ours), form_of(route, house.ours)
    with put_back(), CaptureQueriesContext(connection) as queries:
        answer = house.browser(caller, enforce_csrf_checks=True).post(path, form)
    assert answer.status_code == 403
    assert [query["sql"] for query in queries if _changes(query["sql"])] == []


def test_a_demonstrations_pages_are_not_there_otherwise(house: House) -> None:
    with override_settings(ROOT_URLCONF="config.urls"):
        answers = [
            house.browser("administrator").get(path).status_code
            for path in ("/demo/mail/", "/demo/feed/x.json")
        ]
    assert answers == [404, 404]
