"""A running pilot is judged by the baseline as it was at its launch; what its source says of it later is told, not used."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Event
from metrics.models import Jump, Metric
from pilots import reader
from pilots.flag_words import said
from pilots.models import Pilot, Reading, baseline
from pilots.pilot_page import notices
from pilots.words import Look
from tests.cast import NOW, TODAY, Cast, connect_file, csv_of, make_measured_metric, make_pilot, noise

pytestmark = pytest.mark.usefixtures("monday", "bell")

BEFORE = noise(90)
WINDOW = noise(10, level=18.0, seed=7)
FIRST = TODAY - timedelta(days=90)
#: What was 20 or so on the last three days before the start is 26 by now.
RESTATED = [*BEFORE[:-3], 26.0, 26.0, 26.0]


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_measured_metric(scoped, values=BEFORE)


@pytest.fixture
def pilot(scoped: Cast, metric: Metric) -> Pilot:
    return make_pilot(scoped, "running", metric=metric)


def tell(cast: Cast, metric: Metric, values: list[float | None], day: int, first: int = 0) -> None:
    """On that day of the pilot the source says this, from its first day on."""
    start = FIRST + timedelta(days=first)
    connect_file(metric, csv_of(start, values), by=cast.manager, at=NOW + timedelta(days=day))


def read(day: int) -> Reading:
    return Pilot.objects.get().read(at=NOW + timedelta(days=day, hours=1))


def told() -> list[Event]:
    return list(Event.objects.filter(verb="pilot.baseline_restated"))


def test_a_restated_baseline_changes_no_verdict(scoped: Cast, metric: Metric, pilot: Pilot) -> None:
    tell(scoped, metric, BEFORE + WINDOW, day=10)
    before = read(10)
    tell(scoped, metric, RESTATED + WINDOW, day=11)
    after = read(10)
    known = {name: after.facts[name] for name in before.facts}
    assert known == before.facts
    assert Pilot.objects.get().baseline_mean() == pytest.approx(before.facts["baseline_mean"])


def test_it_is_told_on_the_page_and_in_the_chain_once(scoped: Cast, metric: Metric, pilot: Pilot) -> None:
    tell(scoped, metric, RESTATED + WINDOW, day=10)
    facts = read(10).facts["restated"]
    was, now = (sum(x for x in values if x) / 90 for values in (BEFORE, RESTATED))
    assert (facts["days"], facts["late"], facts["first"], facts["last"]) == (3, 0, "2026-05-29", "2026-05-31")
    assert (facts["was"], facts["now"]) == (pytest.approx(was), pytest.approx(now))
    read(10)
    read(11)
    (event,) = told()
    assert (event.facts["was"], event.facts["now"]) == (pytest.approx(was), pytest.approx(now))
    (sentence,) = notices(Pilot.objects.get(), facts={"restated": facts})
    assert "20.2\N{NO-BREAK SPACE}min; the pilot is judged by 20.0\N{NO-BREAK SPACE}min" in sentence


def test_what_is_taken_back_is_told_no_longer(scoped: Cast, metric: Metric, pilot: Pilot) -> None:
    tell(scoped, metric, RESTATED + WINDOW, day=10)
    read(10)
    tell(scoped, metric, BEFORE + WINDOW, day=11)
    assert "restated" not in read(11).facts


@pytest.fixture
def thawed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many points each row had that a reading had to look into."""
    counts: list[int] = []

    def counted(points: Sequence[Any], frozen: baseline.Frozen) -> None:
        counts.append(len(points))
        baseline.thaw(points, frozen)

    monkeypatch.setattr(reader, "thaw", counted)
    return counts


def test_points_are_looked_into_only_where_the_source_says_something_else(
    scoped: Cast, metric: Metric, pilot: Pilot, thawed: list[int]
) -> None:
    tell(scoped, metric, BEFORE + WINDOW, day=10)
    read(10)
    assert thawed == []
    tell(scoped, metric, RESTATED + WINDOW, day=11)
    assert read(11).facts["restated"]["days"] == 3
    assert len(thawed) == 1


