"""Still there, faded, or nobody can tell: never stronger than the interval."""

import pytest

from pilots.aftermath import compare


@pytest.mark.parametrize(
    ("verdict", "was", "low", "high", "says"),
    [
        ("reached", 9.0, 4.0, 12.0, "still_there"),
        ("short", 5.0, 0.5, 4.0, "still_there_less"),
        ("reached", 9.0, -1.0, 6.0, "faded"),
        ("reached", 9.0, -1.0, 11.0, "cannot_tell"),
        ("short", 5.0, -6.0, -1.0, "turned"),
        ("wrong_way", -4.0, -6.0, -1.0, "harm_still_there"),
        ("wrong_way", -4.0, -2.0, 3.0, "harm_gone"),
        ("wrong_way", -4.0, -6.0, 3.0, "cannot_tell"),
        ("wrong_way", -4.0, 1.0, 3.0, "turned_good"),
        ("not_moved", 0.2, -2.0, 3.0, "still_nothing"),
        ("unclear", 2.0, 1.0, 3.0, "moved_since"),
        ("not_moved", 0.2, -3.0, -1.0, "worse_since"),
        ("reached", 9.0, None, None, "cannot_tell"),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_what_became_of_it(verdict, was, low, high, says, sign):
    """In either direction alike."""
    flipped = sorted(sign * x for x in (low, high)) if low is not None else [None, None]
    now = {"low": flipped[0], "high": flipped[1]}
    assert compare({"verdict": verdict, "estimate": sign * was}, now, sign=sign) == says
