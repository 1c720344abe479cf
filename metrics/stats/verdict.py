"""Five verdicts from three numbers: where the interval lies beside zero and beside the target."""

from typing import Literal

type Verdict = Literal["reached", "short", "not_moved", "wrong_way", "unclear", "running"]


def judge(estimate: float, low: float, high: float, target: float) -> Verdict:
    """The verdict at the end of the window; improvement is positive in all four numbers.

    wrong_way: all of the interval below zero. reached: all above zero and the estimate at least
    at target. short: above zero, below target. not_moved: zero inside, target ruled out.
    unclear: zero and target are both possible.
    """
    if high < 0:
        return "wrong_way"
    if low > 0:
        return "reached" if estimate >= target else "short"
    return "not_moved" if high < target else "unclear"