def test_both_ways_read_the_same(
    scoped: Cast, metric: Metric, pilot: Pilot, thawed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(scoped, metric, BEFORE + WINDOW, day=10)
    by_digest = read(10)
    monkeypatch.setattr(reader, "_baseline_digest", lambda pilot, known: "another")
    assert read(10) == by_digest, "the same data on the same day"
    assert len(thawed) == 1


def test_a_launch_before_the_start_still_awaits_the_last_days(scoped: Cast, thawed: list[int]) -> None:
    """Launched a week early: those seven days belong to the baseline, as they first came."""
    early = NOW - timedelta(days=7)
    metric = make_measured_metric(scoped, at=early, values=BEFORE[:-7])
    make_pilot(scoped, "ready", metric=metric, at=early)
    pilot = Pilot.objects.get()
    Pilot.objects.update(start=TODAY)
    pilot.refresh_from_db()
    from pilots.models import Launch

    Launch.objects.create(pilot=pilot, by=scoped.manager, at=early, plan_version=pilot.plan_versions.get())
    pilot = Pilot.objects.get()
    pilot.freeze_baseline(at=early)
    tell(scoped, metric, BEFORE, day=0)
    facts = read(0).facts
    assert facts["baseline_mean"] == pytest.approx(sum(x for x in BEFORE if x) / 90)
    assert "restated" not in facts
    assert pilot.frozen_baseline.count() == 2
    read(3)
    assert thawed == [], "the later row's digest is of both"
    # From the day after the start on, nothing is added any more.
    tell(scoped, metric, [19.0, *BEFORE], day=5, first=-1)
    facts = read(5).facts
    assert (facts["restated"]["days"], facts["restated"]["late"]) == (1, 1)


def test_a_window_that_is_restated_is_read_anew(scoped: Cast, metric: Metric, pilot: Pilot) -> None:
    tell(scoped, metric, BEFORE + WINDOW, day=10)
    before = read(10)
    tell(scoped, metric, BEFORE + [x and x + 3 for x in WINDOW], day=10)
    assert read(10).facts["latest"] == pytest.approx(before.facts["latest"] + 3)


def test_a_leap_is_a_question_until_somebody_answers(scoped: Cast, metric: Metric, pilot: Pilot) -> None:
    """The unit changed: 18 minutes became 1,080 seconds."""
    tell(scoped, metric, [*BEFORE, *WINDOW, 1080.0], day=11)
    facts = read(11).facts
    assert facts["jump"]["day"] == "2026-06-11"
    (sentence,) = notices(Pilot.objects.get(), facts={"jump": facts["jump"]})
    assert "1,080" in sentence
    Jump.objects.get().accept(by=scoped.manager, at=NOW + timedelta(days=11))
    assert "jump" not in read(11).facts


def test_a_paused_source_is_a_flag_before_values_are_missed(
    scoped: Cast, metric: Metric, pilot: Pilot
) -> None:
    read(0)
    source = metric.source
    source.failed("It refused us.", needs_a_person=True, at=NOW)
    source.save()
    read(0)
    flag = Pilot.objects.get().flags.standing().get()
    assert (flag.kind, flag.figures) == ("source_failing", {"failing_since": "2026-06-01"})
    assert "No value is missing yet" in said(flag, Look(Pilot.objects.get(), NOW)).words
    read(2)
    flag.refresh_from_db()
    assert flag.figures["since"] == "2026-06-01"
    source.worked(at=NOW + timedelta(days=2))
    source.save()
    tell(scoped, metric, BEFORE + WINDOW[:3], day=3)
    read(3)
    assert not Pilot.objects.get().flags.standing().exists()


def test_the_outcome_keeps_what_was_judged_and_says_what_changed_since(
    scoped: Cast, metric: Metric, pilot: Pilot
) -> None:
    from pilots.outcome_page import outcome_page

    tell(scoped, metric, RESTATED + WINDOW, day=10)
    at = NOW + timedelta(days=10, hours=1)
    pilot.stop_early(reason="The tool is gone.", by=scoped.manager, at=at)
    pilot = Pilot.objects.get()
    pilot.read(at=at)
    outcome = pilot.decide(
        decision=pilot.recommendation(), learned="Ask.", other_causes="None.", by=scoped.manager, at=at
    )
    frozen = dict(row[:2] for row in outcome.facts["series"])
    assert frozen["2026-05-31"] == BEFORE[-1]
    assert outcome_page(outcome)["changed_since"] is None

    tell(scoped, metric, [*RESTATED, 30.0, *WINDOW[1:]], day=60)
    again = type(outcome).objects.get()
    again.look_again(at=NOW + timedelta(days=60))
    assert again.content == outcome.content
    assert outcome_page(again)["changed_since"]["days"] == 1
