"""“Ask my deputy instead”: their own link, the old one ends, the manager is told, the ledger has the trail."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Message
from pilots.errors import RefusedError
from pilots.models import Answer, Delegation, Pilot, SignOff, Stakeholder
from pilots.timeline import timeline
from tests.access.house import mailed_path
from tests.cast import NOW, Cast, make_pilot, make_stakeholder, sign
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    return make_pilot(scoped, "asked").stakeholders.get()


def hand_on(sven: Stakeholder, name: str = "Ines Prado", email: str = "ines@customer.example") -> Delegation:
    return Delegation.objects.hand_on(newest_link(sven), name=name, email=email, at=NOW)


def page_of(sven: Stakeholder) -> tuple[Client, str]:
    link, browser = newest_link(sven), Client()
    browser.get(mailed_path("stakeholder", link.key.hex))
    return browser, reverse("stakeholder", args=[link.key])


def test_the_deputy_signs_by_a_link_of_their_own(scoped: Cast, sven: Stakeholder) -> None:
    browser, page = page_of(sven)
    letters = Message.objects.latest("pk").pk
    form = {"name": "Ines Prado", "email": "Ines@Customer.example"}
    for _click in range(2):
        answered = browser.post(page + "deputy/", form, follow=True).content.decode()
    assert "Ines Prado was asked to decide in your place." in browser.get(page).content.decode()
    assert browser.post(page + "sign-off/", {}).status_code == 404  # the old link ended
    told = Message.objects.filter(pk__gt=letters).order_by("pk").values_list("template", "to")
    assert list(told) == [("sign_off_deputy", "ines@customer.example"), ("delegated", scoped.manager.email)]
    assert "cannot be used" in answered  # the second click came by a link that had ended

    theirs, page = page_of(sven)
    shown = theirs.get(page).content.decode()
    assert "Sven Holm asks you to decide in their place" in shown
    assert "Ask my deputy instead" not in shown
    signed = sign_as("Ines Prado", theirs, page, sven)
    assert (signed.stakeholder, signed.printed_name) == (sven, "Ines Prado for Sven Holm")
    assert sven.pilot.gate(NOW)[3].met
    events = list(sven.pilot.chain.events.order_by("number").values_list("verb", "actor_kind"))
    assert events[-3:] == [
        ("sign_off.delegated", "stakeholder"),
        ("plan.signed", "deputy"),
        ("receipt.sent", "system"),
    ]
    assert Message.objects.latest("pk").to == "ines@customer.example"
    assert sven.pilot.chain.first_break() is None


def sign_as(name: str, browser: Client, page: str, sven: Stakeholder) -> SignOff:
    version = newest_link(sven).plan_version
    assert version
    form = {"decision": "approve", "typed_name": name, "seen": version.sha256}
    assert browser.post(page + "sign-off/", {**form, "typed_name": "Sven Holm"}).status_code == 422
    assert browser.post(page + "sign-off/", form).status_code == 302
    return SignOff.objects.get()


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("M. L.", "mia@northwind.example"),
        ("M. L.", "MIA+private@northwind.example"),
        ("mia  lindqvist", "mia.l@elsewhere.example"),
        ("Sven Holm", "sven@customer.example"),
        ("Lena Voss", "lena@customer.example"),
    ],
)
def test_nobody_hands_it_on_to_the_owner_or_to_who_judges_it_already(
    scoped: Cast, sven: Stakeholder, name: str, email: str
) -> None:
    make_stakeholder(scoped, sven.pilot, "Lena Voss", is_sponsor=False)
    with pytest.raises(RefusedError, match=r"Nobody signs for a pilot they own|judges the pilot already"):
        hand_on(sven, name, email)
    assert not Delegation.objects.exists()


def test_a_deputy_does_not_pass_it_on_and_nobody_does_after_signing(scoped: Cast, sven: Stakeholder) -> None:
    hand_on(sven)
    with pytest.raises(RefusedError, match="does not pass it on"):
        hand_on(sven, "Noor Haddad", "noor@customer.example")
    link = newest_link(sven)
    assert link.plan_version
    SignOff.objects.sign(
        link, decision="approve", typed_name="Ines Prado", seen=link.plan_version.sha256, at=NOW
    )
    lena = make_stakeholder(scoped, sven.pilot, "Lena Voss", is_sponsor=False)
    sven.pilot.request_sign_off(by=scoped.manager, at=NOW)
    sign(lena)
    with pytest.raises(RefusedError, match="decided already"):
        hand_on(lena, "Noor Haddad", "noor@customer.example")


def test_a_link_sent_again_goes_to_the_deputy_and_a_new_version_to_the_stakeholder(
    scoped: Cast, sven: Stakeholder
) -> None:
    hand_on(sven)
    sven.pilot.request_sign_off(by=scoped.manager, at=NOW)
    assert newest_link(sven).holder == "Ines Prado"
    pilot = Pilot.objects.get()
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, target=18.0)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    assert newest_link(sven).holder == "Sven Holm"


def test_both_old_links_say_who_is_asked_again_by_a_newer_version(scoped: Cast, sven: Stakeholder) -> None:
    his, his_page = page_of(sven)
    hand_on(sven)
    deputy, their_page = page_of(sven)
    pilot = Pilot.objects.get()
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, target=18.0)
    changing = deputy.get(their_page).content.decode()
    assert "Sven Holm gets a new mail" in changing and "<form" not in changing
    assert "Ines Prado was asked to decide in your place." in his.get(his_page).content.decode()

    pilot.request_sign_off(by=scoped.manager, at=NOW)
    theirs, mine = deputy.get(their_page).content.decode(), his.get(his_page).content.decode()
    assert "A newer version of the plan was sent." in theirs and "Sven Holm is asked again" in theirs
    assert "you asked Ines Prado to decide on version 1" in mine and "you were asked again" in mine
    assert "has a link of their own" not in mine
    assert Client().get(their_page).status_code == 404  # without having come by it


def test_who_signed_an_earlier_version_and_then_asked_a_deputy_is_shown_so(
    scoped: Cast, sven: Stakeholder
) -> None:
    sign(sven)
    pilot = Pilot.objects.get()
    pilot.change_plan(by=scoped.manager, at=NOW, expected_version=pilot.version, target=18.0)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    hand_on(sven)
    manager = Client()
    manager.force_login(scoped.manager)
    page = manager.get(f"/northwind/pilots/{pilot.pk}/agreement/").content.decode()
    assert "asked Ines Prado to decide instead" in page and "Ask Sven Holm again instead" in page


def test_what_happened_tells_who_was_asked_instead(scoped: Cast, sven: Stakeholder) -> None:
    hand_on(sven).take_back(by=scoped.manager, at=NOW)
    back, handed = timeline(sven.pilot)[0][:2]
    assert (handed.who, handed.did) == ("Sven Holm", "asked Ines Prado to sign version 1 in their place")
    assert (back.who, back.did) == ("Mia Lindqvist", "asked who had named a deputy to sign themselves")


def test_the_manager_can_ask_the_stakeholder_again(scoped: Cast, sven: Stakeholder) -> None:
    delegation = hand_on(sven)
    deputy, page = page_of(sven)
    manager = Client()
    manager.force_login(scoped.manager)
    agreement = f"/northwind/pilots/{sven.pilot_id}/agreement/"
    assert "asked Ines Prado to decide instead" in manager.get(agreement).content.decode()
    end = f"/northwind/pilots/{sven.pilot_id}/delegations/{delegation.pk}/end/"
    for _click in range(2):
        assert "Sven Holm is asked again." in manager.post(end, follow=True).content.decode()
    assert deputy.get(page).status_code == 404
    assert newest_link(sven).holder == "Sven Holm"
    assert sven.pilot.chain.events.filter(verb="sign_off.delegation_ended").count() == 1
    sign(sven)
    assert "It was signed meanwhile." in manager.post(end, follow=True).content.decode()


def test_what_was_written_down_for_somebody_is_confirmed_first(scoped: Cast, sven: Stakeholder) -> None:
    """Nobody else can say what they said."""
    Answer.objects.take_down(sven, text="Fewer discounts.", by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="First say whether"):
        hand_on(sven)
