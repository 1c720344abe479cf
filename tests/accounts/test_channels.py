"""Channels: signed posts to a real server, tried again, switched off after long failure, and never shown again."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings
from time_machine import Traveller

from accounts import posts
from accounts.models import Channel, Delivery, Event, Job, Message
from accounts.models.channel import RenewedAlreadyError
from metrics.posting import post, refusal
from pilots.tasks import post_delivery
from tests.cast import NOW, Cast, job_of, work

pytestmark = pytest.mark.usefixtures("monday", "bell")
CONTENT = {
    "title": "2 pilots want your eye", "organisation": "northwind", "url": "https://pilotlight.example/northwind/",
    "news": [
        {"topic": "flag", "flag": "no_data", "pilot_id": number, "pilot": f"Coach <{number}> & co", "words": "No *data* [x].",
         "url": f"https://pilotlight.example/northwind/pilots/{number}/", "at": NOW.isoformat()}
        for number in (1, 2)
    ],
    "more": 0,
}  # fmt: skip


@dataclass
class Receiver:
    """A program that listens, as its owner would write it: it checks the signature before it believes a word."""

    address: str = ""
    secret: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    forged: int = 0

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.headers = headers
        signed = f"{headers.get('Pilotlight-Timestamp', '')}.".encode() + body
        expected = "v1=" + hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        given = headers.get("Pilotlight-Signature", "").split(",")
        if self.secret and not any(hmac.compare_digest(expected, one) for one in given):
            self.forged += 1
            return 401
        self.seen.append((headers.get("Pilotlight-Id", ""), json.loads(body)))
        return self.statuses.pop(0) if self.statuses else 200


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    mine = Receiver()

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(mine.take(dict(self.headers), body))
            self.send_header("Retry-After", "120")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mine.address = f"http://127.0.0.1:{server.server_port}/hook"
    settings.PILOTLIGHT_ALLOWED_ADDRESSES = [f"127.0.0.1:{server.server_port}"]
    yield mine
    server.shutdown()
    server.server_close()


def add(cast: Cast, url: str, kind: str = "webhook", **more: Any) -> tuple[Channel, str]:
    return Channel.objects.add(
        cast.organisation, kind=kind, name="Ours", url=url, by=cast.administrator, at=NOW, **more
    )


def deliver(delivery: Delivery) -> None:
    work(post_delivery, Job.Kind.POST, delivery.pk)
    delivery.refresh_from_db()


def test_a_program_can_tell_that_a_post_is_ours(cast: Cast, receiver: Receiver) -> None:
    channel, receiver.secret = add(cast, receiver.address)
    delivery = Delivery.objects.queue(channel, CONTENT, at=NOW)
    deliver(delivery)
    [(uid, body)] = receiver.seen
    assert (uid, body["id"], receiver.forged) == (str(delivery.uid), str(delivery.uid), 0)
    assert receiver.headers["Pilotlight-Timestamp"] == str(int(NOW.timestamp()))
    assert body["news"] == CONTENT["news"]
    assert delivery.sent_at == NOW
    deliver(delivery)
    assert len(receiver.seen) == 1


def test_the_documentation_s_example_is_right() -> None:
    from accounts.posts import signature

    secret, stamp, body = "plws_example", "1780308000", b'{"id":"7f0c","title":"Pilotlight can post here"}'
    assert signature(secret, stamp, body) in _docs()


def _docs() -> str:
    from pathlib import Path

    return (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text()


def test_a_wrong_secret_is_noticed(cast: Cast, receiver: Receiver) -> None:
    channel, _secret = add(cast, receiver.address)
    receiver.secret = "plws_somebody_else"
    delivery = Delivery.objects.queue(channel, CONTENT, at=NOW)
    deliver(delivery)
    assert (receiver.forged, receiver.seen, delivery.sent_at) == (1, [], None)


def test_what_is_not_taken_is_tried_again_with_the_same_id_and_as_late_as_asked(
    cast: Cast, receiver: Receiver, monday: Traveller
) -> None:
    channel, receiver.secret = add(cast, receiver.address)
    receiver.statuses = [503, 429]
    delivery = Delivery.objects.queue(channel, CONTENT, at=NOW)
    deliver(delivery)
    job = job_of(Job.Kind.POST, delivery.pk)
    assert (job.attempts, job.due_at, job.last_error) == (1, NOW + timedelta(minutes=2), "status 503")
    for _again in range(2):
        monday.shift(timedelta(minutes=3))
        deliver(delivery)
    assert [uid for uid, _body in receiver.seen] == [str(delivery.uid)] * 3
    assert delivery.sent_at
    channel.refresh_from_db()
    assert (channel.failures, channel.failing_since) == (0, None)


def test_after_days_without_an_answer_it_is_switched_off_and_its_owner_told(
    cast: Cast, receiver: Receiver, monday: Traveller
) -> None:
    channel, receiver.secret = add(cast, receiver.address)
    delivery = Delivery.objects.queue(channel, CONTENT, at=NOW)
    receiver.statuses = [500] * 99
    for _hour in range(40):
        deliver(delivery)
        monday.shift(timedelta(hours=2))
    channel.refresh_from_db()
    assert channel.switched_off_at is not None
    assert 10 <= len(receiver.seen) < 40, "and then left in peace"
    [letter] = Message.objects.filter(template="channel_off")
    assert (letter.to, letter.context["words"]) == (cast.administrator.email, "status 500")
    assert Event.objects.filter(verb="channel.switched_off").count() == 1
    receiver.statuses = []
    at = NOW + timedelta(hours=80)
    channel.switch_on(by=cast.administrator, at=at)
    deliver(delivery)
    assert delivery.sent_at, "what it missed comes when it is on again"


def test_who_says_that_they_are_gone_is_asked_no_more(cast: Cast, receiver: Receiver) -> None:
    channel, receiver.secret = add(cast, receiver.address)
    receiver.statuses = [410]
    deliver(Delivery.objects.queue(channel, CONTENT, at=NOW))
    channel.refresh_from_db()
    assert channel.switched_off_at == NOW


def test_slack_and_teams_get_what_they_can_show(cast: Cast, receiver: Receiver) -> None:
    slack, _none = add(cast, receiver.address, kind="slack")
    Channel.objects.filter(pk=slack.pk).update(name="Slack")
    teams, none = add(cast, receiver.address, kind="teams")
    for channel in (slack, teams):
        deliver(Delivery.objects.queue(channel, {**CONTENT, "news": CONTENT["news"] * 20}, at=NOW))  # type: ignore[operator]
    (_uid, block), (_uid, card) = receiver.seen
    assert (none, "Pilotlight-Signature" in receiver.headers) == ("", False)
    assert block["blocks"][1]["text"]["text"].startswith(
        "*<https://pilotlight.example/northwind/pilots/1/|Coach &lt;1&gt; &amp; co>*"
    )
    assert block["blocks"][-1]["elements"][0]["text"].endswith("|and 28 more, in Pilotlight>")
    assert len(block["blocks"]) < 50
    [attachment] = card["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["body"][2]["text"] == "No \\*data\\* \\[x\\]."
    assert len(json.dumps(card)) < 28_000


@pytest.mark.parametrize("kind", ["slack", "teams"])
def test_of_a_long_digest_each_section_has_room_in_a_chat(kind: str) -> None:
    news = [
        {"topic": "digest", "heading": heading, "pilot": f"{heading} {number}", "words": "It is so.", "url": "https://p.example/"}
        for heading in ("Due", "Came of it", "Move", "Do not move")
        for number in range(6)
    ]  # fmt: skip
    content = {
        "title": "This week",
        "lede": "24 pilots.",
        "url": "https://p.example/",
        "news": news,
        "more": 5,
    }
    told = json.loads(posts.body(kind, content, uid="x"))
    flat = json.dumps(told)
    for heading in ("Due", "Came of it", "Move", "Do not move"):
        assert f"{heading} 2" in flat
        assert f"{heading} 3" not in flat
    assert "and 17 more, in Pilotlight" in flat
    assert flat.index("Due 2") < flat.index("Came of it 0"), "section by section"
    assert kind == "teams" or len(told["blocks"]) < 50


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "http://example.com/hook", "https://[::1]/", "ftp://x/", "x"]
)
def test_the_inside_and_the_unprotected_are_refused(url: str) -> None:
    assert refusal(url)
    assert post(url, {}, b"{}").error


def test_its_address_and_secret_stand_nowhere(cast: Cast, receiver: Receiver) -> None:
    url = "https://hooks.slack.com/services/T000/B000/planted-secret"
    channel, secret = add(cast, url)
    for value in vars(Channel.objects.get(pk=channel.pk)).values():
        assert "planted-secret" not in str(value)
        assert secret not in str(value)
    assert channel.opened() == {"url": url, "secret": secret}


def test_a_renewed_secret_and_the_one_before_sign_for_a_day(
    scoped: Cast, receiver: Receiver, monday: Traveller
) -> None:
    channel, first = add(scoped, receiver.address)
    was = channel.mark
    second = channel.renew_secret(was=was, by=scoped.administrator, at=NOW)
    with pytest.raises(RenewedAlreadyError):  # a double click
        channel.renew_secret(was=was, by=scoped.administrator, at=NOW)
    for receiver.secret in (first, second):
        deliver(Delivery.objects.queue(channel, CONTENT, at=NOW))
    assert (len(receiver.seen), receiver.forged) == (2, 0)
    assert receiver.headers["Pilotlight-Signature"].count("v1=") == 2
    third = channel.renew_secret(was=channel.mark, by=scoped.administrator, at=NOW)
    assert Channel.objects.get().secrets(NOW) == [third, second, first]  # whichever of them was lost

    monday.shift(timedelta(days=1))
    assert Channel.objects.get().secrets(NOW + timedelta(days=1)) == [third]
    receiver.secret = first
    deliver(Delivery.objects.queue(channel, CONTENT, at=NOW + timedelta(days=1)))
    assert receiver.forged == 1
    assert Event.objects.filter(verb="channel.secret_renewed").count() == 2
