"""The demonstration's story: told once, by the real verbs, and the same however often it is told."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django_scopes import scope, scopes_disabled

from accounts.models import Chain, Delivery, Job, Organisation, Person
from config.demo import series
from config.demo.memory import folder, recall
from config.demo.story import Told, Worker, catch_up, figures, people, tell
from config.demo.story.walk import Walk
from config.demo.story.worker import Marks
from config.troubles import Trouble
from metrics.models import Metric, Pull, Source
from metrics.tasks import pull_source
from pilots.models import Charter, ContentItem, Delegation, Pilot, SignOff, Stakeholder, Worth
from pilots.tasks import read_pilots
from tests.cast import work
from tests.metrics.sources.conftest import Server, reply

if TYPE_CHECKING:
    import pytest_django

pytestmark = pytest.mark.django_db

# A Wednesday noon in Berlin.
NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)
TODAY = date(2026, 6, 3)
#: Pilots of the months before, and what came of each.
EARLIER = {
    "short-close": "not_moved", "doorstep": "reached", "yard": "reached", "second-day": "short", "files": "reached",
    "first-build": "not_moved",
}  # fmt: skip


class HereAndNow(Worker):
    """The worker's own tasks, done at once."""

    def pulls(self, sources: Sequence[Source], marks: Marks) -> None:
        work(pull_source, Job.Kind.PULL, *(source.pk for source in sources))
        super().pulls(sources, marks)

    def readings(self, pilots: Sequence[Pilot], since: datetime) -> None:
        work(read_pilots, Job.Kind.READ, *(pilot.pk for pilot in pilots))
        super().readings(pilots, since)


@dataclass
class Northwind:
    told: Told
    organisation: Organisation
    pilots: dict[str, Pilot]
    interrupted_after: int

    def flags(self, key: str) -> set[str]:
        return set(self.pilots[key].flags.standing().values_list("kind", flat=True))

    def verdict(self, key: str) -> str:
        reading = self.pilots[key].latest_reading()
        return reading.verdict if reading else ""


@pytest.fixture(scope="module")
def northwind(
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Northwind]:
    """The whole story, told in two goes: the first one is ended in the middle, as by ``kill``."""
    shared = tmp_path_factory.mktemp("demo")
    with (
        django_db_blocker.unblock(),
        ExitStack() as stack,
        override_settings(
            PILOTLIGHT_SOURCE_DIRS=[str(shared / "data")],
            BASE_URL=f"http://{(address := _address(stack))}",
            PILOTLIGHT_ALLOWED_ADDRESSES=[address],
            DEMO=True,
        ),
        time_machine.travel(NOW, tick=False),
        transaction.atomic(),
    ):
        interrupted_after = _tell_and_be_killed()
        told = tell(HereAndNow(), now=NOW)
        organisation = Organisation.objects.get(slug="northwind")
        memory = recall()
        assert memory
        with scope(organisation=organisation):
            pilots = {
                key: Pilot.objects.get(pk=pk) for key, pk in memory.pilots.items() if key != "crane-signals"
            }
            yield Northwind(told, organisation, pilots, interrupted_after)
        transaction.set_rollback(True)


def test_there_is_a_pilot_in_every_stage(northwind: Northwind) -> None:
    stages = {key: pilot.stage(TODAY).value for key, pilot in northwind.pilots.items()}
    assert stages == {
        "new-carers": "planning",
        "objections": "planning",
        "safe-starts": "running",
        "case-notes": "running",
        "pick-right": "running",
        "second-eyes": "deciding",
        "answer-coach": "closed",
        "till-prompts": "closed",
        "reply-drafts": "closed",
        "quote-helper": "closed",
        "turnaround": "closed",
        **dict.fromkeys(EARLIER, "closed"),
    }


def test_figures_that_come_by_themselves(northwind: Northwind) -> None:
    pushed, typed = (
        Metric.objects.get(name=figures.FIGURES[key].name) for key in ("first-reply", "vendor-cost")
    )
    by_token, by_person = (list(metric.source.pulls.order_by("pk")) for metric in (pushed, typed))
    assert {pull.token.name for pull in by_token if pull.token} == {"Help desk, nightly program"}
    assert {pull.person.email for pull in by_person if pull.person} == {people.address("Mia Lindqvist")}
    assert (len(by_token), len(by_person)) == (11, 5)
    assert [metric.series.get().newest_day() for metric in (pushed, typed)] == [
        date(2026, 6, 2),
        date(2026, 5, 25),
    ]


