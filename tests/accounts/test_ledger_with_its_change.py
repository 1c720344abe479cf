"""Event and change stand or fall together."""

from contextlib import suppress

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from accounts.models import SYSTEM, Chain, Event, Invitation, Membership, Message, Organisation
from tests.cast import NOW, Cast


def test_a_change_that_fails_leaves_no_event(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cast.organisation.chain.events.count()
    monkeypatch.setattr(Membership, "save", _fails)
    membership = cast.organisation.memberships.get(person=cast.viewer)
    with pytest.raises(RuntimeError):
        membership.change_role("manager", by=cast.administrator, at=NOW)
    assert Chain.objects.get(pk=cast.organisation.chain.pk).events.count() == before


def test_an_event_that_fails_leaves_no_change(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Chain, "record", _fails)
    with pytest.raises(RuntimeError):
        cast.organisation.change_settings(by=cast.administrator, at=NOW, expected_version=1, name="Other")
    assert Organisation.objects.get(pk=cast.organisation.pk).name == "Northwind Learning"


def test_what_is_rolled_back_leaves_neither_event_nor_message(cast: Cast) -> None:
    events = Event.objects.count()
    with transaction.atomic():
        Invitation.objects.invite(
            cast.organisation, email="new@northwind.example", role="viewer", by=cast.administrator, at=NOW
        )
        transaction.set_rollback(True)
    assert (Event.objects.count(), Message.objects.count()) == (events, 0)
    assert cast.organisation.chain.first_break() is None


def test_an_event_that_cannot_be_added_takes_its_whole_transaction_with_it(cast: Cast) -> None:
    @transaction.atomic
    def change_all_the_same() -> None:
        with suppress(ValueError):
            cast.organisation.chain.record("test.done", by=SYSTEM, at=NOW, share=float("nan"))
        Organisation.objects.update(name="Other")

    events = Event.objects.count()
    with pytest.raises(TransactionManagementError):
        change_all_the_same()
    assert Organisation.objects.get(pk=cast.organisation.pk).name == "Northwind Learning"
    assert (Event.objects.count(), cast.organisation.chain.first_break()) == (events, None)


def test_every_column_of_an_event_is_kept_as_it_was_recorded(cast: Cast) -> None:
    facts = {"days": 3, "of": ["a", None], "share": 0.1}
    event = cast.organisation.chain.record(
        "test.done", by=cast.manager.actor, at=NOW, private={"words": "Ü"}, **facts
    )
    kept = Event.objects.get(pk=event.pk)
    columns = [field.attname for field in Event._meta.concrete_fields]
    assert [getattr(kept, name) for name in columns] == [getattr(event, name) for name in columns]
    assert kept.detail.details == {"actor": "Mia Lindqvist", "words": "Ü"}


def _fails(*args: object, **kwargs: object) -> None:
    raise RuntimeError
