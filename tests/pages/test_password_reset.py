"""A forgotten password: a link by mail, once. The mail waits in the outbox, like every other."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Job, Message
from tests.cast import NOW, PASSWORD, Cast, job_of

pytestmark = pytest.mark.usefixtures("monday")

RESET = "/accounts/password/reset/"
NEW = "quite another sentence"


@pytest.fixture(autouse=True)
def nobody_was_here(db: None) -> None:
    cache.clear()


def asked_for(email: str) -> str:
    """The path of the link in the mail that came."""
    assert Client().post(RESET, {"email": email})["Location"] == "/accounts/password/reset/done/"
    letter = the_letter()
    (path,) = re.findall(r"https?://[^/\s]+(/\S+)", str(letter.body))
    return str(path)


def the_letter() -> mail.EmailMessage:
    """Nothing is sent while the page waits; the worker sends it."""
    assert mail.outbox == []
    message = Message.objects.get()
    assert job_of(Job.Kind.DELIVER, message.pk).due_at == NOW
    message.deliver(at=NOW)
    (letter,) = mail.outbox
    return letter


def test_the_link_in_the_mail_sets_a_new_password(cast: Cast) -> None:
    browser = Client()
    form = browser.get(asked_for(cast.viewer.email))
    assert browser.get(form["Location"]).status_code == 200
    done = browser.post(form["Location"], {"password1": NEW, "password2": NEW})
    assert done["Location"] == "/accounts/password/reset/key/done/"
    assert browser.get(done["Location"]).status_code == 200
    assert (
        Client().post("/accounts/login/", {"login": cast.viewer.email, "password": PASSWORD}).status_code
        == 200
    )
    assert Client().post("/accounts/login/", {"login": cast.viewer.email, "password": NEW}).status_code == 302


def test_the_mail_goes_to_its_owner_and_speaks_of_pilotlight(cast: Cast) -> None:
    asked_for(cast.viewer.email.upper())
    (letter,) = mail.outbox
    assert isinstance(letter, mail.EmailMultiAlternatives)
    assert "Choose a new password" in str(letter.alternatives[0].content)
    assert letter.to == [cast.viewer.email]
    assert "Pilotlight" in str(letter.body) + str(letter.subject)
    assert PASSWORD not in str(letter.body)


def test_the_link_works_once(cast: Cast) -> None:
    path, browser = asked_for(cast.viewer.email), Client()
    form = browser.get(path)["Location"]
    browser.post(form, {"password1": NEW, "password2": NEW})
    page = Client().get(path)
    assert (page.status_code, "This link no longer works." in page.content.decode()) == (200, True)
    again = browser.post(form, {"password1": "a third sentence", "password2": "a third sentence"})
    assert again.status_code == 200
    assert Client().post("/accounts/login/", {"login": cast.viewer.email, "password": NEW}).status_code == 302


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path[:-2] + "/",
        lambda path: path.upper().replace("/ACCOUNTS/PASSWORD/RESET/KEY", "/accounts/password/reset/key"),
    ],
)
def test_a_spoilt_link_says_so(cast: Cast, spoil: object) -> None:
    path = spoil(asked_for(cast.viewer.email))  # type: ignore[operator]
    assert "This link no longer works." in Client().get(path).content.decode()


def test_an_unknown_address_is_told_the_same(cast: Cast) -> None:
    known = Client().post(RESET, {"email": cast.viewer.email}, follow=True)
    unknown = Client().post(RESET, {"email": "nobody@elsewhere.example"}, follow=True)
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_nobody_writes_to_strangers_through_us(cast: Cast) -> None:
    """Whoever types an address that we do not know must not make us send a mail there."""
    Client().post(RESET, {"email": "nobody@elsewhere.example"})
    message = Message.objects.get()
    assert "elsewhere" not in f"{message.to}{message.context}{message.link}"
    message.deliver(at=NOW)
    assert mail.outbox == []
    message.refresh_from_db()
    assert message.sent_at == NOW


def test_an_unknown_address_takes_the_same_work(cast: Cast) -> None:
    """The same statements in the same order: what is measured in time alone is measured by noise."""
    asked = []
    for email in (cast.viewer.email, "nobody@elsewhere.example"):
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            Client().post(RESET, {"email": email})
        asked.append(
            [
                query["sql"].split(" WHERE ")[0][:60]
                for query in queries
                if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
            ]
        )
    known, unknown = asked
    assert known == unknown


def test_no_usable_link_stands_in_the_database(cast: Cast) -> None:
    path = asked_for(cast.viewer.email)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(m::text, '') FROM accounts_message m")
        (row,) = cursor.fetchone()
    assert path.rsplit("-", 1)[-1].strip("/") not in row


def test_a_weak_password_is_refused_beside_its_field(cast: Cast) -> None:
    browser = Client()
    form = browser.get(asked_for(cast.viewer.email))["Location"]
    for weak in ("short", "password", cast.viewer.email):
        page = browser.post(form, {"password1": weak, "password2": weak})
        assert page.status_code == 200
        assert b"id_password1_error" in page.content or b"id_password2_error" in page.content


def test_asking_again_and_again_is_slowed_down(cast: Cast) -> None:
    answers = [Client().post(RESET, {"email": cast.viewer.email}).status_code for _time in range(7)]
    assert answers[:5] == [302] * 5
    assert answers[-1] == 429
    assert Message.objects.count() <= 5