def test_verdicts_come_out_by_the_maths(northwind: Northwind) -> None:
    assert northwind.verdict("answer-coach") == "reached"
    assert northwind.verdict("till-prompts") == "not_moved"
    assert northwind.verdict("reply-drafts") == "wrong_way"
    assert northwind.verdict("second-eyes") == "short"
    assert {key: northwind.verdict(key) for key in EARLIER} == EARLIER
    decisions = {
        key: pilot.outcome.decision for key, pilot in northwind.pilots.items() if pilot.has("outcome")
    }
    assert decisions == {
        "answer-coach": "scale", "till-prompts": "stop", "reply-drafts": "stop", "quote-helper": "stop",
        "turnaround": "run_again", "short-close": "stop", "doorstep": "scale", "yard": "scale",
        "second-day": "change_course", "files": "scale", "first-build": "stop",
    }  # fmt: skip


def test_executives_see_more_than_a_handful(northwind: Northwind) -> None:
    """What worked, what did not and what did harm, from all over the business; and money only where somebody vouches for it."""
    decided = [pilot for pilot in northwind.pilots.values() if pilot.has("outcome")]
    assert len(decided) == 11
    assert Counter(pilot.outcome.verdict for pilot in decided) == {
        "reached": 4, "short": 1, "not_moved": 4, "wrong_way": 1, "unclear": 1
    }  # fmt: skip
    areas = {pilot.metric.category for pilot in decided if pilot.metric}
    assert len(areas) == 7
    assert len(set(Stakeholder.objects.filter(pilot__in=decided, is_sponsor=True).values_list("name"))) == 11
    valued = Worth.objects.exclude(value=None)
    assert {worth.outcome.pilot.title for worth in valued} == {
        northwind.pilots[key].title for key in ("answer-coach", "doorstep", "yard")
    }
    assert all(worth.vouched_by for worth in valued)


def test_the_channel_has_this_week_s_digest(northwind: Northwind) -> None:
    digests = [one for one in Delivery.objects.all() if one.content["news"][0]["topic"] == "digest"]
    assert [one.content["organisation"] for one in digests] == ["northwind"]


def test_the_agreement_has_its_stories(northwind: Northwind) -> None:
    """A no that changed the plan, a deputy, an amendment that stands second, and a charter that most have read."""
    objections, eyes = northwind.pilots["objections"], northwind.pilots["second-eyes"]
    assert objections.plan_versions.count() == 2
    assert [
        one.decision for one in SignOff.objects.filter(plan_version__number=1, stakeholder__pilot=objections)
    ] == ["decline"]
    assert Delegation.objects.get().stakeholder.pilot == objections
    reading = eyes.latest_reading()
    assert eyes.amended is not None
    assert reading is not None
    assert reading.facts["amended"]["verdict"] == "reached"
    charter = Charter.objects.newest(northwind.organisation)
    assert charter is not None
    assert (charter.number, charter.acknowledgements.count()) == (2, 5)


def test_of_those_that_run_one_moves_one_does_not_and_of_one_nobody_knows(northwind: Northwind) -> None:
    reading = northwind.pilots["safe-starts"].latest_reading()
    assert reading
    assert reading.facts["moving_since"]
    assert northwind.flags("safe-starts") == set()
    assert northwind.flags("case-notes") == {"not_moving", "unlikely", "few_using"}
    assert northwind.flags("pick-right") == {"no_data"}
    unanswered = northwind.pilots["case-notes"].flags.filter(acknowledged_at=None)
    assert {flag.kind for flag in unanswered} == {"few_using", "not_moving"}


def test_where_nothing_happened_nothing_is_claimed(northwind: Northwind) -> None:
    pilot = northwind.pilots["turnaround"]
    assert northwind.verdict("turnaround") == "unclear"
    assert not pilot.flags.filter(kind__in=["not_moving", "wrong_way"]).exists()
    assert "imagined pilot" in pilot.title
    assert "Real data, imagined pilot" in pilot.problem


def test_each_metric_says_whether_its_figures_are_real(northwind: Northwind) -> None:
    for metric in Metric.objects.all():
        assert (figures.GENERATED in metric.meaning) != (figures.REAL in metric.meaning), metric.name


def test_one_gate_is_open_and_the_other_half_way(northwind: Northwind) -> None:
    def open_lines(key: str) -> list[str]:
        return [line.key for line in northwind.pilots[key].gate(NOW) if not line.met]

    assert open_lines("objections") == []
    assert open_lines("new-carers") == ["question", "signatures", "consultation", "review"]


def test_the_reviewer_has_something_on_the_desk(northwind: Northwind) -> None:
    ravi = Person.objects.get(email="ravi@northwind.example")
    waiting = ContentItem.objects.waiting_for(ravi, northwind.organisation)
    assert [item.pilot.title for item in waiting].count("Safer first minutes on shift") == 2
    assert len(waiting) == 4


def test_each_kind_of_source_is_there(northwind: Northwind) -> None:
    assert set(Source.objects.values_list("kind", flat=True)) == {
        "folder",
        "file",
        "http_json",
        "push",
        "typed",
    }
    assert not Pull.objects.exclude(state="done", problems=[]).exists()
    assert [source.metric.name for source in Source.objects.filter(settings__rows="events")] == [
        "Late departures at JetBlue"
    ]


