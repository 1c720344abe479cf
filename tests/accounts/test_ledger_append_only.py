"""The database itself refuses to alter an event, whoever asks."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import SYSTEM, Chain, Event
from tests.cast import NOW

REFUSED = [
    ("UPDATE accounts_event SET verb = 'altered'", "event is append-only"),
    ("UPDATE accounts_event SET facts = facts", "event is append-only"),
    ("DELETE FROM accounts_event", "event is append-only"),
    ("TRUNCATE accounts_event CASCADE", "event is append-only"),
    ("UPDATE accounts_chain SET count = 1", "a chain only grows"),
    ("UPDATE accounts_chain SET head = 'altered'", "a chain only grows"),
    ("UPDATE accounts_chain SET subject = 'altered'", "a chain only grows"),
    ("DELETE FROM accounts_chain", "foreign key"),
]


@pytest.fixture
def chain(db: None) -> Chain:
    chain = Chain.objects.create(subject="test")
    for number in range(3):
        chain.record("test.done", by=SYSTEM, at=NOW, number=number)
    return chain


@pytest.mark.parametrize(("sql", "reason"), REFUSED)
def test_sql_is_refused(chain: Chain, sql: str, reason: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match=reason), transaction.atomic():
            cursor.execute(sql)
    assert chain.first_break() is None


def test_the_models_are_refused_too(chain: Chain) -> None:
    event = Event.objects.filter(chain=chain).latest("number")
    event.verb = "altered"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.save()


def test_a_chain_grows_by_its_own_verb(chain: Chain) -> None:
    before = chain.head
    event = chain.record("test.done", by=SYSTEM, at=NOW)
    assert (event.number, event.previous, chain.count, chain.head) == (4, before, 4, event.digest)
    assert Chain.objects.get(pk=chain.pk).head == event.digest


def test_a_second_event_of_the_same_number_is_refused(chain: Chain) -> None:
    copy = Event.objects.filter(chain=chain).latest("number")
    copy.pk = None
    with pytest.raises(DatabaseError, match="event_number_once_per_chain"), transaction.atomic():
        copy.save(force_insert=True)
