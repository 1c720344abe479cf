"""Telling the whole story, or what is missing of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django_scopes import scope

from accounts.models import Job, Organisation, Person
from config.demo.memory import Memory
from config.demo.story import delivered, earlier, figures, library, news, over, people, planning, running
from config.demo.story.charter import CHARTER, LIMITS
from config.demo.story.pages import Page, pages
from config.demo.story.script import Script
from config.demo.story.walk import Walk
from config.demo.story.worker import Worker, newest_pulls
from metrics.models import Metric
from pilots.models import Charter, Pilot

#: Those that run come last: what was made for them yesterday is the newest of all.
SCRIPTS: Final = (*earlier.SCRIPTS, *over.SCRIPTS, *planning.SCRIPTS, *running.SCRIPTS)


@dataclass
class Told:
    """What ``seed_demo`` answers: where to look, and as whom."""

    organisation: str
    logins: list[dict[str, str]]
    pages: list[Page]
    #: What this telling added, for people: "Answer coach for billing calls: closed, reached".
    news: list[str]

    def as_json(self) -> dict[str, Any]:
        return {"organisation": self.organisation, "logins": self.logins, "pages": self.pages}


def tell(worker: Worker, *, now: datetime) -> Told:
    """Tell what was not told yet: everything at first, then only what the days since have added."""
    memory = people.remembered(now)
    northwind, members = people.settle(people.NORTHWIND, memory)
    with scope(organisation=northwind):
        marks = newest_pulls()
        _measure(northwind, members, memory, now)
        worker.pulls(figures.owed(now), marks)
        _publish_the_charter(northwind, members, memory)
        begun = [_begin(script, northwind, members, memory) for script in SCRIPTS]
        library.furnish(northwind, members, memory)
        _read(worker, now)
        news.write_digests(northwind, members, memory, now)
        begun_words = [_news(Pilot.objects.get(pk=pilot.pk), now) for pilot in begun if pilot]
        told = Told(northwind.slug, people.logins(), pages(northwind, memory), begun_words)
    _tell_harbour(memory, now)
    return told


def catch_up(*, now: datetime) -> None:
    """Before the worker starts again: files up to yesterday, and the feed at this start's address.

    Or the worker would pull, first thing, what was known when the demonstration was last stopped. Does nothing
    before the first telling.
    """
    if Organisation.objects.filter(slug=people.NORTHWIND).exists():
        memory = people.remembered(now)
        northwind, members = people.settle(people.NORTHWIND, memory)
        with scope(organisation=northwind):
            _measure(northwind, members, memory, now)


def _measure(organisation: Organisation, members: dict[str, Person], memory: Memory, now: datetime) -> None:
    grown = figures.publish(memory.anchor, organisation.day_of(now))
    known = {key for key in grown if key in memory.metrics}
    figures.connect(organisation, members, memory, now)
    delivered.deliver(organisation, members, memory, now)
    news.connect(organisation, members, now)
    figures.pull_anew(known, memory, members, now)


def _begin(
    script: Script, organisation: Organisation, members: dict[str, Person], memory: Memory
) -> Pilot | None:
    """Walk a pilot through its story, unless that was done."""
    if script.key in memory.pilots:
        return None
    pilot = Pilot.objects.filter(title=script.title).first()
    if new := pilot is None:
        metric = Metric.objects.get(pk=memory.metrics[script.metric])
        pilot = Walk(script, organisation, members, metric, memory.anchor).walk()
    memory.pilots[script.key] = pilot.pk
    memory.keep()
    return pilot if new else None


def _publish_the_charter(organisation: Organisation, members: dict[str, Person], memory: Memory) -> None:
    """Eleven weeks ago, and once more after the works council had read it; two have not read that one yet."""
    if Charter.objects.newest(organisation):
        return
    at = people.moment(memory.anchor, 9) - timedelta(weeks=11)
    by = members["Ada"]
    Charter.objects.publish(organisation, expected=0, by=by, at=at, **CHARTER)
    later = at + timedelta(weeks=2)
    newest = Charter.objects.publish(organisation, expected=1, by=by, at=later, **CHARTER, limits=LIMITS)
    for number, name in enumerate(("Ada", "Ravi", "Dana", "Henrik", "Tomasz")):
        newest.acknowledge(by=members[name], at=later + timedelta(days=1 + number, hours=2))


def _read(worker: Worker, now: datetime) -> None:
    """Have the worker read the open pilots that something came in for, and wait for it."""
    unread = list(Pilot.objects.launched_and_open().with_unread_news(now))
    Job.objects.want_all(Job.Kind.READ, [pilot.pk for pilot in unread], at=now)
    worker.readings(unread, since=now)


def _news(pilot: Pilot, now: datetime) -> str:
    stage, reading = pilot.stage(pilot.organisation.day_of(now)), pilot.latest_reading()
    flags = [str(flag.get_kind_display()) for flag in pilot.flags.standing()]
    return f"{pilot}: " + ", ".join([str(stage.label), *([reading.verdict] if reading else []), *flags])


def _tell_harbour(memory: Memory, now: datetime) -> None:
    """The neighbours, of whom Northwind sees nothing: one manager with one idea."""
    harbour, members = people.settle(people.HARBOUR, memory)
    if "crane-signals" in memory.pilots:
        return
    with scope(organisation=harbour):
        pilot = Pilot.objects.filter(title="Crane signals, every morning").first()
        pilot = pilot or Pilot.objects.start_planning(
            harbour, by=members["Elif"], at=people.moment(memory.anchor, 0), title="Crane signals, every morning",
            problem="Two near misses a week begin with a hand signal that meant something else.",
            audience="Riggers and crane drivers, quay 3", planned_reach=28,
        )  # fmt: skip
    memory.pilots["crane-signals"] = pilot.pk
    memory.keep()
