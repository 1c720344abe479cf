"""A six-digit code by mail, at the moment of signing: for one link, one version and one decision, for ten minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Job, Message, Organisation
from accounts.tasks import deliver_message
from pilots.errors import RefusedError
from pilots.models import Pilot, SigningCode, SignOff, Stakeholder
from tests.access.house import mailed_path
from tests.cast import NOW, Bell, Cast, make_pilot, make_stakeholder, sign, work
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    """He is asked to sign, in an organisation that asks everybody for a code."""
    Organisation.objects.update(code_at_signing="everyone")
    return make_pilot(scoped, "asked").stakeholders.get()


@pytest.fixture
def phone(sven: Stakeholder) -> Client:
    phone = Client()
    phone.get(mailed_path("stakeholder", newest_link(sven).key.hex))
    return phone


def path(sven: Stakeholder, name: str = "stakeholder") -> str:
    return reverse(name, args=[newest_link(sven).key])


def decide(phone: Client, sven: Stakeholder, **fields: str) -> int:
    version = newest_link(sven).plan_version
    assert version
    form = {"decision": "condition", "words": "Coaches first.", "when": "during", "typed_name": "sven holm", "seen": version.sha256}  # fmt: skip
    return phone.post(path(sven, "stakeholder_sign_off"), {**form, **fields}).status_code


def mailed_code() -> str:
    """The digits as they stand in the newest mail."""
    return Message.objects.filter(template="code").latest("pk").code()


def type_in(phone: Client, sven: Stakeholder, digits: str) -> str:
    response = phone.post(path(sven, "stakeholder_code"), {"code": digits}, follow=True)
    return response.content.decode()


def wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06}"


def test_the_decision_waits_for_the_code_and_is_signed_with_it(
    sven: Stakeholder, phone: Client, bell: Bell, mailoutbox: list[EmailMessage]
) -> None:
    assert decide(phone, sven) == 302
    assert not SignOff.objects.exists()
    page = phone.get(path(sven)).content.decode()
    assert "Type the code from your mail." in page
    assert "I agree, on a condition" in page  # what was typed is not lost, whatever the phone does meanwhile
    assert "Coaches first." in page

    work(deliver_message, Job.Kind.DELIVER, Message.objects.filter(template="code").latest("pk").pk)
    digits = mailed_code()
    assert mailoutbox[0].to == [sven.email]
    assert mailoutbox[0].subject.startswith(f"{digits} is your code")
    assert digits in mailoutbox[0].body

    assert "You signed this plan." in type_in(phone, sven, f" {digits[:3]} {digits[3:]}")
    signed = SignOff.objects.get()
    assert (signed.decision, signed.words, signed.typed_name) == ("condition", "Coaches first.", "sven holm")
    assert signed.condition.when == "during"
    assert signed.code is not None
    assert (signed.code.used_at, signed.code.given) == (NOW, {})
    events = list(sven.pilot.chain.events.order_by("-number")[:3].values_list("verb", "facts"))
    assert [verb for verb, _facts in events] == [
        "receipt.sent",
        "plan.signed_with_condition",
        "sign_off.code_sent",
    ]
    assert events[1][1]["code"] == events[2][1]["code"] == signed.code.pk


def test_the_digits_stand_nowhere(sven: Stakeholder, phone: Client) -> None:
    """Not in the database, not in the events, not on the page."""
    decide(phone, sven)
    digits = mailed_code()
    assert digits not in phone.get(path(sven)).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*) FROM \"{table}\" AS t WHERE t::text ~ ('[^0-9a-f]' || %s || '[^0-9a-f]')",
                [digits],
            )
            assert (table, cursor.fetchone()) == (table, (0,))


def test_five_wrong_tries_end_it_and_a_new_one_begins_afresh(sven: Stakeholder, phone: Client) -> None:
    decide(phone, sven)
    digits = mailed_code()
    assert "You have 4 tries left." in type_in(phone, sven, wrong(digits))
    assert "4 tries left" not in type_in(phone, sven, "")  # a scanner's empty form costs nothing
    for _try in range(4):
        page = type_in(phone, sven, wrong(digits))
    assert "You have 0 tries left." in page
    type_in(phone, sven, digits)
    assert not SignOff.objects.exists()

    phone.post(path(sven, "stakeholder_code"), {"again": "1"})
    assert mailed_code() != digits
    assert "You signed this plan." in type_in(phone, sven, mailed_code())


def test_after_ten_minutes_it_is_too_old(sven: Stakeholder, phone: Client) -> None:
    decide(phone, sven)
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False):
        page = type_in(phone, sven, mailed_code())
        assert "This code holds no more." in page
        assert "Coaches first." in page
        assert not SignOff.objects.exists()
        with pytest.raises(RefusedError, match="too old"):
            SigningCode.objects.get().sign(typed=mailed_code(), at=NOW + timedelta(minutes=10))


def test_it_signs_no_other_decision_and_no_other_link(scoped: Cast, sven: Stakeholder, phone: Client) -> None:
    decide(phone, sven)
    first = mailed_code()
    decide(phone, sven, decision="decline", words="I changed my mind.")
    assert "This is not the code" in type_in(phone, sven, first)
    with pytest.raises(RefusedError, match="A code from a second mail"):
        sign(sven)  # nor is it signed without
    lena = make_stakeholder(scoped, sven.pilot, "Lena Voss", is_sponsor=False)
    sven.pilot.request_sign_off(by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="A code from a second mail"):
        SignOff.objects.sign(
            newest_link(lena), decision="approve", typed_name="Lena Voss", seen=newest_link(lena).plan_version.sha256,  # type: ignore[union-attr]
            code=SigningCode.objects.latest("pk"), at=NOW,
        )  # fmt: skip
    assert not SignOff.objects.exists()


def test_the_plan_that_changed_meanwhile_is_not_signed_by_it(
    scoped: Cast, sven: Stakeholder, phone: Client
) -> None:
    decide(phone, sven)
    sven.pilot.change_plan(by=scoped.manager, at=NOW, expected_version=sven.pilot.version, target=18.0)
    assert "The plan changed since you opened this page." in type_in(phone, sven, mailed_code())
    assert not SignOff.objects.exists()


def test_nobody_has_mail_sent_without_end(sven: Stakeholder, phone: Client) -> None:
    assert [decide(phone, sven) for _click in range(3)] == [
        302
    ] * 3  # the same decision waits for the same code
    assert Message.objects.filter(template="code").count() == 1
    for number in range(4):
        assert decide(phone, sven, words=f"Coaches first, {number} of them.") == 302
    assert decide(phone, sven, words="And one more.") == 422
    assert Message.objects.filter(template="code").count() == 5
    phone.post(path(sven, "stakeholder_code"), {"again": "1"})
    assert Message.objects.filter(template="code").count() == 5


@pytest.mark.parametrize(("setting", "is_legal", "asked"), [
    ("off", True, False), ("legal", False, False), ("legal", True, True), ("everyone", False, True),
])  # fmt: skip
def test_whom_the_organisation_asks(
    sven: Stakeholder, phone: Client, setting: str, is_legal: bool, asked: bool
) -> None:
    Organisation.objects.update(code_at_signing=setting)
    Stakeholder.objects.update(is_legal=is_legal)
    decide(phone, sven)
    assert (SigningCode.objects.exists(), SignOff.objects.exists()) == (asked, not asked)


def test_no_code_is_sent_for_a_plan_that_is_being_changed(
    scoped: Cast, sven: Stakeholder, phone: Client
) -> None:
    decide(phone, sven)
    pilot = Pilot.objects.get()
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, target=17.0)
    assert (
        "Coaches first." in phone.get(path(sven)).content.decode()
    )  # what they wrote is theirs to take along
    refused = [decide(phone, sven, words="Legal reads it."), phone.post(path(sven, "stakeholder_code"), {"again": "1"}).status_code]  # fmt: skip
    assert refused == [422, 422]
    assert SigningCode.objects.count() == 1
