"""Eight lines. Each, while it is open, names itself, says why, and keeps the pilot from being launched."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from metrics.models import Source
from pilots.errors import GateClosedError
from pilots.models import (
    Answer,
    Consultation,
    ContentItem,
    DataSheet,
    Launch,
    LearnerData,
    Pilot,
    Stakeholder,
)
from tests.cast import (
    NOW,
    TODAY,
    Cast,
    answer,
    connect_file,
    csv_of,
    make_measured_metric,
    make_metric,
    make_pilot,
    make_stakeholder,
    plan,
    sign,
)

pytestmark = pytest.mark.usefixtures("monday", "bell")
type Breaker = Callable[[Cast, Pilot], datetime | None]


def change(cast: Cast, pilot: Pilot, **changes: object) -> None:
    pilot.change_plan(by=cast.manager, at=NOW, expected_version=pilot.version, **changes)


def no_source(cast: Cast, pilot: Pilot) -> None:
    Source.objects.update(metric=make_metric(cast, name="Another metric"))


def a_count_of_learning(cast: Cast, pilot: Pilot) -> None:
    Source.objects.update(kind="xapi")


def too_short_a_baseline(cast: Cast, pilot: Pilot) -> None:
    assert pilot.series
    pilot.series.snapshots.filter(day__lt=TODAY - timedelta(days=41)).delete()


def an_old_baseline(cast: Cast, pilot: Pilot) -> None:
    assert pilot.series
    pilot.series.snapshots.filter(day__gte=TODAY - timedelta(days=4)).delete()


def start_has_passed(cast: Cast, pilot: Pilot) -> datetime:
    return NOW + timedelta(days=1)


def a_new_answer(cast: Cast, pilot: Pilot) -> None:
    Answer.objects.receive(pilot.stakeholders.get(), text="Customers come back.", at=NOW)


def somebody_else_must_sign(cast: Cast, pilot: Pilot) -> None:
    make_stakeholder(cast, pilot, "Lena Voss", stance="neutral", is_sponsor=False)


def no_data_sheet(cast: Cast, pilot: Pilot) -> None:
    DataSheet.objects.all().delete()


def no_learner_data(cast: Cast, pilot: Pilot) -> None:
    LearnerData.objects.all().delete()


def no_consultation(cast: Cast, pilot: Pilot) -> None:
    Consultation.objects.all().delete()


def a_newer_version(cast: Cast, pilot: Pilot) -> None:
    ContentItem.objects.get().add_version(text="Another text.", by=cast.manager, at=NOW)


def no_reviewer(cast: Cast, pilot: Pilot) -> None:
    change(cast, pilot, reviewer=None)


def the_maker_reviews(cast: Cast, pilot: Pilot) -> None:
    change(cast, pilot, reviewer=cast.manager)


def no_governance_owner(cast: Cast, pilot: Pilot) -> None:
    change(cast, pilot, governance_owner=None)


def another_target(cast: Cast, pilot: Pilot) -> None:
    change(cast, pilot, target=18.0)


BROKEN: list[tuple[str, Breaker, str]] = [
    ("metric", no_source, "not connected to a source"),
    ("metric", a_count_of_learning, "counts what people did in learning"),
    ("metric", too_short_a_baseline, "41 of at least 42 baseline values"),
    ("metric", an_old_baseline, "The newest value is of"),
    ("target", start_has_passed, "first day has passed"),
    ("question", a_new_answer, "An answer waits"),
    ("signatures", somebody_else_must_sign, "Not signed yet: Lena Voss"),
    ("signatures", another_target, "The plan changed since version 1"),
    ("data_sheet", no_data_sheet, "How are learners told"),
    ("data_sheet", no_learner_data, "Which learner data"),
    ("consultation", no_consultation, "legal or compliance"),
    ("review", a_newer_version, "Not approved yet: Price pushback"),
    ("review", no_reviewer, "Nobody is named who reviews"),
    ("review", the_maker_reviews, "The reviewer made one of the items"),
    ("owners", no_governance_owner, "No governance owner"),
]


@pytest.mark.parametrize(
    ("key", "broken", "words"), BROKEN, ids=[broken.__name__ for _key, broken, _words in BROKEN]
)
def test_an_open_line_names_itself_and_keeps_the_gate_shut(
    scoped: Cast, key: str, broken: Breaker, words: str
) -> None:
    pilot = make_pilot(scoped, "ready")
    at = broken(scoped, pilot) or NOW
    pilot = Pilot.objects.get()

    [line] = [line for line in pilot.gate(at) if not line.met]
    assert line.key == key
    assert words in line.words
    assert line.move != ""
    assert line.move_label != ""
    with pytest.raises(GateClosedError, match=line.title) as closed:
        pilot.launch_now(by=scoped.manager, at=at)
    assert closed.value.lines == [key]
    assert not Launch.objects.exists()
    assert not pilot.chain.events.filter(verb="pilot.launched").exists()


def test_a_new_pilot_has_eight_open_lines_in_their_order(scoped: Cast) -> None:
    lines = make_pilot(scoped).gate(NOW)
    assert [(line.key, line.met) for line in lines] == [
        (key, False)
        for key in (
            "metric",
            "target",
            "question",
            "signatures",
            "data_sheet",
            "consultation",
            "review",
            "owners",
        )
    ]


def test_a_met_line_has_no_next_move(scoped: Cast) -> None:
    assert {(line.move, line.move_label) for line in make_pilot(scoped, "ready").gate(NOW)} == {("", "")}


@pytest.mark.parametrize(
    ("target", "move"), [(18.5, ""), (19.9, "pilot_chance"), (20.2, "pilot_weeks"), (25.0, "pilot_weeks")]
)
def test_a_target_has_to_be_better_than_the_baseline(scoped: Cast, target: float, move: str) -> None:
    """Lower is better here, and the baseline is about 20; a target that is hardly better will hardly be seen."""
    pilot = make_pilot(scoped)
    plan(scoped, pilot, make_measured_metric(scoped), target=target)
    [line] = [line for line in pilot.gate(NOW) if line.key == "target"]
    assert (line.met, line.move) == (not move, move)


def test_a_usual_delay_is_no_stale_baseline(scoped: Cast) -> None:
    metric = make_measured_metric(scoped, delay_days=5, until=TODAY - timedelta(days=5))
    pilot = make_pilot(scoped, "planned", metric=metric)
    assert pilot.gate(NOW)[0].met
    connect_file(metric, csv_of(TODAY - timedelta(days=1), [20.5]), by=scoped.manager)
    assert "91 baseline values" in pilot.gate(NOW)[0].words


def test_a_metric_that_looks_back_beyond_six_weeks_cannot_show_them(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned", metric=make_measured_metric(scoped, looks_back_days=90))
    [line] = [line for line in pilot.gate(NOW) if line.key == "metric"]
    assert (line.met, line.move) == (False, "pilot_metric")
    assert "began 90 days before" in line.words


STAKEHOLDERS: list[tuple[list[dict[str, Any]], str]] = [
    ([], "No sponsor is named"),
    ([{"is_sponsor": False}], "No sponsor is named"),
    ([{"stance": "champion"}], "No sceptic is named"),
    ([{}], "Sven Holm, the sponsor, has not answered"),
]


@pytest.mark.parametrize(("people", "words"), STAKEHOLDERS)
def test_the_question_line_says_whom_it_misses(
    scoped: Cast, people: list[dict[str, Any]], words: str
) -> None:
    pilot = make_pilot(scoped, "planned")
    for person in people:
        make_stakeholder(scoped, pilot, **person)
    assert words in pilot.gate(NOW)[2].words


def test_a_sceptic_who_is_not_the_sponsor_has_to_answer_too(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "planned")
    answer(scoped, make_stakeholder(scoped, pilot, stance="champion"))
    sceptic = make_stakeholder(scoped, pilot, "Lena Voss", is_sponsor=False)
    assert "No sceptic has answered" in pilot.gate(NOW)[2].words
    answer(scoped, sceptic)
    assert pilot.gate(NOW)[2].words == "2 answers are mapped or declined."


@pytest.mark.parametrize(
    ("decision", "when", "words"),
    [
        ("decline", "before", "Sven Holm declined."),
        ("condition", "before", "A condition of Sven Holm is open."),
        ("condition", "during", ""),
        ("approve", "before", ""),
    ],
)
def test_a_signature_opens_the_line_or_says_why_not(
    scoped: Cast, decision: str, when: str, words: str
) -> None:
    pilot = make_pilot(scoped, "asked")
    sven: Stakeholder = pilot.stakeholders.get()
    sign(sven, decision=decision, when=when, words="" if decision == "approve" else "Coaches first.")
    line = Pilot.objects.get().gate(NOW)[3]
    assert line.met == (words == "")
    assert line.words == (words or "Everybody signed version 1.")
