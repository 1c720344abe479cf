"""A fixed cast, and makers that walk their objects through the real verbs."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.files.base import File
from django.db.models import Model

from accounts import clock
from accounts.models import Job, Organisation, Person, Role
from accounts.models.job import Kind
from metrics.models import Metric, Source
from pilots.models import (
    Answer,
    Consultation,
    ContentItem,
    DataSheet,
    Outcome,
    Pilot,
    SignOff,
    Stakeholder,
)
from pilots.models.checklist import CHECKLIST
from tests.links import newest_link
from tests.memory import remembered, state

PASSWORD = "a long enough sentence"
# A Monday, noon in Berlin.
NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
TODAY = date(2026, 6, 1)


@dataclass(frozen=True)
class Cast:
    """The people of one organisation."""

    organisation: Organisation
    administrator: Person
    manager: Person
    reviewer: Person
    viewer: Person

    def in_role(self, role: str) -> Person:
        person: Person = getattr(self, role)
        return person


def make_person(name: str, slug: str) -> Person:
    return Person.objects.create_user(f"{name.lower().split()[0]}@{slug}.example", PASSWORD, name=name)


def make_cast(slug: str = "northwind", at: datetime = NOW) -> Cast:
    cast, _known = remembered(("cast", slug, at, state()), lambda: _make_cast(slug, at), by_all=True)
    return cast


def _make_cast(slug: str, at: datetime) -> Cast:
    names = {
        "administrator": "Ada Berg",
        "manager": "Mia Lindqvist",
        "reviewer": "Ravi Menon",
        "viewer": "Dana Okafor",
    }
    people = {role: make_person(name, slug) for role, name in names.items()}
    organisation = Organisation.objects.found(
        name=f"{slug.capitalize()} Learning", slug=slug, administrator=people["administrator"], at=at
    )
    for role in ("manager", "reviewer", "viewer"):
        organisation.admit(people[role], Role(role), by=people["administrator"].actor, at=at)
    return Cast(organisation, **people)


def csv_of(first: date, values: list[float | None], header: str = "date,value") -> bytes:
    lines = [f"{first + timedelta(days=i)},{value}" for i, value in enumerate(values) if value is not None]
    return "\n".join([header, *lines]).encode()


def noise(count: int, level: float = 20.0, sd: float = 1.0, seed: int = 1) -> list[float | None]:
    """White noise around a level, always the same for a seed."""
    generator = random.Random(seed)
    return [round(generator.gauss(level, sd), 3) for _ in range(count)]


def make_metric(cast: Cast, at: datetime = NOW, **fields: Any) -> Metric:
    given = {
        "name": "Handling time", "unit": "min", "kind": "mean", "direction": "lower", "cadence": "daily",
        "category": "service", "decimals": 1, "meaning": "", "delay_days": 0, "looks_back_days": 0, "per": 1.0, **fields,
    }  # fmt: skip
    return Metric.objects.define(cast.organisation, by=cast.manager, at=at, **given)


def connect_file(metric: Metric, content: bytes, *, by: Person, at: datetime = NOW) -> Source:
    """Connect a metric to an uploaded file and pull it."""
    upload = File(io.BytesIO(content), name="values.csv")
    settings = {"date_column": "date", "value_column": "value"}
    source = Source.objects.connect(metric, "file", settings=settings, upload=upload, by=by, at=at)
    pull = source.pull(at=at)
    assert pull.state == "done", pull.error
    # As the worker does after a pull.
    Job.objects.filter(kind=Job.Kind.PULL, subject=source.pk).update(due_at=source.next_pull_at(at))
    return source


def make_measured_metric(
    cast: Cast,
    at: datetime = NOW,
    values: list[float | None] | None = None,
    until: date | None = None,
    **fields: Any,
) -> Metric:
    """A daily metric whose file ends the day before ``until`` (by default ``at``'s day)."""
    values = noise(90) if values is None else values
    last = (until or cast.organisation.day_of(at)) - timedelta(days=1)

    def make() -> Metric:
        metric = make_metric(cast, at=at, **fields)
        connect_file(metric, csv_of(last - timedelta(days=len(values) - 1), values), by=cast.manager, at=at)
        return metric

    metric, known = remembered(("metric", tuple(values), last, *_key(cast, at, fields)), make)
    if known:
        _share(metric, organisation=cast.organisation)
    return metric


def make_pilot(
    cast: Cast, stage: str = "planning", at: datetime = NOW, metric: Metric | None = None, **fields: Any
) -> Pilot:
    """A pilot, walked by its verbs to a stage: planning, planned, answered, asked, ready or running.

    *planned* has everything but agreement and content. One sceptical sponsor *answered*, and is then *asked* to sign. *ready*
    has an open gate, *running* is launched at ``at``.
    """
    key = ("pilot", stage, metric and metric.pk, *_key(cast, at, fields))
    plain = metric is None and not fields
    pilot, known = remembered(key, lambda: _make_pilot(cast, stage, at, metric, **fields), by_all=plain)
    if known:
        _share(
            pilot, organisation=cast.organisation, owner=cast.manager, governance_owner=cast.administrator,
            reviewer=cast.reviewer, **({"metric": metric} if metric else {}),
        )  # fmt: skip
        cast.organisation.chain.refresh_from_db()
    return pilot


def _key(cast: Cast, at: datetime, fields: dict[str, Any]) -> tuple[Any, ...]:
    """What else the rows of something depend on."""
    return (cast.organisation.pk, at, clock.today(), tuple(sorted(fields.items())), state())


def _share(made: Model, **known: Model) -> None:
    """What came from memory refers to the very objects that the test has in hand, as what was made does."""
    for name in known.keys() & made._state.fields_cache.keys():
        made._state.fields_cache[name] = known[name]


def _make_pilot(cast: Cast, stage: str, at: datetime, metric: Metric | None, **fields: Any) -> Pilot:
    given = {"title": "Objection coach", "problem": "Reps lose deals on price.", "audience": "Mid-market reps",
             "planned_reach": 31, "visible_because": "The board asks every month.", "ai_use": "Practises calls.",
             "uses": "AI practice calls", "gap": "the gap on price", "because": "who rehearses stays calm", **fields}  # fmt: skip
    pilot = Pilot.objects.start_planning(cast.organisation, by=cast.manager, at=at, **given)
    if stage == "planning":
        return pilot
    plan(cast, pilot, metric or make_measured_metric(cast, at=at), at=at)
    if stage == "planned":
        return pilot
    stakeholder = make_stakeholder(cast, pilot, at=at)
    answer(cast, stakeholder, at=at)
    if stage == "answered":
        return pilot
    pilot.request_sign_off(by=cast.manager, at=at)
    if stage == "asked":
        return pilot
    sign(stakeholder, at=at)
    review_content(cast, pilot, at=at)
    safeguard(cast, pilot, at=at)
    pilot.refresh_from_db()
    if stage == "running":
        pilot.launch_now(by=cast.manager, at=at)
        pilot = Pilot.objects.get(pk=pilot.pk)
    return pilot


def plan(
    cast: Cast,
    pilot: Pilot,
    metric: Metric,
    *,
    at: datetime = NOW,
    target: float = 18.5,
    start: date | None = None,
) -> None:
    series = metric.series.earliest("pk")
    pilot.change_plan(by=cast.manager, at=at, expected_version=pilot.version, metric=metric)
    pilot.change_plan(
        by=cast.manager, at=at, expected_version=pilot.version, series=series, target=target,
        start=start or cast.organisation.day_of(at), governance_owner=cast.administrator, reviewer=cast.reviewer,
    )  # fmt: skip


def make_stakeholder(
    cast: Cast, pilot: Pilot, name: str = "Sven Holm", at: datetime = NOW, **fields: Any
) -> Stakeholder:
    given = {"email": f"{name.split(maxsplit=1)[0].lower()}@customer.example", "position": "Head of sales", "stance": "sceptic",
             "resistance": "no_business_case", "is_sponsor": True, "sign_off_required": True, **fields}  # fmt: skip
    return Stakeholder.objects.name_for(pilot, by=cast.manager, at=at, name=name, **given)


def answer(
    cast: Cast, stakeholder: Stakeholder, text: str = "Reps stop giving discounts.", at: datetime = NOW
) -> Answer:
    stakeholder.ask_the_question(by=cast.manager, at=at)
    said = Answer.objects.receive(stakeholder, text=text, at=at)
    said.map_to_plan(delivered_by="The target of the plan.", by=cast.manager, at=at)
    return said


def sign(stakeholder: Stakeholder, at: datetime = NOW, decision: str = "approve", **fields: Any) -> SignOff:
    link = newest_link(stakeholder)
    assert link.plan_version
    return SignOff.objects.sign(
        link, decision=decision, typed_name=stakeholder.name, seen=link.plan_version.sha256, at=at, **fields
    )


def agree(cast: Cast, pilot: Pilot, *, at: datetime = NOW) -> Stakeholder:
    """One sceptical sponsor answers and signs."""
    stakeholder = make_stakeholder(cast, pilot, at=at)
    answer(cast, stakeholder, at=at)
    pilot.request_sign_off(by=cast.manager, at=at)
    sign(stakeholder, at=at)
    return stakeholder


def review_content(
    cast: Cast, pilot: Pilot, *, at: datetime = NOW, maker: Person | None = None
) -> ContentItem:
    item = ContentItem.objects.make(
        pilot, title="Price pushback", kind="scenario", ai_use="made", ai_tool="A model", needed_for_launch=True,
        text="A customer says that it is too dear.", by=maker or cast.manager, at=at,
    )  # fmt: skip
    item.newest_version().review(decision="approve", checklist=list(CHECKLIST), by=cast.reviewer, at=at)
    return item


def safeguard(cast: Cast, pilot: Pilot, *, at: datetime = NOW) -> None:
    DataSheet.objects.answer(
        pilot, told="In the invitation", oversight="Ada Berg", by=cast.manager, at=at,
        rows=[{
            "data": "Call recordings", "purpose": "Feedback", "source": "The practice tool", "access": "Two coaches",
            "kept_until": at.date() + timedelta(days=90), "personal": "yes",
        }],
    )  # fmt: skip
    Consultation.objects.record(
        pilot, with_whom="J. Brandt, legal", held_on=at.date(), outcome="No objection", by=cast.manager, at=at
    )


# --- the machine: passwords, bells and workers -----------------------------------------------------


class QuickHasher(Argon2PasswordHasher):
    """Argon2 with the least work that it allows; any other process can check its hashes."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


class Bell:
    """Stands where the broker does, and remembers what workers were rung for."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, list[int]]] = []
        self.broken = False
        self.waiting = 0  # bells that the broker holds

    def ring(self, name: str, *, kwargs: dict[str, list[int]], **options: Any) -> None:
        if self.broken:
            raise ConnectionError("nobody answers")
        self.rung.append((name, kwargs["jobs"]))

    def subjects(self, kind: Kind) -> list[int]:
        """The subjects that were rung for, in the order of the bells."""
        ids = [pk for name, pks in self.rung if name == kind for pk in pks]
        subject_of = dict(Job.objects.filter(pk__in=ids).values_list("pk", "subject"))
        return [subject_of[pk] for pk in ids]


def job_of(kind: Kind, subject: int) -> Job:
    return Job.objects.get(kind=kind, subject=subject)


def work(task: Any, kind: Kind, *subjects: int) -> None:
    """Run a task here and now, as a worker does that was rung for these subjects."""
    ids = Job.objects.filter(kind=kind, subject__in=subjects).values_list("pk", flat=True)
    task.apply(kwargs={"jobs": list(ids)}, throw=True)


def make_decided(
    cast: Cast, metric: Metric, *, at: datetime = NOW + timedelta(weeks=6), **said: str
) -> Outcome:
    """Six better weeks of the pilot that runs by this metric, and the decision to scale it."""
    said = {"learned": "It works.", "other_causes": "None known.", "next_step": "Roll it out.", **said}

    def make() -> Outcome:
        bring(cast, metric, noise(42, level=17.5, seed=2), on=at)
        pilot = Pilot.objects.get(metric=metric)
        return pilot.decide(decision="scale", by=cast.manager, at=at, **said)

    made, _known = remembered(("decided", metric.pk, *_key(cast, at, said)), make)
    cast.organisation.chain.refresh_from_db()
    return Outcome.objects.get(pk=made.pk)


def bring(
    cast: Cast, metric: Metric, window: list[float | None], *, on: datetime, start: date = TODAY
) -> None:
    """The metric's source tells ``window`` from ``start`` on, after the 90 days of ``make_measured_metric``."""
    values = noise(90) + window
    connect_file(metric, csv_of(start - timedelta(days=90), values), by=cast.manager, at=on)
