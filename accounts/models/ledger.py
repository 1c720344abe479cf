"""The ledger: chains of events that can be added to and never altered.

Each event carries a keyed digest (HMAC-SHA256) over itself and over the event before it; the key lives
outside the database. Names, addresses and quotations stand in side rows that can be erased: the event
holds only their salted digests, so an erased chain still verifies. ``docs/adr/0004-ledger.md`` has the reasons.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pgtrigger
from django.conf import settings
from django.db import connection, models, transaction
from psycopg.types.json import Jsonb

from accounts import clock
from accounts.canonical import canonical_json, sha256

START: Final = "0" * 64
# Every verb adds an event: in two statements, which Django does not put together anew each time.
_TIP: Final = "SELECT count, head FROM accounts_chain WHERE id = %s FOR UPDATE"
_ADD: Final = """
    WITH event AS (
        INSERT INTO accounts_event
               (chain_id, number, verb, actor_kind, actor_id, at, recorded_at, facts, private_digests, previous, digest)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        RETURNING id, chain_id, number, digest
    ), beside AS (
        INSERT INTO accounts_eventdetail (event_id, salt, details) SELECT id, %s, %s FROM event
    )
    UPDATE accounts_chain SET count = event.number, head = event.digest FROM event WHERE accounts_chain.id = event.chain_id
    RETURNING event.id
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a person with an account, a stakeholder with a link, or Pilotlight itself."""

    kind: str
    id: int | None
    name: str


SYSTEM: Final = Actor("system", None, "Pilotlight")


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold, and why, in plain words."""

    number: int
    reason: str


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """Triggers that let rows in and never change, delete or truncate them."""
    refuse = f"RAISE EXCEPTION 'pilotlight: {name} is append-only' USING ERRCODE = 'restrict_violation';"
    return [
        pgtrigger.Trigger(
            name=f"{name}_rows_stay",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=refuse,
        ),
        pgtrigger.Trigger(
            name=f"{name}_table_stays",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func=refuse,
        ),
    ]


class Chain(models.Model):
    """One chain of events. ``count`` and ``head`` stand here too, so that a cut tail shows."""

    subject = models.CharField(max_length=20)
    count = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, default=START)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="chain_only_grows",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__count__gte=pgtrigger.F("new__count")),
                func="RAISE EXCEPTION 'pilotlight: a chain only grows' USING ERRCODE = 'restrict_violation';",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.pk}: {self.count} events"

    @transaction.atomic(savepoint=False)
    def record(
        self,
        verb: str,
        *,
        by: Actor,
        at: datetime,
        private: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> Event:
        """Add one event, in the caller's transaction: where it cannot be added, nothing else in it stands either.

        ``facts`` are ids, codes and digests and are kept for ever; ``private`` holds names, addresses and
        quotations, which are kept beside the chain and can be erased.
        """
        details = {"actor": by.name, **(private or {})}
        salt = secrets.token_hex(16)
        with connection.cursor() as cursor:
            cursor.execute(_TIP, [self.pk])
            count, head = cursor.fetchone()
            event = Event(
                chain=self,
                number=count + 1,
                verb=verb,
                actor_kind=by.kind,
                actor_id=by.id,
                at=at,
                recorded_at=clock.real_now(),
                facts=facts,
                private_digests={name: salted(salt, text) for name, text in details.items()},
                previous=head,
            )
            event.digest = event.computed_digest()
            row: list[Any] = [*event.columns(), salt, Jsonb(details)]
            cursor.execute(_ADD, row)
            event.pk = cursor.fetchone()[0]
        self.count, self.head = event.number, event.digest
        return event

    def first_break(self) -> Break | None:
        """Where the chain was altered, or None when every event stands as it was written."""
        newest = self.events.aggregate(number=models.Max("number"))["number"] or 0
        # Looked up after it, because others go on recording: what the tip counts, and no more, is proven.
        tip = Chain.objects.get(pk=self.pk)
        previous, number = START, 0
        for event in self._in_order(tip.count):
            number += 1
            if reason := event.fault(number, previous):
                return Break(number, reason)
            previous = event.digest
        if (number, previous) != (tip.count, tip.head):
            return Break(number + 1, f"{tip.count} events were recorded, {number} are left")
        return Break(newest, "it was never recorded") if newest > tip.count else None

    def _in_order(self, last: int) -> Iterator[Event]:
        upto = self.events.filter(number__lte=last).select_related("detail")
        return upto.order_by("number").iterator(chunk_size=500)


class Event(models.Model):
    """One thing that happened: verb, actor, when it happened, when it was recorded, and the facts."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    verb = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    private_digests = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            # Also serves the timeline: the events of one chain, newest first.
            models.UniqueConstraint(fields=["chain", "number"], name="event_number_once_per_chain"),
        ]
        triggers = append_only("event")

    def __str__(self) -> str:
        return f"{self.number} {self.verb}"

    def computed_digest(self) -> str:
        text = canonical_json(
            {
                "chain": self.chain_id,
                "number": self.number,
                "verb": self.verb,
                "actor": [self.actor_kind, self.actor_id],
                "at": self.at,
                "recorded_at": self.recorded_at,
                "facts": self.facts,
                "private": self.private_digests,
                "previous": self.previous,
            }
        )
        return hmac.new(settings.LEDGER_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()

    def columns(self) -> list[Any]:
        """Its values, in the order in which they are added."""
        return [
            *(
                self.chain_id,
                self.number,
                self.verb,
                self.actor_kind,
                self.actor_id,
                self.at,
                self.recorded_at,
            ),
            *(Jsonb(self.facts), Jsonb(self.private_digests), self.previous, self.digest),
        ]

    def fault(self, number: int, previous: str) -> str | None:
        """What is wrong with this event at its place in the chain, if anything."""
        if self.number != number:
            return f"event {number} is missing"
        if self.previous != previous:
            return "it does not follow the event before it"
        if not hmac.compare_digest(self.computed_digest(), self.digest):
            return "its content was altered"
        return self.detail_fault()

    def detail_fault(self) -> str | None:
        """Whether the names and quotations beside the event are those that it was recorded with."""
        detail = getattr(self, "detail", None)
        if detail is None:
            return "its side row is missing"
        if detail.erased_at:
            return None
        told = {name: salted(detail.salt, text) for name, text in detail.details.items()}
        return None if told == self.private_digests else "a name or quotation beside it was altered"


class EventDetail(models.Model):
    """The part of an event that a person may have erased."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="detail")
    salt = models.CharField(max_length=32, blank=True)
    details = models.JSONField(default=dict)
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"details of event {self.event_id}"

    def erase(self, *, at: datetime) -> None:
        """Forget names and quotations. The salt goes too, or the digests could be guessed."""
        self.salt, self.details, self.erased_at = "", {}, at
        self.save(update_fields=["salt", "details", "erased_at"])


def salted(salt: str, text: str) -> str:
    """What an event keeps of a name or quotation: enough to prove it, too little to guess it once the salt is gone."""
    return sha256(f"{salt}\0{text}")
