"""Sentences from the dataclasses: never stronger than the evidence."""

from dataclasses import replace

import numpy as np
import pytest

from metrics.stats import Assessment, Design, assess, plan
from metrics.verdict_words import (
    Scale,
    Told,
    assessment_of,
    chance_range,
    how_sure,
    not_said,
    plan_lines,
    plan_sentence,
)
from metrics.warning_words import warnings

MINUTES = Scale("Handle time", "min", 1)
TOLD = Told(target=9.0)
REACHED = Assessment(
    verdict="reached", estimate=-4.0, low=-5.0, high=-3.0, baseline_mean=12.0, window_mean=8.5, n_used=102, n_missing=2,
    n_clipped=1, breakdown_drift=-2.5,
)  # fmt: skip


def test_a_ramp_shows_the_plain_average_beside_it():
    ramp = Told(target=9.0, ramp=True)
    assert any("plain average of the window is 8.5" in line for line in how_sure(MINUTES, REACHED, ramp))


def test_how_sure_and_why():
    text = " ".join(how_sure(MINUTES, REACHED, TOLD))
    for words in (
        "between −5.0",
        "“No change” is ruled out",
        "drifting by more than 2.5",
        "rests on 102 of 104 possible values, 1 unusual",
    ):
        assert words in text


def test_what_it_does_not_say():
    assert "not why" in not_said(REACHED)
    assert "never why" in not_said(replace(REACHED, verdict="running"))


def test_a_stopped_pilot_names_its_wider_range():
    text = " ".join(how_sure(MINUTES, REACHED, replace(TOLD, stopped=True)))
    assert "stopped early" in text


def test_every_code_has_words():
    rng = np.random.default_rng(1)
    series = ([3.0] * 18, rng.standard_normal(18), np.arange(18.0) + rng.standard_normal(18), [None] * 18)
    design = Design(cadence="weekly", baseline=12, target=1.0)
    codes = {code for y in series for code in (*assess(y, design).warnings, *plan(y[:12], design).warnings)}
    assert len(warnings(codes)) == len(codes) > 3


def test_the_plan_is_a_range_with_what_helps():
    found = plan(
        np.random.default_rng(2).standard_normal(12), Design(cadence="weekly", baseline=12, target=2.0)
    )
    assert " to " in plan_sentence(MINUTES, found)
    text = " ".join(plan_lines(MINUTES, found))
    assert "four of five" in text
    assert "comparison group it would be" in text


@pytest.mark.parametrize(
    ("low", "high", "words"), [(0.55, 0.8, "55 to 80"), (0.0, 0.004, "below 1"), (0.995, 1.0, "above 99")]
)
def test_chances(low, high, words):
    assert chance_range(low, high).startswith(words)


def test_an_earlier_readings_facts_still_read():
    assert assessment_of(
        {"verdict": "short", "estimate": 1.0, "points": 3, "warnings": ["few_points"]}
    ) == Assessment(verdict="short", estimate=1.0, warnings=("few_points",))
    assert assessment_of({"refused": "too short"}).verdict == "unclear"
