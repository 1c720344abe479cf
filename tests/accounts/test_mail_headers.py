"""What people type into names never becomes a header of a mail."""

import pytest

from accounts.models import Message
from tests.cast import NOW, Cast

INJECTIONS = [
    "Ada\nBcc: everybody@customer.example",
    "Ada\r\nBcc: everybody@customer.example",
    "Ada\r\n\r\n<p>Another body</p>",
    "Ada\u2028Bcc: everybody@customer.example",
    'Ada" <everybody@customer.example>, "',
    "Ada, everybody@customer.example",
    "=?utf-8?q?Ada?=",
    "\u202eadA",
    "Ада \N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}",
    "A" * 5000,
]


@pytest.fixture(params=INJECTIONS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def written(cast: Cast, **context: str) -> Message:
    return Message.objects.queue(
        "invitation", to="new@northwind.example", at=NOW, organisation=cast.organisation,
        context={"organisation": "Northwind", "inviter": "Ada", **context},
    )  # fmt: skip


def test_not_by_the_inviter_s_name(cast: Cast, name: str) -> None:
    mail = written(cast, inviter=name).as_email().message()
    assert set(mail.keys()) == {
        "Subject", "From", "To", "Message-ID", "Date", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert mail["To"] == "new@northwind.example"
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert len(mail["Subject"]) <= 200


def test_not_by_the_sender_s_name(cast: Cast, name: str) -> None:
    cast.organisation.sender_name = name
    sender = written(cast).as_email().message()["From"]
    assert [address.addr_spec for address in sender.addresses] == ["pilotlight@localhost"]


def test_names_are_no_markup(cast: Cast) -> None:
    mail = written(cast, inviter="<script>alert(1)</script> & Co").as_email()
    [(html, kind)] = mail.alternatives
    assert kind == "text/html"
    assert "<script>" not in str(html)
    assert "&lt;script&gt;" in str(html)
    assert "<script>alert(1)</script> & Co" in mail.body
