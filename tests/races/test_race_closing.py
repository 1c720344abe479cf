"""A pilot is decided or stopped, its plan amended, while a worker reads it or somebody else writes about it."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Job, fingerprint
from pilots import reader, waits
from pilots.models import Answer, Flag, Outcome, Pilot, Stakeholder, Standing
from pilots.models import standing as lines
from pilots.tasks import read_pilots
from tests.cast import (
    NOW,
    TODAY,
    Cast,
    bring,
    make_measured_metric,
    make_pilot,
    make_stakeholder,
    noise,
    sign,
    work,
)
from tests.races.between import after, between, lasts
from tests.races.together import errors, together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bell")]
WEEK5, END = NOW + timedelta(weeks=5), NOW + timedelta(weeks=6)


def running(cast: Cast, level: float, days: int, on: datetime) -> Pilot:
    metric = make_measured_metric(cast)
    pilot = make_pilot(cast, "running", metric=metric)
    bring(cast, metric, noise(days, level=level, seed=2), on=on)
    Job.objects.filter(kind=Job.Kind.PULL).update(due_at=None)
    return Pilot.objects.get(pk=pilot.pk)


def decide(cast: Cast, pilot: Pilot, decision: str = "stop") -> Outcome:
    words = {"learned": "No.", "other_causes": "None", "reason": "So.", "next_step": "None"}
    return Pilot.objects.get(pk=pilot.pk).decide(decision=decision, by=cast.manager, at=END, **words)


def test_no_flag_comes_back_to_a_decided_pilot(
    scoped: Cast, monday: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker saw it open, waited for the lock that ``decide`` holds, and goes on as if nothing had been decided."""
    pilot = running(scoped, 22.5, 42, END)
    monday.move_to(END)
    pilot.read(at=END)
    Job.objects.want(Job.Kind.READ, pilot.pk, at=END)
    decided = lasts(monkeypatch, Pilot, "_tell_outcome")
    read = after(decided, lambda: work(read_pilots, Job.Kind.READ, pilot.pk))
    assert errors(together(scoped.organisation, lambda: decide(scoped, pilot), read)) == []
    assert not Flag.objects.standing().exists(), "in a week the sponsor would be told of what is over"


