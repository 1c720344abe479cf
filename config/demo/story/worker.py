"""Waiting for the real worker: nothing of what it does is done here in its stead."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db.models import Max, Q

from config.troubles import Trouble
from metrics.models import Pull, Source
from pilots.models import Pilot, Standing

WITHIN: Final = 90.0
PAUSE: Final = 0.1

#: The newest pull of each source that has ended, by their keys; 0 where there is none.
type Marks = dict[int, int]


def newest_pulls() -> Marks:
    newest = Source.objects.annotate(
        newest=Max("pulls__pk", filter=~Q(pulls__state=Pull.State.RUNNING))
    ).values_list("pk", "newest")
    return {source: pull or 0 for source, pull in newest}


class Worker:
    """The Celery worker that runs beside the seeding, seen through what it writes."""

    def pulls(self, sources: Sequence[Source], marks: Marks) -> None:
        """Wait until each source was pulled anew. Raises ``Trouble``, in plain words, when one is not."""
        waiting = {source.pk: source for source in sources}

        def done() -> bool:
            for source in list(waiting.values()):
                pull = source.pulls.filter(pk__gt=marks.get(source.pk, 0)).first()
                if pull and pull.state == Pull.State.FAILED and pull.needs_a_person:
                    raise Trouble(f"“{source.metric}” cannot be pulled: {pull.error}")
                if pull and pull.state == Pull.State.DONE:
                    del waiting[source.pk]
            return not waiting

        if not _soon(done):
            raise Trouble(f"{_late(waiting.values())} Does the worker run, and what does its log say?")

    def readings(self, pilots: Sequence[Pilot], since: datetime) -> None:
        """Wait until each pilot was read anew."""
        unread = Standing.objects.filter(pilot__in=pilots).exclude(read_at__gte=since)
        if not _soon(lambda: not unread.exists()):
            names = ", ".join(f"“{standing.pilot}”" for standing in unread.select_related("pilot"))
            raise Trouble(f"{names} not read within {WITHIN:.0f} s. What does the worker's log say?")


def _late(sources: Iterable[Source]) -> str:
    told = []
    for source in sources:
        pull = source.pulls.first()
        told.append(f"“{source.metric}”" + (f" ({pull.error})" if pull and pull.error else ""))
    return f"not pulled within {WITHIN:.0f} s: {', '.join(told)}."


def _soon(done: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + WITHIN
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True
