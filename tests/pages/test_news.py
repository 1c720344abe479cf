"""The page on which somebody says what they are told; channels, whose secret is shown once and whose address never again."""

from __future__ import annotations

import re
from datetime import time

import pytest
from django.test import Client

from accounts import clock
from accounts.models import Channel, Membership, Preference
from metrics import posting
from tests.cast import NOW, Cast

pytestmark = pytest.mark.usefixtures("monday", "bell")
NEWS = "/northwind/news/"
CHOICE = {
    "rhythm_flag": "daily", "rhythm_decision": "at_once", "rhythm_agreement": "never", "rhythm_review": "weekly",
    "rhythm_outcome": "never", "rhythm_check_in": "weekly", "rhythm_digest": "weekly", "quiet_from": "18:00", "quiet_until": "08:00", "time_zone": "Europe/Lisbon",
}  # fmt: skip


def browser(cast: Cast, role: str = "manager") -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(cast.in_role(role))
    return client


def member(cast: Cast, role: str = "manager") -> Membership:
    return cast.organisation.memberships.select_related("organisation").get(person=cast.in_role(role))


def channel_of(cast: Cast, name: str = "My Slack", *, own: bool = True) -> Channel:
    channel, _secret = Channel.objects.add(
        cast.organisation, kind="slack", name=name, url="https://hooks.slack.com/services/planted-secret",
        by=cast.manager, at=NOW, membership=member(cast) if own else None,
    )  # fmt: skip
    return channel


def test_it_says_what_somebody_is_told_and_keeps_what_they_choose(cast: Cast) -> None:
    mine = browser(cast)
    page = mine.get(NEWS).content.decode()
    assert (
        "At once: flags and decisions. Once a day: answers and signatures and items to review. On Mondays: the digest."
        in page
    )
    assert mine.post(NEWS, CHOICE).status_code == 302
    choice = Preference.objects.get(membership=member(cast))
    assert (choice.rhythm("flag"), choice.quiet_from, choice.zone.key) == ("daily", time(18), "Europe/Lisbon")
    assert "At once: decisions. Once a day: flags." in mine.get(NEWS).content.decode()


def test_each_role_sees_what_it_can_be_told_of(cast: Cast) -> None:
    shown = {
        role: set(re.findall(r'name="rhythm_(\w+)"', browser(cast, role).get(NEWS).content.decode()))
        for role in ("viewer", "reviewer")
    }
    assert shown == {"viewer": {"outcome", "digest"}, "reviewer": {"review", "outcome", "digest"}}


def test_with_a_channel_somebody_says_where(cast: Cast) -> None:
    channel, mine = channel_of(cast), browser(cast)
    assert "My Slack" in mine.get(NEWS).content.decode()
    everywhere = {f"places_{topic}": ["mail"] for topic in ("flag", "decision", "review", "digest")}
    refused = mine.post(NEWS, {**CHOICE, **everywhere, "places_flag": []})
    assert (refused.status_code, "Say where" in refused.content.decode()) == (422, True)
    assert mine.post(NEWS, {**CHOICE, **everywhere, "places_flag": [str(channel.pk)]}).status_code == 302
    assert Preference.objects.get(membership=member(cast)).places_of("flag") == [str(channel.pk)]


def test_a_secret_is_shown_once_and_an_address_never(cast: Cast) -> None:
    mine = browser(cast)
    form = {"name": "Dashboard", "kind": "webhook", "url": "https://hooks.example.com/planted-secret"}
    answer = mine.post("/northwind/news/channels/new/", form)
    secret = Channel.objects.get().opened()["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    for page in (answer, mine.get(NEWS)):
        assert "planted-secret" not in page.content.decode()
    assert secret not in mine.get(NEWS).content.decode()
    assert "hooks.example.com" in mine.get(NEWS).content.decode()
    again = mine.post("/northwind/news/channels/new/", form)
    assert (again.status_code, Channel.objects.count()) == (422, 1), "the same form sent twice"

    channel = Channel.objects.get()
    path, was = f"/northwind/channels/{channel.pk}/secret/", {"was": channel.mark}
    assert channel.mark in mine.get(NEWS).content.decode()
    renewed = mine.post(path, was).content.decode()
    newest, earlier = Channel.objects.get().secrets(clock.now())
    assert (newest in renewed, earlier) == (True, secret)
    assert mine.post(path, was).status_code == 302  # a double click
    assert Channel.objects.get().secrets(clock.now()) == [newest, secret]
    assert (
        mine.post(f"/northwind/channels/{channel_of(cast).pk}/secret/").status_code == 404
    )  # a chat has none


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/x", "http://hooks.example.com/", "https://[::1]/", "https://169.254.169.254/"]
)
def test_internal_and_unprotected_addresses_are_refused(cast: Cast, url: str) -> None:
    answer = browser(cast).post("/northwind/news/channels/new/", {"name": "X", "kind": "slack", "url": url})
    assert (answer.status_code, Channel.objects.exists()) == (422, False)


def test_the_test_button_says_how_it_was_answered(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    channel, mine = channel_of(cast), browser(cast)
    for posted, words in (
        (posting.Posted(200), "Look whether it is there"),
        (posting.Posted(404), "took nothing: status 404"),
    ):
        monkeypatch.setattr("pilots.views.news.post", lambda url, headers, body, posted=posted: posted)
        answer = mine.post(f"/northwind/channels/{channel.pk}/test/", follow=True)
        assert words in answer.content.decode()
    channel.refresh_from_db()
    assert channel.failures == 0


def test_the_organisation_s_channel_can_have_the_weekly_digest(cast: Cast) -> None:
    form = {
        "name": "Everybody",
        "kind": "slack",
        "url": "https://hooks.slack.com/services/x",
        "topics": ["flag", "digest"],
    }
    administrator = browser(cast, "administrator")
    page = administrator.post("/northwind/channels/", form, follow=True).content.decode()
    assert "flags and the digest" in page
    assert Channel.objects.digested().get().topics == ["flag", "digest"]
    assert browser(cast).post("/northwind/channels/", form).status_code == 403


def test_nobody_knows_of_somebody_else_s_channel(cast: Cast) -> None:
    theirs, shared = channel_of(cast), channel_of(cast, "Everybody", own=False)
    administrator, viewer = browser(cast, "administrator"), browser(cast, "viewer")
    assert administrator.post(f"/northwind/channels/{theirs.pk}/end/").status_code == 404
    assert viewer.post(f"/northwind/channels/{shared.pk}/end/").status_code == 404
    assert "Everybody" not in browser(cast).get(NEWS).content.decode()
    assert administrator.post(f"/northwind/channels/{shared.pk}/end/").status_code == 302
    assert set(Channel.objects.values_list("name", flat=True)) == {"My Slack"}


def test_what_is_switched_off_says_why_and_can_be_switched_on(cast: Cast) -> None:
    channel, mine = channel_of(cast), browser(cast)
    channel.failed("status 410", gone=True, at=NOW)
    page = mine.get(NEWS).content.decode()
    assert "switched off" in page
    assert "status 410" in page
    mine.post(f"/northwind/channels/{channel.pk}/on/")
    assert "switched off" not in mine.get(NEWS).content.decode()
