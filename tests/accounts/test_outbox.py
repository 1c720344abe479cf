"""A mail is written down with its cause; a worker delivers it, perhaps twice, never zero times."""

import smtplib
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import transaction
from time_machine import Traveller

from accounts.models import Job, Message
from accounts.tasks import deliver_message
from tests.cast import NOW, Bell, Cast, job_of, work

pytestmark = pytest.mark.usefixtures("monday", "bell")

type Outbox = list[EmailMessage]


@pytest.fixture
def message(cast: Cast) -> Message:
    context = {"organisation": "Northwind", "inviter": "Ada Berg"}
    return Message.objects.queue(
        "invitation", to="new@northwind.example", at=NOW, context=context, organisation=cast.organisation
    )


def deliver(message: Message) -> None:
    work(deliver_message, Job.Kind.DELIVER, message.pk)


def test_it_falls_with_its_cause(cast: Cast) -> None:
    with transaction.atomic():
        Message.objects.queue("invitation", to="new@northwind.example", at=NOW, context={})
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert not Job.objects.exists()


def test_it_is_due_at_once_and_sent_once(message: Message, bell: Bell, mailoutbox: Outbox) -> None:
    Job.objects.ring_due()
    assert bell.subjects(Job.Kind.DELIVER) == [message.pk]
    deliver(message)
    deliver(message)
    message.refresh_from_db()
    assert (len(mailoutbox), message.sent_at) == (1, NOW)
    assert job_of(Job.Kind.DELIVER, message.pk).due_at is None


def test_a_doubled_task_sends_nothing_more(message: Message, mailoutbox: Outbox) -> None:
    deliver(message)
    Job.objects.want(Job.Kind.DELIVER, message.pk, at=NOW)
    deliver(message)
    assert len(mailoutbox) == 1


def test_a_worker_that_died_before_marking_sends_again_with_the_same_id(
    message: Message, mailoutbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as death:
        death.setattr(EmailMessage, "send", _sends_and_dies)
        with pytest.raises(SystemExit):
            deliver(message)
    Job.objects.release_all_of("")
    Job.objects.update(leased_until=None)
    deliver(message)
    assert len(mailoutbox) == 2
    assert {mail.message()["Message-ID"] for mail in mailoutbox} == {message.message_id}


_send = EmailMessage.send


def _sends_and_dies(mail: EmailMessage) -> int:
    _send(mail)
    raise SystemExit


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPServerDisconnected("gone"),
        smtplib.SMTPAuthenticationError(535, b"no"),
        ConnectionRefusedError("closed"),
        TimeoutError("too late"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_mail_server_that_fails_is_tried_again(
    message: Message,
    mailoutbox: Outbox,
    monday: Traveller,
    monkeypatch: pytest.MonkeyPatch,
    error: OSError,
) -> None:
    def fails(mail: EmailMessage) -> int:
        raise error

    with monkeypatch.context() as failing:
        failing.setattr(EmailMessage, "send", fails)
        deliver(message)
    job = job_of(Job.Kind.DELIVER, message.pk)
    assert job.due_at
    assert (job.attempts, job.due_at > NOW) == (1, True)
    monday.shift(timedelta(minutes=2))
    deliver(message)
    assert len(mailoutbox) == 1


def test_a_message_that_is_gone_is_done(message: Message) -> None:
    pk = message.pk
    message.delete()
    work(deliver_message, Job.Kind.DELIVER, pk)
    assert job_of(Job.Kind.DELIVER, pk).due_at is None
