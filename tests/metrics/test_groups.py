"""Which groups of a day are withheld: those that are too small, and those whose difference would tell them."""

from itertools import chain, combinations

import pytest

from metrics.groups import suppressed, too_few
from tests.drawn import given, st

ALL = 0
CASES = [
    ({ALL: 100, 1: 60, 2: 40}, set()),
    ({ALL: 100, 1: 60, 2: 36, 3: 4}, {2, 3}),  # everybody minus two groups would be the third
    ({ALL: 43, 1: 40}, {1}),  # everybody minus the pilot group is three people
    ({ALL: 45, 1: 40}, set()),
    ({ALL: 100, 1: 60, 2: 37}, {2}),  # three people are in no group
    ({ALL: 4, 1: 4}, {ALL, 1}),
    ({1: 60, 2: 3}, {2}),  # nobody shows everybody
    ({ALL: 100, 1: 60, 2: 32, 3: 4, 4: 4}, {3, 4}),  # together they are eight
    ({ALL: 10, 1: 8, 2: 2}, {1, 2}),
    ({ALL: 100, 1: 90, 2: 80}, set()),  # they overlap
    ({}, set()),
]


@pytest.mark.parametrize(("sizes", "hidden"), CASES)
def test_a_day(sizes: dict[int, float], hidden: set[int]) -> None:
    assert suppressed(sizes, ALL if ALL in sizes else None, 5) == hidden


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(0, 12), st.integers(2, 12))
def test_no_difference_of_what_is_shown_is_about_too_few(
    groups: list[int], nowhere: int, minimum: int
) -> None:
    """Somebody subtracts any of the shown groups from everybody, whoever is in no group included."""
    sizes = {ALL: float(sum(groups) + nowhere), **{n: float(size) for n, size in enumerate(groups, 1)}}
    hidden = suppressed(sizes, ALL, minimum)
    parts = [size for one, size in sizes.items() if one not in hidden and one != ALL]
    assert all(size >= minimum for one, size in sizes.items() if one not in hidden)
    if ALL not in hidden:
        everything = sum(parts)
        for some in chain.from_iterable(combinations(parts, count) for count in (1, len(parts))):
            rest = sizes[ALL] - (sum(some) if len(some) == 1 else everything)
            assert rest == 0 or rest >= minimum or not some


def test_where_nobody_could_say_it_is_shown() -> None:
    assert (too_few(None, 5), too_few(4, 5), too_few(5, 5)) == (False, True, False)
