"""A name that cannot judge a pilot is caught, with a reason and with what it might stand for."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from metrics.catalogue import ENTRIES, nearest
from metrics.coach import BUSINESS, LEARNING, TWO, UNCLEAR, coach
from metrics.coach.joined import is_two_measures
from metrics.coach.rule import labelled, scored


def test_names_that_it_was_not_built_from_are_told_apart() -> None:
    score = scored(labelled())
    assert score.precision >= 0.95, score.wrong
    assert score.recall >= 0.95, score.wrong
    assert score.unclear <= len(labelled()) / 10


def test_the_list_is_long_enough_and_names_nothing_twice() -> None:
    for kind in (LEARNING, BUSINESS):
        names = [one.name.casefold() for one in labelled() if one.kind == kind]
        assert len(names) >= 150
        assert len(set(names)) == len(names)
    assert {one.language for one in labelled()} == {"en", "de"}


def test_two_measures_are_told_from_one_of_two_things() -> None:
    wrong = [one.name for one in labelled() if is_two_measures(one.name) != (one.kind == TWO)]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Course completion rate", LEARNING),
        ("completion", LEARNING),
        ("Schulungsabschlussquote", LEARNING),
        ("NPS of the leadership course", LEARNING),
        ("hours of e-learning", LEARNING),
        ("Win rate", BUSINESS),
        ("Erstlösungsquote", BUSINESS),
        ("Time to productivity", BUSINESS),
        ("External vendor cost", BUSINESS),
        ("Win rate and deal size", TWO),
        ("Umsatz und Marge", TWO),
        ("Xyzzy", UNCLEAR),
        ("", UNCLEAR),
        ("!!!", UNCLEAR),
        ("\u202e\x00", UNCLEAR),
    ],
)
def test_what_a_name_is(name: str, kind: str) -> None:
    assert coach(name).kind == kind


def test_a_learning_metric_comes_with_its_reason_and_two_business_metrics() -> None:
    advice = coach("Sales academy attendance")
    assert "Who was there" in advice.reason
    assert [one.key for one in advice.suggestions] == ["win_rate", "quota_attainment"]
    assert not advice.serves


def test_whatever_is_typed_gets_an_answer() -> None:
    for odd in ("a" * 100_000, "and and and", "& / +", "🙂 rate", "اسم 12", "-" * 500):
        assert coach(odd).kind in {BUSINESS, LEARNING, TWO, UNCLEAR}


def test_the_catalogue_is_made_of_business_metrics_only() -> None:
    assert len(ENTRIES) >= 40
    assert len({one.key for one in ENTRIES}) == len(ENTRIES)
    assert [str(one.name) for one in ENTRIES if coach(str(one.name)).kind != BUSINESS] == []
    assert all(one.usual_source and one.example and one.topics for one in ENTRIES)


def test_what_nobody_thought_of_still_has_two_suggestions() -> None:
    assert len(nearest("pottery for beginners")) == 2


def test_the_command_answers_a_line_a_name() -> None:
    out = StringIO()
    call_command("coach_metric", "Quiz score", "Win rate", json=True, stdout=out)
    quiz, win = (json.loads(line) for line in out.getvalue().splitlines())
    assert (quiz["kind"], len(quiz["suggestions"])) == (LEARNING, 2)
    assert quiz["reason"]
    assert (win["kind"], win["suggestions"]) == (BUSINESS, [])


def test_the_command_prints_how_good_the_rule_is() -> None:
    out = StringIO()
    call_command("coach_metric", score=True, stdout=out)
    assert "precision 0.9" in out.getvalue() and "recall 0.9" in out.getvalue()
