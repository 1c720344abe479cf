"""Whoever decided gets the page by mail, and can prove it; the owner hears at once of a no."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage

from accounts.models import Job, Message
from accounts.tasks import deliver_message
from pilots.agreement_page import signature_lines
from pilots.evidence.receipt import receipt
from pilots.evidence.seal import fingerprint, public_key
from pilots.models import Pilot, SignOff, Stakeholder
from pilots.next_move import next_move
from tests.cast import NOW, Bell, Cast, make_pilot, sign, work
from tests.pages.tagged import complaints

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    return make_pilot(scoped, "asked").stakeholders.get()


def letter(template: str) -> Message:
    return Message.objects.filter(template=template).latest("pk")


def test_the_signed_page_goes_out_with_the_mail(
    scoped: Cast, sven: Stakeholder, bell: Bell, mailoutbox: list[EmailMessage]
) -> None:
    signed = sign(sven)
    work(deliver_message, Job.Kind.DELIVER, letter("receipt").pk)
    [mail] = mailoutbox
    assert mail.to == [sven.email]
    assert mail.subject == "You signed: Objection coach, version 1"
    assert signed.plan_sha256 in mail.body
    [(name, content, mime)] = [(one.filename, one.content, one.mimetype) for one in mail.attachments]
    assert (name, mime) == (f"receipt-northwind-{sven.pilot_id}-{signed.pk}.pdf", "application/pdf")
    assert complaints(bytes(content)) == []
    event = sven.pilot.chain.events.get(verb="receipt.sent")
    assert event.facts == {"sign_off": signed.pk, "message": letter("receipt").pk}


def test_it_says_what_a_signature_has_to_say(sven: Stakeholder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Printed name, time and zone, meaning, version and hash; and where in the ledger it stands."""
    told: list[str] = []
    monkeypatch.setattr("pilots.evidence.receipt.typeset", lambda template, data: told.append(data) or b"")
    signed = SignOff.objects.select_related("stakeholder__pilot__chain", "plan_version").get(pk=sign(sven).pk)
    receipt(signed)
    event = sven.pilot.chain.events.get(verb="plan.signed")
    for words in (
        "Sven Holm", "1 June 2026, 12:00, Europe/Berlin (UTC+02:00)", "I agree that this is how success will be judged.",
        signed.plan_sha256, event.digest, fingerprint(public_key()), "Reps stop giving discounts.",
    ):  # fmt: skip
        assert words in told[0]


def test_a_no_means_no(sven: Stakeholder) -> None:
    signed = sign(sven, decision="decline", words="The target is a wish.")
    assert (
        dict(signature_lines(signed))["What it means"]
        == "I do not agree that this is how success will be judged."
    )


def test_the_owner_hears_of_a_no_at_once(scoped: Cast, sven: Stakeholder) -> None:
    sign(sven, decision="decline", words="The target is a wish.")
    mail = letter("declined").as_email()
    assert mail.to == [scoped.manager.email]
    assert mail.subject == "Sven Holm does not agree: Objection coach"
    assert "“The target is a wish.”" in mail.body
    assert f"/northwind/pilots/{sven.pilot_id}/agreement/" in mail.body

    pilot = Pilot.objects.get()
    pilot.change_plan(
        by=scoped.manager, at=NOW, expected_version=pilot.version, governance_owner=None, reviewer=None
    )
    move = next_move(pilot, NOW)
    assert move is not None
    assert (move.sentence, move.label) == ("Sven Holm declined.", "Read why, and talk to them")


def test_an_agreement_makes_no_noise(sven: Stakeholder) -> None:
    sign(sven)
    assert not Message.objects.filter(template="declined").exists()
