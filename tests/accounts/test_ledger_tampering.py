"""Whoever gets past the triggers is found all the same, and the place is named."""

import json
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.models import SYSTEM, Actor, Chain, Event, EventDetail
from tests import door
from tests.cast import NOW

MIA = Actor("person", 7, "Mia Lindqvist")


@pytest.fixture
def chain(db: None) -> Chain:
    chain = Chain.objects.create(subject="test")
    for number in range(1, 7):
        chain.record("test.done", by=MIA, at=NOW, private={"quote": f"words {number}"}, number=number)
    return chain


def altered_fact(events: dict[int, Event]) -> None:
    Event.objects.filter(pk=events[3].pk).update(facts={"number": 4})


def altered_verb(events: dict[int, Event]) -> None:
    Event.objects.filter(pk=events[3].pk).update(verb="test.undone")


def altered_actor(events: dict[int, Event]) -> None:
    Event.objects.filter(pk=events[3].pk).update(actor_id=8)


def altered_time(events: dict[int, Event]) -> None:
    Event.objects.filter(pk=events[3].pk).update(at=events[4].recorded_at)


def altered_name(events: dict[int, Event]) -> None:
    EventDetail.objects.filter(event=events[3]).update(details={"actor": "Max", "quote": "words 3"})


def altered_quotation(events: dict[int, Event]) -> None:
    EventDetail.objects.filter(event=events[3]).update(details={"actor": MIA.name, "quote": "other words"})


def removed_name(events: dict[int, Event]) -> None:
    EventDetail.objects.filter(event=events[3]).delete()


def removed_middle(events: dict[int, Event]) -> None:
    EventDetail.objects.filter(event=events[3]).delete()
    Event.objects.filter(pk=events[3].pk).delete()


def renumbered(events: dict[int, Event]) -> None:
    """Remove one and close the gap."""
    removed_middle(events)
    for number in (4, 5, 6):
        Event.objects.filter(pk=events[number].pk).update(number=F("number") - 1)


def swapped(events: dict[int, Event]) -> None:
    Event.objects.filter(pk=events[3].pk).update(number=99)
    Event.objects.filter(pk=events[4].pk).update(number=3)
    Event.objects.filter(pk=events[3].pk).update(number=4)


def digested_anew(events: dict[int, Event]) -> None:
    """Alter, and work the digest out again: without the key it is a guess."""
    forged = events[3]
    forged.facts = {"number": 4}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.LEDGER_KEY", "a guess")
        forged.digest = forged.computed_digest()
    forged.save()


TAMPERED: list[tuple[Callable[[dict[int, Event]], None], str]] = [
    (altered_fact, "content was altered"),
    (altered_verb, "content was altered"),
    (altered_actor, "content was altered"),
    (altered_time, "content was altered"),
    (altered_name, "name or quotation beside it was altered"),
    (altered_quotation, "name or quotation beside it was altered"),
    (removed_name, "side row is missing"),
    (removed_middle, "event 3 is missing"),
    (renumbered, "does not follow"),
    (swapped, "does not follow"),
    (digested_anew, "content was altered"),
]


@pytest.mark.parametrize(
    ("tamper", "reason"), TAMPERED, ids=[tamper.__name__ for tamper, _reason in TAMPERED]
)
def test_it_is_found_and_named(chain: Chain, tamper: Callable[[dict[int, Event]], None], reason: str) -> None:
    with door.opened():
        tamper({event.number: event for event in chain.events.all()})

    found = chain.first_break()

    assert found is not None
    assert found.number == 3
    assert reason in found.reason
    with pytest.raises(CommandError, match=rf"Chain {chain.pk} \(test\) breaks at event 3: "):
        call_command("verify_events", stdout=StringIO())


def test_a_cut_tail_is_found(chain: Chain) -> None:
    with door.opened():
        EventDetail.objects.filter(event__chain=chain, event__number__gte=5).delete()
        Event.objects.filter(chain=chain, number__gte=5).delete()
    with pytest.raises(CommandError, match="breaks at event 5: 6 events were recorded, 4 are left"):
        call_command("verify_events", stdout=StringIO())


def test_an_event_slipped_in_behind_the_chain_is_found(chain: Chain) -> None:
    forged = chain.events.latest("number")
    forged.pk, forged.number, forged.previous = None, 7, forged.digest
    forged.save(force_insert=True)
    assert chain.first_break() is not None


def test_an_event_of_another_chain_is_found(chain: Chain) -> None:
    other = Chain.objects.create(subject="other")
    other.record("test.done", by=SYSTEM, at=NOW)
    with door.opened():
        Event.objects.filter(chain=chain, number=1).update(number=99)
        Event.objects.filter(chain=other).update(chain=chain)
    found = chain.first_break()
    assert found is not None
    assert (found.number, found.reason) == (1, "its content was altered")


def test_a_whole_chain_stands(chain: Chain) -> None:
    told = StringIO()
    call_command("verify_events", stdout=told)
    assert told.getvalue() == "6 events in 1 chains stand as they were written.\n"


def test_what_was_recorded_since_the_chain_was_looked_up_is_no_break(chain: Chain) -> None:
    looked_up_earlier = Chain.objects.get(pk=chain.pk)
    chain.record("test.done", by=SYSTEM, at=NOW)
    assert looked_up_earlier.first_break() is None


def test_the_columns_hold_no_name(chain: Chain) -> None:
    """Names and quotations stand beside the chain, where they can be erased."""
    rows = json.dumps(list(Event.objects.values()), default=str)
    assert "Mia" not in rows
    assert "words" not in rows
