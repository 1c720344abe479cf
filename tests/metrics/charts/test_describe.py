"""Who does not see the picture hears what it says."""

from __future__ import annotations

from dataclasses import replace

from metrics.charts import Picture, Words, describe, draw
from tests.metrics.charts.conftest import ALONE, ENDED, RUNNING, STATES

THIN = "\N{NARROW NO-BREAK SPACE}"


def test_says_what_is_normal_what_was_agreed_and_where_it_stands() -> None:
    said = describe(RUNNING)
    assert f"between 18.2{THIN}% and 25.6{THIN}%" in said
    assert f"from 23 November 2026 to 3 January 2027; the target is 27{THIN}%." in said
    assert f"The pilot team stood at 20.1{THIN}% on 14 December 2026, inside normal variation." in said
    assert f"between 20.1{THIN}% and 23.5{THIN}%" in said


def test_says_better_worse_and_how_the_others_did() -> None:
    assert "better than normal variation" in describe(ENDED)
    assert "The other teams stood at" in describe(ENDED)
    assert "worse than normal variation" in describe(STATES["wrong way"])


def test_says_that_there_is_nothing_yet() -> None:
    assert describe(STATES["nothing"]).startswith("No figures yet.")


def test_without_a_pilot_says_only_what_is_there() -> None:
    assert describe(ALONE) == (
        f"Normal variation since 6 July 2026 lies between 18.2{THIN}% and 25.6{THIN}%. "
        f"It stood at 20.1{THIN}% on 14 December 2026, inside normal variation."
    )
    assert describe(STATES["without a pilot, nothing"]) == "No figures yet."
    assert f"The target is 27{THIN}%." in describe(STATES["without a pilot, labelled"])


def test_says_no_limit_where_no_value_can_lie() -> None:
    assert f"lies between 0.0{THIN}% and 100.0{THIN}%." in describe(STATES["without a pilot, clipped"])


def test_the_picture_carries_it(picture: Picture) -> None:
    assert 'role="img" aria-label="' in draw(picture)
    assert "nan" not in describe(picture).lower()


def test_another_language_brings_its_own_words() -> None:
    german = Words(
        target="Ziel", said_target="Die sechs Wochen laufen vom {start} bis {last}; das Ziel ist {target}."
    )
    picture = replace(RUNNING, words=german)
    assert "das Ziel ist" in describe(picture)
    assert ">Ziel 27" in draw(picture)
