"""What is said of a result: pinned by a page that somebody read, and by rules that hold for any figures."""

import re

import pytest

from metrics.amounts import choose
from metrics.result_words import result
from metrics.stats import Assessment
from metrics.verdict_words import Scale, Told
from tests.drawn import example, given, st
from tests.metrics.sentences import CASES, DOCUMENT, document

CLAIMS = re.compile(r"\b(rose|fell|improved|better|worse)\b")
MOVED = {"reached", "short", "wrong_way"}


def test_the_page_says_what_the_product_says():
    assert len(CASES) >= 60
    assert DOCUMENT.read_text(encoding="utf-8") == document(), (
        "run python -m tests.metrics.sentences, and read it"
    )


def test_nothing_is_claimed_without_evidence():
    for case in CASES:
        told = case.result()
        words = f"{told.headline} {told.lede} {told.line}"
        if case.found.verdict not in MOVED:
            assert not CLAIMS.search(words), words
            assert not case.scale.phrase or case.scale.phrase.partition("…")[0] not in words, words
        assert "improved" not in words


@given(
    before=st.floats(0.01, 1e7), change=st.floats(0.001, 1e6), half=st.floats(0.001, 1e6), sign=st.sampled_from([-1, 1]),
    decimals=st.integers(0, 4), verdict=st.sampled_from(["reached", "short", "wrong_way", "not_moved", "unclear"]),
    kind=st.sampled_from(["mean", "rate", "total"]),
)  # fmt: skip
@example(  # whose sums add up with three digits only
    before=0.3125, change=0.34375, half=1.0, sign=1, decimals=0, verdict="reached", kind="mean"
)
def test_figures_never_contradict_the_verdict(before, change, half, sign, decimals, verdict, kind):
    """Any figures make a sentence; what moved never reads as nothing, and its range never holds both signs."""
    estimate = sign * change
    found = Assessment(
        verdict=verdict, estimate=estimate, low=estimate - half, high=estimate + half, baseline_mean=before
    )
    if verdict in MOVED:
        found = Assessment(
            verdict=verdict,
            estimate=estimate,
            low=estimate - change / 2,
            high=estimate + change / 2,
            baseline_mean=before,
        )
    told = result(Scale("Cases", "", decimals, kind), found, Told(target=before + estimate / 2))
    assert told.headline and told.line.endswith(".")
    if verdict in MOVED:
        by = re.search(r"by ([\d.,]+)", told.headline)
        if by and abs(estimate) > 10 ** -(decimals + 2):
            assert float(by[1].rstrip(".").replace(",", "")) != 0, told.headline
        assert not (" less" in told.lede and " more" in told.lede)


@given(
    before=st.floats(10, 90), half=st.floats(0.5, 20), off=st.floats(0.06, 5), decimals=st.integers(0, 2)
)  # fmt: skip
@example(before=57.9, half=4.6, off=0.5, decimals=0)
def test_what_is_ruled_out_is_so_by_the_figures_too(before, half, off, decimals):
    """Whoever adds the end of the range to the level does not get the target."""
    target = before + half + off
    digits = choose(
        before,
        0.0,
        -half,
        half,
        decimals=decimals,
        moved=False,
        beyond=lambda level: level >= target,
        end=half,
    )
    assert round(before, digits) + round(half, digits) < target


@pytest.mark.parametrize("phrase", ["A case takes …", "A case takes … ."])
def test_a_full_stop_too_many_does_no_harm(phrase):
    found = Assessment(verdict="reached", estimate=-4.0, low=-5.0, high=-3.0, baseline_mean=12.0)
    assert (
        result(Scale("Time", "min", 1, phrase=phrase), found, Told(target=9.0)).headline
        == "A case takes 4\xa0min less."
    )
