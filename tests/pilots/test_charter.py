"""The AI charter: versioned words, today's records, read by everybody and acknowledged by members."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from pilots.charter_page import charter_path
from pilots.errors import RefusedError
from pilots.models import Acknowledgement, Charter, LearnerData
from tests.access.house import CHARTER
from tests.cast import NOW, Cast, make_cast, make_pilot

pytestmark = pytest.mark.usefixtures("monday", "bell")


def publish(cast: Cast, expected: int = 0, **said: str) -> Charter:
    return Charter.objects.publish(
        cast.organisation, expected=expected, by=cast.administrator, at=NOW, **{**CHARTER, **said}
    )


def page(cast: Cast, role: str, path: str = "/northwind/charter/") -> str:
    browser = Client()
    browser.force_login(cast.in_role(role))
    return browser.get(path).content.decode()


def test_each_change_is_a_version_and_the_same_words_are_none(scoped: Cast) -> None:
    first = publish(scoped)
    assert publish(scoped) == first
    second = publish(scoped, 1, limits="No grades.")
    assert (second.number, second.sha256 != first.sha256) == (2, True)
    with pytest.raises(RefusedError, match="Somebody else published a charter"):
        publish(scoped, 1, limits="No moods.")
    events = scoped.organisation.chain.events.filter(verb="charter.published").order_by("number")
    assert [event.facts for event in events] == [
        {"number": one.number, "sha256": one.sha256} for one in (first, second)
    ]


def test_a_version_stays_as_it_was_published(scoped: Cast) -> None:
    publish(scoped)
    for sql in ("UPDATE pilots_charter SET uses = 'Everything'", "DELETE FROM pilots_charter"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


def test_every_member_is_asked_once_a_version(scoped: Cast) -> None:
    charter = publish(scoped)
    landing = {"manager": "/northwind/", "reviewer": "/northwind/reviews/", "viewer": "/northwind/outcomes/"}
    for role, path in landing.items():
        assert "Version 1 of the AI charter waits for you." in page(scoped, role, path)
        browser = Client()
        browser.force_login(scoped.in_role(role))
        for _click in range(2):
            browser.post(f"/northwind/charter/{charter.number}/acknowledgement/")
        assert "charter waits for you" not in page(scoped, role, path)
    assert Acknowledgement.objects.count() == 3
    assert scoped.organisation.chain.events.filter(verb="charter.acknowledged").count() == 3

    second = publish(scoped, 1, limits="No grades.")
    assert "Version 2 of the AI charter waits for you." in page(scoped, "viewer", landing["viewer"])
    with pytest.raises(RefusedError, match="A newer charter"):
        charter.acknowledge(by=scoped.viewer, at=NOW)
    second.acknowledge(by=scoped.viewer, at=NOW)


def test_only_the_administrator_sees_who_has_read_it(scoped: Cast) -> None:
    publish(scoped).acknowledge(by=scoped.viewer, at=NOW)
    shown = page(scoped, "administrator")
    assert shown.count("not yet") == 3
    assert "1 June 2026" in shown
    assert "Who has read it" not in page(scoped, "manager")


def test_what_pilots_use_and_what_reviewers_ask_is_told_from_the_records(scoped: Cast) -> None:
    publish(scoped)
    assert "no learner data is used" in page(scoped, "viewer")
    pilot = make_pilot(scoped, "running")
    LearnerData.objects.update(access="Ada Berg and two coaches")
    shown = page(scoped, "viewer")
    assert "Call recordings" in shown
    assert "Ada Berg and two coaches" in shown
    assert pilot.title in shown
    assert "It is correct, and says where its facts come from." in shown


def test_everybody_reads_it_by_its_link_and_nobody_without(scoped: Cast) -> None:
    path = charter_path(scoped.organisation)
    assert Client().get(path).status_code == 404  # nothing is published yet
    publish(scoped)
    make_pilot(scoped, "running")
    LearnerData.objects.update(access="Ada Berg and two coaches")
    shown = Client().get(path).content.decode()
    assert "AI takes the typing" in shown
    assert "Ada Berg" not in shown
    assert "an administrator of learning and development and two coaches" in shown
    other = charter_path(make_cast("southwind").organisation)
    for spoilt in (path[:-2] + "/", other.replace(other.split(".")[0], path.split(".")[0]), "/l/charter/x/"):
        assert Client().get(spoilt).status_code == 404
