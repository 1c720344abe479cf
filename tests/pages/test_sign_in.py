"""Signing in and out, where each role lands, and when a session ends."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Role
from tests.access.house import Answered
from tests.cast import NOW, PASSWORD, Cast, make_cast
from tests.pages.page import faults_of, headers_missing

pytestmark = pytest.mark.usefixtures("monday")

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def nobody_was_here(db: None) -> None:
    cache.clear()


def sign_in(browser: Client, login: str, password: str = PASSWORD, path: str = LOGIN) -> Answered:
    return browser.post(path, {"login": login, "password": password})


@pytest.mark.parametrize(
    ("role", "landing"),
    [("administrator", "/northwind/"), ("manager", "/northwind/"), ("reviewer", "/northwind/reviews/"), ("viewer", "/northwind/outcomes/")],
)  # fmt: skip
def test_each_role_lands_where_it_works(cast: Cast, role: str, landing: str) -> None:
    browser = Client()
    response = sign_in(browser, cast.in_role(role).email)
    assert response["Location"] == "/"
    assert browser.get("/")["Location"] == landing
    assert browser.get(landing).status_code == 200


def test_the_address_may_be_typed_in_capitals(cast: Cast) -> None:
    assert sign_in(Client(), f" {cast.manager.email.upper()} ").status_code == 302


@pytest.mark.usefixtures("contexts")
def test_a_wrong_password_and_an_unknown_address_say_the_same(cast: Cast) -> None:
    wrong = sign_in(Client(), cast.manager.email, "not my password")
    unknown = sign_in(Client(), "mio@northwind.example", "not my password")
    assert [wrong.status_code, unknown.status_code] == [200, 200]
    said = [response.context["form"].errors.as_text() for response in (wrong, unknown)]
    assert said[0] == said[1] != ""
    assert "not my password" not in wrong.content.decode()
    assert cast.manager.email in wrong.content.decode()


def test_in_two_organisations_one_chooses(cast: Cast) -> None:
    other = make_cast("southwind")
    other.organisation.admit(cast.viewer, Role.MANAGER, by=other.administrator.actor, at=NOW)
    browser = Client()
    browser.force_login(cast.viewer)
    page = browser.get("/").content.decode()
    assert "/northwind/outcomes/" in page
    assert "/southwind/" in page


def test_who_belongs_nowhere_is_told_so(cast: Cast) -> None:
    cast.organisation.memberships.get(person=cast.viewer).end(by=cast.administrator, at=NOW)
    browser = Client()
    browser.force_login(cast.viewer)
    assert "belong to no organisation yet" in browser.get("/").content.decode()


def test_one_is_sent_back_to_where_one_was_going(cast: Cast) -> None:
    browser = Client()
    asked = browser.get("/northwind/metrics/?x=1")
    assert asked["Location"] == "/accounts/login/?next=/northwind/metrics/%3Fx%3D1"
    assert (
        sign_in(browser, cast.viewer.email, path=asked["Location"])["Location"] == "/northwind/metrics/?x=1"
    )


def test_a_button_that_was_pressed_too_late_leads_to_a_page(cast: Cast) -> None:
    """The session was over: after signing in, one is not sent to an address that takes no visit."""
    browser = Client()
    asked = browser.post("/northwind/people/invitations/")
    assert asked["Location"] == "/accounts/login/?next=/northwind/"
    assert browser.post("/northwind/settings/")["Location"] == "/accounts/login/?next=/northwind/settings/"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "\0",
    ],
)
def test_nobody_is_sent_elsewhere(cast: Cast, elsewhere: str) -> None:
    browser = Client()
    response = browser.post(LOGIN, {"login": cast.viewer.email, "password": PASSWORD, "next": elsewhere})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_signing_in_makes_a_new_session(cast: Cast) -> None:
    browser = Client()
    browser.get(LOGIN)
    session = browser.session
    session["kept"] = "by somebody who gave me this cookie"
    session.save()
    before = session.session_key
    response = sign_in(browser, cast.viewer.email)
    cookie = response.cookies["sessionid"]
    assert cookie.value not in {"", before}
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_signing_out_asks_first_and_ends_the_session(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.viewer)
    assert browser.get("/accounts/logout/").status_code == 200
    assert browser.get("/northwind/outcomes/").status_code == 200
    key = browser.session.session_key
    assert browser.post("/accounts/logout/")["Location"] == LOGIN
    assert browser.get("/northwind/outcomes/").status_code == 302
    browser.cookies["sessionid"] = str(key)
    assert browser.get("/northwind/outcomes/").status_code == 302


def test_nobody_signs_up(cast: Cast) -> None:
    browser = Client()
    form = {"email": "me@elsewhere.example", "password1": PASSWORD, "password2": PASSWORD}
    for response in (browser.get("/accounts/signup/"), browser.post("/accounts/signup/", form)):
        assert response.status_code == 200
        assert "Pilotlight is by invitation." in response.content.decode()
    assert not type(cast.viewer).objects.filter(email="me@elsewhere.example").exists()


# --- too many tries ------------------------------------------------------------------------------------


def test_after_five_wrong_passwords_even_the_right_one_waits(cast: Cast) -> None:
    for number in range(5):
        assert sign_in(Client(), cast.manager.email, f"guess {number}").status_code == 200
    browser = Client()
    refused = sign_in(browser, cast.manager.email)
    assert refused.status_code != 302
    assert "Too many failed login attempts" in refused.content.decode()
    assert browser.get("/northwind/").status_code == 302
    # Others are not locked out with them.
    assert sign_in(Client(), cast.viewer.email).status_code == 302


def test_who_forges_where_they_come_from_is_counted_all_the_same(cast: Cast) -> None:
    answers = [
        Client(headers={"x-forwarded-for": f"198.51.100.{number}"}).post(
            LOGIN, {"login": f"p{number}@northwind.example", "password": "guess"}
        )
        for number in range(31)
    ]
    assert answers[-1].status_code == 429
    assert (faults_of(answers[-1]), headers_missing(answers[-1])) == ([], [])


# --- when it ends ---------------------------------------------------------------------------------------


@pytest.fixture
def browser(cast: Cast) -> Client:
    browser = Client()
    browser.force_login(cast.manager)
    assert browser.get("/northwind/pilots/new/").status_code == 200
    return browser


def test_a_membership_that_ended_ends_with_the_next_request(cast: Cast, browser: Client) -> None:
    cast.organisation.memberships.get(person=cast.manager).end(by=cast.administrator, at=NOW)
    assert browser.get("/northwind/pilots/new/").status_code == 404
    assert browser.post("/northwind/pilots/new/", {"title": "T", "problem": "P"}).status_code == 404


def test_a_role_that_changed_holds_from_the_next_request(cast: Cast, browser: Client) -> None:
    cast.organisation.memberships.get(person=cast.manager).change_role(
        "viewer", by=cast.administrator, at=NOW
    )
    assert browser.get("/northwind/pilots/new/").status_code == 403
    assert browser.get("/northwind/pilots/").status_code == 200


def test_an_account_that_was_closed_is_signed_out(cast: Cast, browser: Client) -> None:
    type(cast.manager).objects.filter(pk=cast.manager.pk).update(is_active=False)
    assert browser.get("/northwind/pilots/")["Location"].startswith(LOGIN)
    assert sign_in(Client(), cast.manager.email)["Location"] == "/accounts/inactive/"


def test_an_organisation_that_is_gone_is_none(cast: Cast, browser: Client) -> None:
    type(cast.organisation).objects.filter(pk=cast.organisation.pk).update(slug="gone")
    assert browser.get("/northwind/pilots/").status_code == 404


def test_a_new_password_ends_the_other_sessions(cast: Cast, browser: Client) -> None:
    here = Client()
    sign_in(here, cast.manager.email)
    form = {
        "oldpassword": PASSWORD,
        "password1": "quite another sentence",
        "password2": "quite another sentence",
    }
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert here.get("/northwind/pilots/").status_code == 200
    assert browser.get("/northwind/pilots/").status_code == 302


def test_a_session_of_two_weeks_is_over(cast: Cast, browser: Client, monday: object) -> None:
    import time_machine

    with time_machine.travel(NOW.replace(day=16), tick=False):
        assert browser.get("/northwind/pilots/").status_code == 302