def test_a_stopped_pilot_is_read_as_stopped(
    scoped: Cast, monday: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilot = running(scoped, 17.5, 35, WEEK5)
    pilot.read(at=WEEK5)
    stopped = lasts(monkeypatch, Pilot, "_recorded")
    stop = lambda: Pilot.objects.get(pk=pilot.pk).stop_early(reason="r", by=scoped.manager, at=WEEK5)  # noqa: E731
    read = after(stopped, lambda: reader.read_all([pilot.pk], at=WEEK5 + timedelta(days=1)))
    assert errors(together(scoped.organisation, stop, read)) == []
    assert Pilot.objects.get(pk=pilot.pk).latest_reading().verdict != "running"


def test_a_closed_pilot_stays_closed_when_a_flag_is_answered(scoped: Cast, monday: Any) -> None:
    pilot = running(scoped, 22.5, 42, END)
    pilot.read(at=END)

    def read() -> Flag:
        flag = Flag.objects.standing().select_related("pilot__organisation", "pilot__chain").first()
        assert flag
        assert flag.pilot.stage(END.date()) == "deciding"  # as the page asks, which remembers it
        return flag

    answer = lambda flag: flag.acknowledge(note="seen", by=scoped.manager, at=END)  # noqa: E731
    assert errors(between(scoped, read, answer, lambda: decide(scoped, pilot))) == []
    assert Standing.objects.get(pilot=pilot).phase == "closed"


def test_a_flag_is_answered_while_its_pilot_is_decided(
    scoped: Cast, monday: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``decide`` writes the line and then the ledger; who answers a flag, the ledger and then the line: a deadlock."""
    pilot = running(scoped, 22.5, 42, END)
    flag = Flag.objects.raise_on(pilot, "few_using", {"week": 2, "actual": 1, "planned": 31}, at=END)
    written, told = threading.Event(), threading.Event()
    read, refresh = Pilot.read, Pilot.refresh_standing

    def read_slowly(self: Any, **at: Any) -> Any:
        found = read(self, **at)
        written.set()
        told.wait(0.2)
        return found

    def refresh_slowly(self: Any) -> None:
        told.set()
        time.sleep(0.1)
        refresh(self)

    monkeypatch.setattr(Pilot, "read", read_slowly)
    monkeypatch.setattr(Pilot, "refresh_standing", refresh_slowly)
    known = Flag.objects.select_related("pilot__organisation", "pilot__chain")
    answer = after(written, lambda: known.get(pk=flag.pk).acknowledge(note="seen", by=scoped.manager, at=END))
    assert errors(together(scoped.organisation, lambda: decide(scoped, pilot), answer)) == []


def test_a_closed_pilot_stays_closed_for_who_looks_after_waits(
    scoped: Cast, monday: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilot = running(scoped, 17.5, 42, END)
    monday.move_to(END)
    looked, decided, phase = threading.Event(), threading.Event(), lines._phase

    def slowly(one: Pilot) -> Any:
        found = phase(one)
        if not looked.is_set():
            looked.set()
            decided.wait(0.2)
        return found

    overdue = {pilot.pk: {"item": 1, "since": "2026-06-01", "count": 1}}
    monkeypatch.setattr(lines, "_phase", slowly)
    monkeypatch.setattr(waits, "_CAUSES", {waits.FlagKind.REVIEW_OVERDUE: lambda *_given: overdue})

    def decide_it() -> None:
        decide(scoped, pilot, "scale")
        decided.set()

    look = lambda: waits.settle(scoped.organisation, at=END)  # noqa: E731
    assert errors(together(scoped.organisation, look, after(looked, decide_it))) == []
    assert Standing.objects.get(pilot=pilot).phase == "closed"


def test_nobody_who_answered_is_waited_for(
    scoped: Cast, monday: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    sven = make_stakeholder(scoped, make_pilot(scoped, "planned"))
    sven.ask_the_question(by=scoped.manager, at=NOW)
    later = NOW + timedelta(days=8)
    monday.move_to(later)
    looked, answered = threading.Event(), threading.Event()
    find = waits._CAUSES[waits.FlagKind.ANSWER_MISSING]

    def slowly(*given: Any) -> Any:
        found = find(*given)
        if not looked.is_set():
            looked.set()
            answered.wait(5)
        return found

    monkeypatch.setattr(waits, "_CAUSES", {waits.FlagKind.ANSWER_MISSING: slowly})

    def say() -> None:
        known = Stakeholder.objects.select_related("pilot__organisation").get(pk=sven.pk)
        Answer.objects.receive(known, text="Yes.", at=later)
        answered.set()

    look = lambda: waits.settle(scoped.organisation, at=later)  # noqa: E731
    assert errors(together(scoped.organisation, look, after(looked, say))) == []
    assert not Flag.objects.standing().exists()


def test_the_rule_that_is_in_force_decides(scoped: Cast, monday: Any) -> None:
    metric = make_measured_metric(scoped)
    pilot = make_pilot(scoped, "running", metric=metric)
    rule = {**pilot.decision_rule, "reached": "run_again"}
    Pilot.objects.get().amend(reason="why", by=scoped.manager, at=NOW, decision_rule=rule)
    bring(scoped, metric, noise(42, level=17.5, seed=2), on=END)
    words = {"decision": "scale", "learned": "l", "other_causes": "n", "next_step": "n"}
    results = between(
        scoped,
        lambda: Pilot.objects.get(pk=pilot.pk),
        lambda one: one.decide(by=scoped.manager, at=END, **words),
        lambda: sign(Stakeholder.objects.get(), at=END),
    )
    assert Pilot.objects.get().decision_rule["reached"] == "run_again"
    assert errors(results) == ["RefusedError"]  # against the rule that all signed, without a reason


def test_a_line_tells_the_plan_as_it_is(scoped: Cast, monday: Any) -> None:
    pilot = make_pilot(scoped, "planned")

    def rename(one: Pilot) -> None:
        seen = {"title": fingerprint(one.title)}
        one.change_plan(by=scoped.manager, at=NOW, expected_version=one.version, seen=seen, title="Another")

    def move() -> None:
        one = Pilot.objects.get(pk=pilot.pk)
        one.change_plan(
            by=scoped.manager, at=NOW, expected_version=one.version, start=TODAY + timedelta(days=7)
        )

    assert errors(between(scoped, lambda: Pilot.objects.get(pk=pilot.pk), rename, move)) == []
    now = Pilot.objects.select_related("standing").get(pk=pilot.pk)
    assert (now.standing.start, now.standing.ends_on) == (now.start, now.end)
