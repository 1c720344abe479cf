"""Student's t: the two functions that are needed, typed; the full scipy.stats costs 60 MB."""

from scipy.special import stdtr, stdtrit


def share_below(value: float, freedom: int) -> float:
    """P(t <= value) with `freedom` degrees of freedom."""
    return float(stdtr(freedom, value))


def quantile(share: float, freedom: int) -> float:
    """The value below which this share lies."""
    return float(stdtrit(freedom, share))
