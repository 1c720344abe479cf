"""What Northwind tells its people: a channel to a program that listens, and the digest of this week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from accounts.models import Channel, Organisation, Person
from config.demo import series
from config.demo.listener import NAME, PATH
from config.demo.memory import Memory
from config.demo.story.people import moment
from pilots.models import Digest

TOPICS: Final = ["flag", "decision", "outcome", "digest"]
#: Whose digest lies in the post box from the first day on.
READERS: Final = ("Mia", "Dana")


def connect(organisation: Organisation, people: dict[str, Person], now: datetime) -> None:
    """The channel, at this start's address: the port may be another one than yesterday."""
    address = settings.BASE_URL + PATH
    known, since = Channel.objects.filter(organisation=organisation, name=NAME).first(), now
    if known is None:
        since -= timedelta(weeks=1)  # the first one has been there long enough to get this week's digest
    if known and known.opened()["url"] != address:
        known.end(by=people["Ada"], at=now)
        known = None
    if known is None:
        Channel.objects.add(
            organisation, kind="webhook", name=NAME, url=address, topics=TOPICS, by=people["Ada"], at=since
        )


def write_digests(
    organisation: Organisation, people: dict[str, Person], memory: Memory, now: datetime
) -> None:
    """As the worker would have done on the Monday before the first start."""
    at = min(moment(series.monday(memory.anchor), 8, 2), now)
    for name in READERS:
        membership = organisation.memberships.select_related("organisation", "person").get(
            person=people[name]
        )
        if not membership.digests.exists():
            Digest.objects.write(membership, at=at)
    for channel in organisation.channels.digested().filter(digest_at=None):
        Digest.objects.post(channel, at=at)
