"""What a decision is made on, whom it asks, and what stays as it was whatever becomes known later."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail

from accounts.models import Job, Message
from accounts.models.job import Kind
from metrics.models import Metric
from pilots.errors import NewerFiguresError
from pilots.models import Addendum, Outcome, Pilot
from pilots.outcome_page import outcome_page
from pilots.tasks import find_unread, read_pilots
from tests.cast import NOW, Cast, bring, make_decided, make_measured_metric, make_pilot, noise, work

pytestmark = pytest.mark.usefixtures("monday", "bell")
END = NOW + timedelta(weeks=6)
BETTER = noise(42, level=17.5, seed=2)


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_measured_metric(scoped)


@pytest.fixture
def running(scoped: Cast, metric: Metric) -> Pilot:
    return make_pilot(scoped, "running", metric=metric)


@pytest.fixture
def closed(scoped: Cast, metric: Metric, running: Pilot) -> Outcome:
    return make_decided(scoped, metric)


def decide(cast: Cast, decision: str = "scale", **more: str) -> Outcome:
    return Pilot.objects.get().decide(
        decision=decision, learned="It works.", other_causes="None known.", next_step="Roll it out.", by=cast.manager, at=END, **more
    )  # fmt: skip


def outcome() -> Outcome:
    return Outcome.objects.select_related("pilot__organisation", "pilot__metric", "pilot__launch").get()


class TestDeciding:
    def test_stopping_reads_it_as_what_it_is_now(self, scoped: Cast, metric: Metric, running: Pilot) -> None:
        """What is recommended does not change when the decision reads it again."""
        bring(scoped, metric, noise(35, level=15.0, seed=3), on=NOW + timedelta(days=35))
        running.stop_early(reason="Enough.", by=scoped.manager, at=NOW + timedelta(days=35))
        pilot = Pilot.objects.get()
        said = pilot.recommendation()
        assert said == "scale"
        pilot.read(at=NOW + timedelta(days=36))
        assert Pilot.objects.get().recommendation() == said
        assert decide(scoped).recommended == said

    def test_nobody_decides_on_figures_that_they_have_not_seen(
        self, scoped: Cast, metric: Metric, running: Pilot
    ) -> None:
        bring(scoped, metric, BETTER, on=END)
        with pytest.raises(NewerFiguresError):
            decide(scoped, "run_again", seen="unclear")
        assert not Outcome.objects.exists()
        assert decide(scoped, seen="reached").decision == "scale"

    def test_what_is_frozen_names_everything_it_rests_on(self, closed: Outcome) -> None:
        facts = closed.facts
        assert facts["decision"]["next_step"] == "Roll it out."
        assert facts["answers"][0]["who"] == "Sven Holm"
        assert {"launched_at", "reach", "plan", "reading", "series", "sign_offs", "review"} <= facts.keys()

    def test_those_who_said_what_success_is_are_asked(self, closed: Outcome) -> None:
        letter = Message.objects.filter(template="judgement").get()
        assert letter.to == "sven@customer.example"
        text = letter.as_email().body
        assert "was this what you meant" in text
        assert "/s/" in text
        assert [one.name for one in closed.unheard()] == ["Sven Holm"]
        assert not mail.outbox


class TestLater:
    def test_nothing_that_happens_later_changes_a_byte(
        self, scoped: Cast, metric: Metric, closed: Outcome, monday: time_machine.Traveller
    ) -> None:
        """Restated data, a renamed metric, an owner who left: below the frozen part it says that newer data exist."""
        content, sha256 = closed.content, closed.sha256
        monday.move_to(END + timedelta(hours=1))
        restated = [*BETTER[:20], 30.0, 31.0, *BETTER[22:]]
        bring(scoped, metric, restated, on=END + timedelta(hours=1))
        Metric.objects.filter(pk=metric.pk).update(name="Something else", unit="h")
        scoped.organisation.memberships.filter(person=scoped.manager).delete()
        find_unread()
        work(read_pilots, Kind.READ, closed.pilot_id)
        again = outcome()
        assert (again.content, again.sha256) == (content, sha256)
        added = Addendum.objects.get()
        assert (added.kind, added.facts["days"]) == ("newer_data", 2)
        page = outcome_page(again)
        assert page["changed_since"]["days"] == 2
        assert page["result"].headline.startswith("Handling time fell by")
        event = closed.pilot.chain.events.latest("number")
        assert (event.verb, event.facts["kind"]) == ("outcome.addendum", "newer_data")

    def test_looking_twice_writes_once_and_back_again_is_said(
        self, scoped: Cast, metric: Metric, closed: Outcome
    ) -> None:
        at = END + timedelta(hours=2)
        assert outcome().look_again(at=at) == []
        bring(scoped, metric, [*BETTER[:41], 40.0], on=at)
        assert len(outcome().look_again(at=at)) == 1
        assert outcome().look_again(at=at) == []
        bring(scoped, metric, BETTER, on=at + timedelta(hours=1))
        (back,) = outcome().look_again(at=at + timedelta(hours=1))
        assert back.facts == {"days": 0}
        assert outcome_page(outcome())["changed_since"] is None

    @pytest.mark.parametrize(("level", "says"), [(17.5, "still_there"), (20.0, "faded"), (23.0, "turned")])
    def test_thirty_days_after_it_is_read_again(
        self, scoped: Cast, metric: Metric, closed: Outcome, level: float, says: str
    ) -> None:
        due = outcome().next_look()
        assert due is not None
        assert due.date() == date(2026, 8, 12)
        assert Job.objects.get(kind=Kind.READ, subject=closed.pilot_id).due_at is not None
        bring(scoped, metric, [*BETTER, *noise(30, level=level, seed=9)], on=due - timedelta(hours=1))
        assert outcome().look_again(at=due - timedelta(minutes=1)) == []
        (added,) = outcome().look_again(at=due)
        assert (added.kind, added.facts["says"], added.facts["points"]) == ("thirty_days", says, 30)
        assert outcome().look_again(at=due + timedelta(days=1)) == []
        assert outcome().next_look() is None
        (told,) = outcome_page(outcome())["later"]
        assert told.word == {"still_there": "Still there", "faded": "Faded", "turned": "Turned"}[says]

    def test_without_data_nobody_can_tell(self, closed: Outcome) -> None:
        due = outcome().next_look()
        assert due
        (added,) = outcome().look_again(at=due)
        assert added.facts["says"] == "cannot_tell"

    def test_a_stopped_pilot_is_not_read_again(self, scoped: Cast, metric: Metric, running: Pilot) -> None:
        running.stop_early(reason="Enough.", by=scoped.manager, at=NOW + timedelta(days=10))
        decide(scoped, "run_again")
        assert outcome().next_look() is None
        assert outcome().look_again(at=END + timedelta(days=60)) == []

    def test_after_a_year_it_is_history(
        self, scoped: Cast, metric: Metric, closed: Outcome, monday: time_machine.Traveller
    ) -> None:
        monday.move_to(END + timedelta(days=400))
        bring(scoped, metric, [*BETTER[:41], 40.0], on=END + timedelta(days=400))
        assert not Pilot.objects.with_unread_news(END + timedelta(days=400)).exists()
        assert Pilot.objects.with_unread_news(END + timedelta(days=100)).exists()
