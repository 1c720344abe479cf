"""A person's name can be forgotten; that the event happened cannot."""

from accounts.models import Actor, Chain, EventDetail
from tests import door
from tests.cast import NOW

SVEN = Actor("stakeholder", 3, "Sven Holm")


def recorded() -> Chain:
    chain = Chain.objects.create(subject="test")
    chain.record("plan.signed", by=SVEN, at=NOW, private={"words": "I agree."}, sign_off=1)
    chain.record("plan.signed", by=SVEN, at=NOW, private={"words": "I agree."}, sign_off=2)
    return chain


def test_an_erased_chain_still_verifies(db: None) -> None:
    chain = recorded()
    EventDetail.objects.get(event__number=1).erase(at=NOW)
    erased = EventDetail.objects.get(event__number=1)
    assert (erased.details, erased.salt, erased.erased_at) == ({}, "", NOW)
    assert chain.first_break() is None


def test_erased_details_do_not_hide_an_altered_event(db: None) -> None:
    chain = recorded()
    EventDetail.objects.get(event__number=1).erase(at=NOW)
    with door.opened():
        chain.events.filter(number=1).update(facts={"sign_off": 9})
    found = chain.first_break()
    assert found is not None
    assert found.reason == "its content was altered"


def test_the_same_words_have_different_digests(db: None) -> None:
    """Or whoever reads the table could tell who said the same, and try likely words."""
    first, second = recorded().events.order_by("number")
    assert first.private_digests["words"] != second.private_digests["words"]
    assert first.private_digests.keys() == {"actor", "words"}
