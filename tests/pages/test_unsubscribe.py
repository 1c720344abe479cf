"""One click ends a mail: by the mail program alone, without cookies, and never by a scanner that opens links."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.links import signed_for
from accounts.models import Membership, Message, Preference
from tests.cast import NOW, Cast

pytestmark = pytest.mark.usefixtures("monday", "bell")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def mine(cast: Cast) -> Membership:
    return cast.organisation.memberships.get(person=cast.manager)


@pytest.fixture
def message(cast: Cast, mine: Membership) -> Message:
    context = {
        "title": "Two things",
        "organisation": "Northwind",
        "pilots": [],
        "choice_url": "",
        "all_url": "",
    }
    return Message.objects.queue(
        "news", to="mia@northwind.example", at=NOW, context=context, organisation=cast.organisation, mail_list=f"{mine.pk}:news"
    )  # fmt: skip


def browser() -> Client:
    return Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=True)


def left(mine: Membership) -> bool:
    return Preference.objects.filter(membership=mine, left_news_at__isnull=False).exists()


def test_the_header_leads_there_and_one_post_does_it(message: Message, mine: Membership) -> None:
    letter = message.as_email().message()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(http\S+)>", letter["List-Unsubscribe"])
    assert found
    path = urlsplit(found[1]).path
    body = letter.get_body(("plain",))
    assert body
    assert found[1] in str(body.get_content())
    assert browser().post(path, ONE_CLICK).status_code == 200
    assert left(mine)
    assert Preference.objects.get(membership=mine).places_of("digest") == ["mail"]


def test_opening_it_changes_nothing(message: Message, mine: Membership) -> None:
    path = urlsplit(message.unsubscribe_address()).path
    for _scanner in range(3):
        page = browser().get(path)
        browser().head(path)
    assert page.status_code == 200
    assert "No more of these mails" in page.content.decode()
    assert not left(mine)


def test_a_slip_is_undone_on_the_page(message: Message, mine: Membership) -> None:
    path = urlsplit(message.unsubscribe_address()).path
    assert "Done." in browser().post(path, ONE_CLICK).content.decode()
    browser().post(path, {"again": "1"})
    assert not left(mine)


def test_an_address_that_we_did_not_sign_does_nothing(mine: Membership) -> None:
    right = signed_for("unsubscribe", f"{mine.pk}:news")
    wrong = [right[:-1], right.replace(f"{mine.pk}:", f"{mine.pk + 1}:"), "x", signed_for("other", f"{mine.pk}:news"),
             signed_for("unsubscribe", f"{mine.pk}:everything"), signed_for("unsubscribe", "0:news")]  # fmt: skip
    assert {browser().post(f"/u/{token}/", ONE_CLICK).status_code for token in wrong} == {404}
    assert not left(mine)


def test_a_mail_that_somebody_asked_for_has_no_such_header(cast: Cast) -> None:
    message = Message.objects.queue("password_reset", to="mia@northwind.example", at=NOW, context={})
    assert message.as_email().message()["List-Unsubscribe"] is None
