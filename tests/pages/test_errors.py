"""Answers that are not the page that was asked for: plain words, one next move, the headers of every page."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django_scopes import scope
from pytest_django import Settings

from pilots.models import Pilot
from tests.access.house import Answered
from tests.cast import Cast, make_measured_metric, make_pilot
from tests.pages.page import Page, faults_of, headers_missing

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def browser(cast: Cast) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.viewer)
    return browser


def is_a_page(response: Answered, status: int, heading: str) -> None:
    assert response.status_code == status
    assert Page(response.content).headings == [heading]
    assert (faults_of(response), headers_missing(response)) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere/",
        "/northwind/nowhere/",
        "/northwind/pilots/999/",
        "/southwind/pilots/",
        "/static/nowhere.css",
        "/robots.txt",
    ],
)
def test_404(browser: Client, path: str) -> None:
    is_a_page(browser.get(path), 404, "There is no such page.")


@pytest.mark.parametrize("number", ["9" * 25, "9" * 5000, "0", "00000000001x", "-1", "1.0", "٣"])
def test_404_for_numbers_that_no_row_has(browser: Client, number: str) -> None:
    for path in ("pilots/{}/", "metrics/{}/", "pilots/{}/content/{}/", "pilots/{}/plan-versions/{}/"):
        assert browser.get("/northwind/" + path.format(number, number)).status_code == 404


def test_403(browser: Client) -> None:
    is_a_page(browser.get("/northwind/settings/"), 403, "This page is not for your role.")


def test_403_for_a_form_without_its_token(cast: Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.manager)
    response = browser.post("/northwind/pilots/new/", {"title": "T", "problem": "P"})
    is_a_page(response, 403, "This form was open too long.")


def test_405(cast: Cast, browser: Client) -> None:
    """As for somebody whose session ended before they pressed the button: signing in leads back here."""
    browser.force_login(cast.manager)
    response = browser.get("/northwind/people/invitations/")
    assert response.status_code == 403
    browser.force_login(cast.administrator)
    response = browser.get("/northwind/people/invitations/")
    is_a_page(response, 405, "There is nothing to read here.")
    assert response["Allow"] == "POST"
    assert "/northwind/people/" in Page(response.content).addresses


def test_405_for_whoever_came_by_a_link_and_for_no_program(browser: Client) -> None:
    path = f"/s/{uuid4()}/"
    response = browser.get(f"{path}sign-off/")
    is_a_page(response, 405, "There is nothing to read here.")
    assert path in Page(response.content).addresses
    assert browser.get(f"{path}sign-off/", headers={"accept": "application/json"}).content == b""
    assert browser.head(f"{path}sign-off/").content == b""


@pytest.mark.usefixtures("contexts")
def test_409_for_two_people_at_once(scoped: Cast, browser: Client) -> None:
    """Both texts are there: what was typed in the field, what somebody else saved beside it."""
    pilot = make_pilot(scoped)
    browser.force_login(scoped.manager)
    form = {"title": "Mine", "problem": "My words.", "version": pilot.version}
    other = {"title": "Theirs", "problem": "Their words.", "version": pilot.version}
    path = f"/northwind/pilots/{pilot.pk}/problem/"
    assert browser.post(path, other).status_code == 302
    response = browser.post(path, form)
    assert response.status_code == 409
    assert faults_of(response) == []
    page = response.content.decode()
    assert "It now says: Theirs" in page
    assert 'value="Mine"' in page
    assert "My words." in page
    # Saved once more, after comparing, it goes through.
    version = response.context["form"].data["version"]
    assert browser.post(path, {**form, "version": version}).status_code == 302
    pilot.refresh_from_db()
    assert pilot.title == "Mine"


def test_409_for_a_lock_that_is_not_to_be_had(
    scoped: Cast, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilot = make_pilot(scoped)
    browser.force_login(scoped.manager)

    def somebody_holds_it(*args: object, **kwargs: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'canceling statement' USING ERRCODE = 'lock_not_available'; END $$"
            )

    monkeypatch.setattr(Pilot, "change_plan", somebody_holds_it)
    form = {"title": "Mine", "problem": "My words.", "version": pilot.version}
    with transaction.atomic():
        response = browser.post(f"/northwind/pilots/{pilot.pk}/problem/", form)
        transaction.set_rollback(True)
    is_a_page(response, 409, "Somebody was faster.")


def test_413_for_a_file_that_is_too_large(cast: Cast, browser: Client, settings: Settings) -> None:
    """Refused for the length that the browser tells, before any of it is received."""
    settings.UPLOAD_MAX_SIZE = 2000
    with scope(organisation=cast.organisation):
        metric = make_measured_metric(cast)
    browser.force_login(cast.manager)
    path = f"/northwind/metrics/{metric.pk}/source/file/"
    response = browser.post(path, {"upload": SimpleUploadedFile("values.csv", b"x" * 2000)})
    is_a_page(response, 413, "That is too large.")
    small = browser.post(path, {"upload": SimpleUploadedFile("values.csv", b"x")})
    assert small.status_code == 422


def test_413_for_a_body_that_is_too_large(cast: Cast, browser: Client) -> None:
    browser.force_login(cast.manager)
    response = browser.post(
        "/northwind/pilots/new/",
        b"title=" + b"x" * 1_100_000,
        content_type="application/x-www-form-urlencoded",
    )
    is_a_page(response, 413, "That is too large.")


def test_400_for_too_many_fields(cast: Cast, browser: Client) -> None:
    browser.force_login(cast.manager)
    body = "&".join(f"f{number}=1" for number in range(600))
    response = browser.post("/northwind/pilots/new/", body, content_type="application/x-www-form-urlencoded")
    is_a_page(response, 400, "The request could not be read.")


def test_400_for_another_host(browser: Client) -> None:
    assert browser.get("/", headers={"host": "elsewhere.example"}).status_code == 400


def test_500_says_so_and_says_nothing_else(
    cast: Cast, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the secret is 12345")

    monkeypatch.setattr("pilots.views.executive.delivered_page", break_down)
    response = browser.get("/northwind/outcomes/")
    is_a_page(response, 500, "Something broke on our side.")
    assert b"12345" not in response.content
    assert b"Traceback" not in response.content


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "405", "409", "413", "429", "500", "503"])
def test_each_page_for_an_error_can_be_drawn_without_anything(name: str) -> None:
    request = RequestFactory().get("/")
    page = Page(render_to_string(f"{name}.html", {"request": request}).encode())
    assert list(page.faults()) == []
    assert page.buttons == 1
