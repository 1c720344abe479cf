"""Giving up, stopping, deciding: each once, each with its reason, in an order that makes sense."""

import json
from datetime import datetime, timedelta

import pytest

from accounts.canonical import sha256
from metrics.models import Metric
from pilots.errors import RefusedError
from pilots.models import Cancel, Outcome, Pilot, Stop
from tests.cast import NOW, TODAY, Cast, bring, make_measured_metric, make_pilot, noise

pytestmark = pytest.mark.usefixtures("monday", "bell")
END = NOW + timedelta(weeks=6)


def verbs(pilot: Pilot) -> list[str]:
    return list(pilot.chain.events.order_by("number").values_list("verb", flat=True))


def decide(cast: Cast, decision: str = "scale", at: datetime = END, reason: str = "") -> Outcome:
    return Pilot.objects.get().decide(
        decision=decision,
        learned="It works.",
        other_causes="None known.",
        reason=reason,
        by=cast.manager,
        at=at,
    )


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_measured_metric(scoped)


@pytest.fixture
def running(scoped: Cast, metric: Metric) -> Pilot:
    return make_pilot(scoped, "running", metric=metric)


@pytest.fixture
def reached(scoped: Cast, metric: Metric, running: Pilot) -> Pilot:
    """Its six weeks are over, and the target is reached."""
    bring(scoped, metric, noise(42, level=17.5, seed=2), on=END)
    return running


class TestCancel:
    def test_planning_is_given_up_once(self, scoped: Cast) -> None:
        pilot = make_pilot(scoped, "planned")
        for _click in range(2):
            pilot.cancel_planning(reason="No budget.", by=scoped.manager, at=NOW)
        assert (pilot.stage(TODAY), Cancel.objects.get().reason) == ("cancelled", "No budget.")
        assert verbs(pilot).count("pilot.cancelled") == 1
        with pytest.raises(RefusedError, match="cancelled"):
            pilot.launch_now(by=scoped.manager, at=NOW)

    def test_a_running_pilot_is_not_given_up(self, scoped: Cast, running: Pilot) -> None:
        with pytest.raises(RefusedError, match="Stop it instead"):
            running.cancel_planning(reason="No budget.", by=scoped.manager, at=NOW)
        assert not Cancel.objects.exists()


class TestStop:
    def test_a_running_pilot_is_stopped_once(self, scoped: Cast, running: Pilot) -> None:
        for day in (10, 11):
            Pilot.objects.get().stop_early(
                reason="The vendor is gone.", by=scoped.manager, at=NOW + timedelta(days=day)
            )
        assert Stop.objects.get().at == NOW + timedelta(days=10)
        assert Pilot.objects.get().stage(TODAY + timedelta(days=10)) == "deciding"
        assert verbs(running).count("pilot.stopped") == 1
        assert running.readings.count() == 2  # a last look, and the same figures as what was stopped

    @pytest.mark.parametrize("stage", ["ready", "over", "closed"])
    def test_nothing_else_is_stopped(self, scoped: Cast, metric: Metric, stage: str) -> None:
        pilot = make_pilot(scoped, "ready" if stage == "ready" else "running", metric=metric)
        if stage == "closed":
            bring(scoped, metric, noise(42, level=17.5, seed=2), on=END)
            decide(scoped)
        with pytest.raises(RefusedError, match="Only a running pilot"):
            pilot.stop_early(reason="Enough.", by=scoped.manager, at=NOW if stage == "ready" else END)
        assert not Stop.objects.exists()

    def test_what_was_stopped_cannot_tell_and_can_be_decided(self, scoped: Cast, running: Pilot) -> None:
        at = NOW + timedelta(days=10)
        running.stop_early(reason="The vendor is gone.", by=scoped.manager, at=at)
        outcome = decide(scoped, "run_again", at=at)
        assert outcome.recommended == "run_again"
        assert Pilot.objects.get().stage(TODAY + timedelta(days=10)) == "closed"


class TestDecide:
    def test_the_outcome_holds_what_it_rests_on(self, scoped: Cast, reached: Pilot) -> None:
        outcome = decide(scoped)
        assert (outcome.decision, outcome.recommended, outcome.verdict) == ("scale", "scale", "reached")
        assert outcome.sha256 == sha256(outcome.content)
        facts = outcome.facts
        assert facts["plan"]["sha256"] == sha256(json.dumps(
            {key: value for key, value in facts["plan"].items() if key not in {"number", "sha256"}},
            sort_keys=True, separators=(",", ":"), ensure_ascii=False,
        ))  # fmt: skip
        assert len(facts["series"]) == 90 + 42
        assert facts["sign_offs"][0]["name"] == "Sven Holm"
        assert facts["decision"]["learned"] == "It works."
        event = reached.chain.events.get(verb="pilot.decided")
        assert (event.verb, event.facts["outcome_sha256"]) == ("pilot.decided", outcome.sha256)

    def test_a_second_decision_is_the_first(self, scoped: Cast, reached: Pilot) -> None:
        assert decide(scoped) == decide(scoped, "stop", reason="I think again.", at=END + timedelta(days=1))
        assert verbs(reached).count("pilot.decided") == 1

    def test_against_the_rule_it_needs_a_reason(self, scoped: Cast, reached: Pilot) -> None:
        for reason in ("", "  "):
            with pytest.raises(RefusedError, match="Say why"):
                decide(scoped, "stop", reason=reason)
            assert not Outcome.objects.exists()
        outcome = decide(scoped, "stop", reason="The vendor is gone.")
        assert (outcome.decision, outcome.recommended) == ("stop", "scale")
        assert outcome.facts["decision"]["reason"] == "The vendor is gone."

    def test_not_before_the_end(self, scoped: Cast, running: Pilot) -> None:
        with pytest.raises(RefusedError, match="not over"):
            decide(scoped, at=END - timedelta(days=1))

    def test_not_before_the_last_figures(self, scoped: Cast) -> None:
        metric = make_measured_metric(scoped, delay_days=3)
        make_pilot(scoped, "running", metric=metric)
        bring(scoped, metric, noise(41, level=17.5, seed=2), on=END)
        for days in (0, 2):
            with pytest.raises(RefusedError, match="last figures"):
                decide(scoped, at=END + timedelta(days=days))
        assert decide(scoped, at=END + timedelta(days=3)).verdict == "reached"

    def test_the_stop_page_is_no_way_around_the_last_figures(self, scoped: Cast) -> None:
        make_pilot(scoped, "running", metric=make_measured_metric(scoped, delay_days=3))
        with pytest.raises(RefusedError, match="Only a running pilot"):
            Pilot.objects.get().stop_early(reason="Now.", by=scoped.manager, at=END)

    @pytest.mark.parametrize(
        ("level", "verdict", "decision"),
        [(17.5, "reached", "scale"), (20, "not_moved", "stop"), (23, "wrong_way", "stop")],
    )
    def test_the_rule_says_what_follows(
        self, scoped: Cast, metric: Metric, running: Pilot, level: float, verdict: str, decision: str
    ) -> None:
        bring(scoped, metric, noise(42, level=level, seed=2), on=END)
        assert decide(scoped, decision).verdict == verdict

    def test_flags_end_with_the_pilot(self, scoped: Cast, metric: Metric, running: Pilot) -> None:
        bring(scoped, metric, noise(42, seed=2), on=END)
        running.read(at=END)
        assert running.flags.standing().exists()
        decide(scoped, "stop")
        assert not running.flags.standing().exists()
        assert running.chain.first_break() is None
