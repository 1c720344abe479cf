"""Mail as others see it: sent to a real SMTP server, fetched from a real IMAP server, parsed by the standard library."""

from __future__ import annotations

import imaplib
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.core import mail
from django.test import override_settings

from accounts.models import Message
from config.demo.place import free_port
from tests.cast import NOW, Cast
from tests.e2e.post_office import PostOffice, post_office

pytestmark = pytest.mark.usefixtures("monday", "bell")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="28"><path d="M0 14L120 4" stroke="#000"/></svg>'


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """Where mails go, instead of the list that tests usually keep them in."""
    with post_office() as office:
        options = {"host": "127.0.0.1", "port": office.smtp_port, "timeout": 20}
        mailers = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
        with override_settings(MAILERS=mailers):
            yield office


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[imaplib.IMAP4]:
    """An IMAP server in a process of its own, and somebody signed in there."""
    port = free_port()
    told = [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-tls",
        "dict",
        "--demo-user",
        "mia",
        "--demo-password",
        "x",
    ]
    program = str(Path(sys.executable).with_name("pymap"))
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([program, *told], stdout=log, stderr=log)
    try:
        mine = _connected(port, tmp_path / "log")
        mine.login("mia", "x")
        yield mine
        mine.logout()
    finally:
        server.kill()
        server.wait()


def _connected(port: int, log: Path) -> imaplib.IMAP4:
    deadline = time.perf_counter() + 30
    while True:
        try:
            return imaplib.IMAP4("127.0.0.1", port)
        except OSError:
            assert time.perf_counter() < deadline, log.read_text()
            time.sleep(0.1)


def test_a_digest_arrives_as_it_was_written(cast: Cast, office: PostOffice, mailbox: imaplib.IMAP4) -> None:
    line = {
        "pilot_id": 1,
        "title": "Übungscoach \N{ROCKET}",
        "url": "https://p.example/1/",
        "sentence": "Zeit sinkt.",
        "lede": "",
        "picture": "pilot-1",
    }
    context = {
        "organisation": "Northwind & Søn", "title": "Your pilots this week: „one“ moves", "lede": "1 pilot runs.", "until": "1 June",
        "sections": [{"heading": "One moves", "name": "moved", "lines": [line], "more": 0}],
        "pictures": {"pilot-1": SVG}, "all_url": "https://p.example/", "choice_url": "https://p.example/news/",
    }  # fmt: skip
    message = Message.objects.queue(
        "digest", to="mia@northwind.example", at=NOW, context=context, organisation=cast.organisation, mail_list="7:digest",
        reply_to="ada@northwind.example",
    )  # fmt: skip
    message.deliver(at=NOW + timedelta(minutes=1))
    assert not mail.outbox
    [sent] = office.mails
    mailbox.append("INBOX", "", "", sent.as_bytes(policy=policy.SMTP))
    mailbox.select("INBOX")
    found, parts = mailbox.search(None, "HEADER", "List-Unsubscribe-Post", "One-Click")
    assert (found, parts) == ("OK", [b"1"])
    _ok, answer = mailbox.fetch("1", "(BODYSTRUCTURE BODY.PEEK[])")
    assert isinstance(answer[0], tuple)
    structure, raw = answer[0]
    assert [kind in structure for kind in (b'"alternative"', b'"related"', b'"png"')] == [True] * 3
    letter = message_from_bytes(raw, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    assert (letter["Message-ID"], letter["Reply-To"]) == (message.message_id, "ada@northwind.example")
    assert letter["Subject"] == "Your pilots this week: „one“ moves"
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text
    assert html
    assert "Übungscoach \N{ROCKET}\nZeit sinkt." in text.get_content().replace("\r\n", "\n")
    assert "Northwind &amp; Søn" in html.get_content()
    [picture] = [part for part in letter.walk() if part.get_content_type() == "image/png"]
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<pilot-1>", "inline")
    assert 'src="cid:pilot-1"' in html.get_content()
    assert not letter.defects
