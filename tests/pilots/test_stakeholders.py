from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Message
from pilots.errors import RefusedError
from pilots.models import Stakeholder, StakeholderLink
from tests.cast import NOW, Cast, make_pilot, make_stakeholder
from tests.links import holds, newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")


def test_naming_somebody_keeps_their_name_beside_the_chain(scoped: Cast) -> None:
    sven = make_stakeholder(scoped, make_pilot(scoped))
    event = sven.pilot.chain.events.get(verb="stakeholder.named")
    assert event.facts == {"stakeholder": sven.pk, "stance": "sceptic", "required": True}
    assert event.detail.details == {
        "actor": "Mia Lindqvist", "name": "Sven Holm", "email": "sven@customer.example",
    }  # fmt: skip


def test_there_is_one_sponsor_the_last_one_named(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    make_stakeholder(scoped, pilot)
    lena = make_stakeholder(scoped, pilot, "Lena Voss")
    assert list(Stakeholder.objects.filter(is_sponsor=True)) == [lena]


def test_the_same_address_is_named_once(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    make_stakeholder(scoped, pilot)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_stakeholder(scoped, pilot)


def test_nobody_is_named_after_the_launch(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    with pytest.raises(RefusedError, match="fixed"):
        make_stakeholder(scoped, pilot, "Lena Voss")


def test_the_question_goes_out_by_mail_with_a_link_for_thirty_days(scoped: Cast) -> None:
    sven = make_stakeholder(scoped, make_pilot(scoped))
    sven.ask_the_question(by=scoped.manager, at=NOW)
    message = Message.objects.get()
    assert (message.to, message.template) == ("sven@customer.example", "one_question")
    assert "Reps lose deals on price." in message.as_email().body
    link = newest_link(sven)
    assert holds(link, NOW + timedelta(days=29))
    assert not holds(link, NOW + timedelta(days=30))
    assert sven.pilot.chain.events.latest("number").verb == "question.asked"


def test_asking_again_replaces_the_link(scoped: Cast) -> None:
    sven = make_stakeholder(scoped, make_pilot(scoped))
    for _time in range(2):
        sven.ask_the_question(by=scoped.manager, at=NOW)
    assert StakeholderLink.objects.count() == 2
    assert [link for link in StakeholderLink.objects.all() if holds(link, NOW)] == [newest_link(sven)]
