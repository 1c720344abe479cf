"""What an outcome says of how sure it is: here, for how many days or weeks no value came."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from pilots.models import ContentItem, Pilot
from pilots.outcome_page import outcome_page
from pilots.outcome_page.evidence import missing_words, reviewed_words
from tests.cast import NOW, Cast, bring, make_decided, make_measured_metric, make_pilot, noise


@pytest.mark.parametrize(
    ("used", "missing", "cadence", "words"),
    [
        (168, 0, "daily", ""),
        (144, 36, "daily", "For 36 of 180 days no value came."),
        (167, 1, "daily", "For one of 168 days no value came."),
        (0, 42, "daily", "No value came for any of the days."),
        (17, 1, "weekly", "For one of 18 weeks no value came."),
        (15, 3, "weekly", "For 3 of 18 weeks no value came."),
        (0, 18, "weekly", "No value came for any of the weeks."),
        (0, 0, "daily", ""),
    ],
)
def test_it_says_of_how_many(used: int, missing: int, cadence: str, words: str) -> None:
    assert missing_words(used, missing, cadence) == words


@pytest.mark.parametrize(
    ("missing", "after", "words"),
    [
        (1, 0, "It lies before the start."),
        (1, 1, "It lies after the start."),
        (36, 0, "All of them lie before the start."),
        (36, 36, "All of them lie after the start."),
        (36, 1, "One of them lies after the start."),
        (36, 4, "4 of them lie after the start."),
    ],
)
def test_it_says_whether_that_was_before_the_start(missing: int, after: int, words: str) -> None:
    assert missing_words(168 - missing, missing, "daily", after).endswith(f" days no value came. {words}")


@pytest.mark.usefixtures("monday", "bell")
def test_the_outcome_counts_the_days_before_and_during(scoped: Cast) -> None:
    metric, end = make_measured_metric(scoped), NOW + timedelta(weeks=6)
    make_pilot(scoped, "running", metric=metric)
    bring(scoped, metric, [*noise(40, level=17.5, seed=2), None, None], on=end + timedelta(hours=1))
    pilot = Pilot.objects.get()
    outcome = pilot.decide(
        decision="scale",
        learned="It works.",
        other_causes="None.",
        by=scoped.manager,
        at=end + timedelta(days=2),
    )
    said = dict(outcome_page(outcome)["evidence"])
    assert said["How it was judged"].startswith("The level of the six weeks against the level before, with ")
    assert "taken off" not in said["How it was judged"]
    # Of the 126 days of the baseline 36 are older than the source.
    assert said["Missing"] == "For 38 of 168 days no value came. 2 of them lie after the start."


@pytest.mark.usefixtures("monday", "bell")
def test_of_one_that_was_stopped_the_days_to_come_are_not_missed(scoped: Cast) -> None:
    metric, at = make_measured_metric(scoped), NOW + timedelta(days=20)
    pilot = make_pilot(scoped, "running", metric=metric)
    bring(scoped, metric, noise(20, level=17.5, seed=2), on=at)
    pilot.stop_early(reason="The tool is gone.", by=scoped.manager, at=at)
    outcome = pilot.decide(
        decision="stop",
        reason="The tool is gone.",
        learned="It works.",
        other_causes="None.",
        by=scoped.manager,
        at=at + timedelta(days=30),
    )
    said = dict(outcome_page(outcome)["evidence"])
    assert said["How it was judged"] == (
        "The level of the days until it was stopped against the level before, with ordinary swings and drift allowed for."
        " The range is the wide one that may be read on any day."
    )
    assert said["Missing"] == "For 36 of 146 days no value came. All of them lie before the start."


@pytest.mark.usefixtures("monday", "bell")
def test_only_what_ai_had_a_hand_in_is_counted_as_reviewed(scoped: Cast) -> None:
    """As it was when learners got it: an edit afterwards changes nothing about that."""
    metric = make_measured_metric(scoped)
    pilot = make_pilot(scoped, "running", metric=metric)
    item = pilot.content.get()
    item.release(number=1, to="The first group", by=scoped.manager, at=NOW)
    item.add_version(text="Edited since.", by=scoped.manager, at=NOW)
    for ai_use in ("none", "assisted"):
        ContentItem.objects.make(
            pilot, title=ai_use, kind="quiz", ai_use=ai_use, text="?", by=scoped.manager, at=NOW
        )
    outcome = make_decided(scoped, metric)
    assert outcome.facts["review"] == {"items": 3, "with_ai": 2, "approved": 0, "released": 1}
    assert dict(outcome_page(outcome)["evidence"])["Review step"] == (
        "1 of 2 items that AI had a hand in were released to learners, each approved before they saw it."
    )


@pytest.mark.parametrize(
    ("review", "words"),
    [
        ((0, 0, 0, 0), ""),
        ((2, 0, 0, 0), "No item was made with AI."),
        (
            (4, 3, 3, 3),
            "3 of 3 items that AI had a hand in were released to learners, each approved before they saw it.",
        ),
        (
            (4, 3, 2, 0),
            "2 of 3 items that AI had a hand in were approved; none is on record as released to learners.",
        ),
        (
            (1, 1, 1, 1),
            "1 of 1 item that AI had a hand in was released to learners, approved before they saw it.",
        ),
    ],
)
def test_what_the_review_step_came_to(review: tuple[int, ...], words: str) -> None:
    assert (
        reviewed_words(dict(zip(("items", "with_ai", "approved", "released"), review, strict=True))) == words
    )


def test_what_was_frozen_without_counting_ai_apart_says_what_it_knows() -> None:
    assert reviewed_words({"items": 4, "approved": 3}) == "3 items that AI had a hand in were approved."


@pytest.mark.usefixtures("monday", "bell")
def test_what_the_others_went_through_is_named_where_it_is_taken_off(scoped: Cast) -> None:
    metric = make_measured_metric(scoped)
    make_pilot(scoped, "running", metric=metric)
    outcome = make_decided(scoped, metric)
    facts = outcome.facts
    facts["plan"]["comparison"] = {"population": "Team south", "chosen": "matched"}
    outcome.content = json.dumps(facts)
    said = dict(outcome_page(outcome)["evidence"])["How it was judged"]
    assert "What the comparison group (Team south) went through in the same weeks is taken off." in said
