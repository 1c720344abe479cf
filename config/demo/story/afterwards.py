"""What became known of a decided pilot: what it is worth, whether it was what they meant, whether it stayed."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from config.demo.story.people import moment
from config.demo.story.script import Ending
from pilots.models import Judgement, Outcome, SharedLink, Worth

if TYPE_CHECKING:
    from config.demo.story.walk import Walk


def look_back(walk: Walk, outcome: Outcome, ending: Ending, at: datetime) -> None:
    """What became known later: what it is worth, whether it was what they meant, whether it stayed."""
    for number, (voice, stakeholder) in enumerate(walk.voices):
        if voice.name in ending.judged:
            meant, words = ending.judged[voice.name]
            link = stakeholder.links.select_related("stakeholder__pilot__organisation").latest("pk")
            Judgement.objects.give(
                link, meant=meant, words=words, at=at + timedelta(days=1 + number, hours=3)
            )
    if money := ending.money:
        Worth.objects.state(
            outcome, by=walk.owner, at=at + timedelta(days=5), share=money.share, share_because=money.share_because,
            source=money.source, vouched_by=money.vouched_by, no_value_because=money.unknown,
            value=Decimal(str(money.value)) if money.value else None, volume=Decimal(str(money.volume)) if money.volume else None,
            licences=Decimal(str(money.licences)), work=Decimal(str(money.work)), review=Decimal(str(money.review)),
            learners=Decimal(str(money.learners)),
        )  # fmt: skip
    due = outcome.next_look()
    if due and due.date() < walk.anchor:
        outcome.look_again(at=due)
    if ending.shared:
        yesterday = moment(walk.anchor - timedelta(days=1), 16)
        SharedLink.objects.share(outcome, label=ending.shared, days=90, by=walk.owner, at=yesterday)
