"""What changed is shown line by line: with nothing left out, little around it, and in no time."""

import time

import pytest

from pilots.changes import Line, changes
from tests.drawn import given, st

LINES = st.lists(st.sampled_from(["", "a", "b c", "the old fox", "the new fox"]), max_size=12).map("\n".join)


def told(before: str, after: str) -> list[str]:
    signs = {"same": " ", "added": "+", "removed": "-"}
    lines = changes(before, after)
    assert lines is not None
    return [f"({line.skipped})" if line.skipped else signs[line.mark] + text(line) for line in lines]


def text(line: Line) -> str:
    return "".join(words for words, _changed in line.parts)


def test_a_line_that_changed_stands_beside_what_it_was() -> None:
    before = "1\n2\n3\n4\nthe old fox\n6\n7\n8\n9"
    after = "1\n2\n3\n4\nthe new fox\n6\n7\n8\n9"
    assert told(before, after) == ["(2)", " 3", " 4", "-the old fox", "+the new fox", " 6", " 7", "(2)"]
    removed = next(line for line in changes(before, after) or [] if line.mark == "removed")
    assert removed.parts == (("the ", False), ("old", True), (" fox", False))


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [("a", "a", ["(1)"]), ("", "a", ["+a"]), ("a", "", ["-a"]), ("", "", []), ("a\nb", "b", ["-a", " b"])],
)
def test_small_cases(before: str, after: str, lines: list[str]) -> None:
    assert told(before, after) == lines


@given(LINES, LINES)
def test_both_texts_can_be_put_together_again(before: str, after: str) -> None:
    lines = changes(before, after)
    assert lines is not None
    kept = [line for line in lines if not line.skipped]
    assert [text(line) for line in kept if line.mark != "added"] == list(
        _shown(before.splitlines(), kept, "removed")
    )
    assert sum(line.skipped for line in lines) + sum(line.mark != "added" for line in kept) == len(
        before.splitlines()
    )
    assert sum(line.skipped for line in lines) + sum(line.mark != "removed" for line in kept) == len(
        after.splitlines()
    )


def _shown(whole: list[str], kept: list[Line], gone: str) -> list[str]:
    """Of the earlier text, the lines that are shown, in their order: each of them stands there."""
    shown = [text(line) for line in kept if line.mark in {"same", gone}]
    rest = iter(whole)
    assert all(any(line == one for one in rest) for line in shown)
    return shown


def test_texts_that_have_little_in_common_are_not_compared_for_ever() -> None:
    before, after = ("\n".join(f"{n % 97} {sign}" for n in range(12_000)) for sign in "ab")
    begin = time.perf_counter()
    assert changes(before, after) is None
    few_old, few_new = ("\n".join(f"{n % 13} {sign}" for n in range(1_400)) for sign in "ab")
    assert changes(few_old, few_new) is not None
    assert time.perf_counter() - begin < 5