def test_nothing_happened_later_than_now_and_all_of_it_in_order(northwind: Northwind) -> None:
    for pilot in northwind.pilots.values():
        moments = list(pilot.chain.events.order_by("number").values_list("at", flat=True))
        assert moments == sorted(moments), pilot
        assert moments[-1] <= NOW


def test_every_chain_holds(northwind: Northwind) -> None:
    assert {chain.first_break() for chain in Chain.objects.all()} == {None}


def test_it_was_ended_in_the_middle_and_nothing_is_there_twice(northwind: Northwind) -> None:
    assert northwind.interrupted_after == 3
    assert Pilot.objects.count() == len(northwind.pilots) == 17
    assert len(northwind.told.news) == 14
    assert Metric.objects.count() == Source.objects.count() == len(figures.FIGURES)


def test_told_again_it_changes_nothing(northwind: Northwind) -> None:
    before = _rows()
    again = tell(HereAndNow(), now=NOW)
    assert _rows() == before
    assert again.news == []
    assert again.pages == northwind.told.pages


def test_days_later_it_is_pulled_and_read_on_and_nothing_is_begun_anew(
    northwind: Northwind, tmp_path: Path
) -> None:
    later = NOW + timedelta(days=3)
    shutil.copytree(folder().parent, tmp_path, dirs_exist_ok=True)
    with (
        override_settings(PILOTLIGHT_SOURCE_DIRS=[str(tmp_path / "data")]),
        time_machine.travel(later, tick=False),
    ):
        catch_up(now=later)
        told = tell(HereAndNow(), now=later)
    pilot = northwind.pilots["case-notes"]
    reading = pilot.latest_reading()
    assert told.news == []
    assert pilot.series
    assert pilot.series.newest_day() == later.date() - timedelta(days=1)
    assert reading
    assert reading.day == later.date()


def test_another_address_is_connected_anew(northwind: Northwind) -> None:
    members = {person.name.partition(" ")[0]: person for person in Person.objects.all()}
    memory = recall()
    assert memory
    with override_settings(BASE_URL="http://127.0.0.1:9"):
        figures.connect(northwind.organisation, members, memory, NOW)
    owed = figures.owed(NOW)
    assert [source.settings["url"] for source in owed] == ["http://127.0.0.1:9/demo/feed/incidents.json"]


def test_who_was_sent_away_stays_away(northwind: Northwind) -> None:
    lena = northwind.organisation.memberships.get(person__name="Lena Fischer")
    lena.end(by=Person.objects.get(name="Ada Berg"), at=NOW)
    tell(HereAndNow(), now=NOW)
    assert not northwind.organisation.memberships.filter(person__name="Lena Fischer").exists()


def test_harbour_sees_its_own_pilot_alone(northwind: Northwind) -> None:
    with scope(organisation=Organisation.objects.get(slug="harbour")):
        assert [pilot.title for pilot in Pilot.objects.all()] == ["Crane signals, every morning"]


def test_whoever_is_named_in_the_answer_can_sign_in(northwind: Northwind) -> None:
    answer = json.loads(json.dumps(northwind.told.as_json()))
    assert [login["role"] for login in answer["logins"]] == [
        "administrator", "manager", "reviewer", "viewer", "other manager"
    ]  # fmt: skip
    for login in answer["logins"]:
        assert Person.objects.get(email=login["email"]).check_password(people.PASSWORD)
    assert {role for role, _page in answer["pages"]} >= {"manager", "viewer", "reviewer", "administrator"}
    assert len(answer["pages"]) == len({tuple(page) for page in answer["pages"]})


def test_it_is_told_in_demonstrations_only(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(Trouble, match="PILOTLIGHT_DEMO"):
        call_command("seed_demo")


def _now() -> datetime:
    return datetime.now(UTC)


def _tell_and_be_killed() -> int:
    walked: list[str] = []
    walk = Walk.walk

    def until_killed(self: Walk) -> Pilot:
        if len(walked) == 3:
            raise KeyboardInterrupt
        walked.append(self.script.key)
        return walk(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Walk, "walk", until_killed)
        with pytest.raises(KeyboardInterrupt):
            tell(HereAndNow(), now=NOW)
    return len(walked)


def _rows() -> dict[str, int]:
    with scopes_disabled():
        return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def _feed(request: BaseHTTPRequestHandler) -> None:
    """The demonstration's feed, as a real server hands it out."""
    rows = series.feed(Path(request.path).stem, until=_now().date())
    reply(json.dumps({"records": rows}).encode())(request)


def _address(stack: ExitStack) -> str:
    server = Server(_feed)
    stack.callback(server.http.server_close)
    stack.callback(server.http.shutdown)
    return server.address
