"""The mail carries the token; the database does not."""

import json
import re

import pytest
from django.apps import apps
from django.db import connection
from django_scopes import scope
from pytest_django import Settings

from accounts.links import hashed, token_for
from accounts.models import Invitation, Message
from tests.cast import NOW, Cast, make_pilot, make_stakeholder
from tests.links import newest_link


def whole_database() -> str:
    """Every row of every table, as text."""
    dumped = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{model._meta.db_table}" t')
            dumped += [row[0] for row in cursor.fetchall()]
    return "\n".join(dumped)


def token_in(message: Message) -> str:
    found = re.search(r"/(?:s|invitation)/([\w-]{43})/", str(message.as_email().body))
    assert found, message.as_email().body
    return found.group(1)


def test_an_invitation_s_token_stands_nowhere(cast: Cast) -> None:
    Invitation.objects.invite(
        cast.organisation, email="new@northwind.example", role="viewer", by=cast.administrator, at=NOW
    )
    token = token_in(Message.objects.get())
    invited = Invitation.objects.by_token(token, NOW)
    assert invited is not None
    assert invited.email == "new@northwind.example"
    rows = whole_database()
    assert "new@northwind.example" in rows
    assert token not in rows


def test_a_stakeholder_s_token_stands_nowhere(cast: Cast) -> None:
    with scope(organisation=cast.organisation):
        stakeholder = make_stakeholder(cast, make_pilot(cast))
        stakeholder.ask_the_question(by=cast.manager, at=NOW)
        link = newest_link(stakeholder)
    token = token_in(Message.objects.get(to=stakeholder.email))
    assert hashed(token) == link.token_hash
    assert token not in whole_database()


def test_what_stands_there_opens_nothing_without_the_key(settings: Settings) -> None:
    token = token_for("stakeholder", "a" * 32)
    settings.LINK_KEY = "another key"
    assert token_for("stakeholder", "a" * 32) != token


def test_a_token_opens_one_thing_for_one_purpose() -> None:
    keys = ["a" * 32, "b" * 32]
    tokens = {token_for(purpose, key) for purpose in ("stakeholder", "invitation") for key in keys}
    assert len(tokens) == 4
    assert json.dumps(sorted(map(len, tokens))) == "[43, 43, 43, 43]"


@pytest.mark.parametrize("visitor", ["", "x", "é", "\udcff", "\0", "a" * 10_000])
def test_any_text_may_come_as_a_token(db: None, visitor: str) -> None:
    assert Invitation.objects.by_token(visitor, NOW) is None
