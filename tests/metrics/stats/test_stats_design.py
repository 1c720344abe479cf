"""A design that makes no sense is refused in plain words."""

import math

import pytest

from metrics.stats import Design, StatsError


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": -1.0}, "must be positive"),
        ({"target": 1.0, "direction": "lower"}, "must be negative"),
        ({"target": 0.0}, "not zero"),
        ({"target": math.nan}, "finite"),
        ({"target": "many"}, "must be a number"),
        ({"path": "ramp"}, 'path must be "step" or a whole number'),
        ({"path": 0}, "path must be at least one"),
        ({"lag": -1}, "lag must be zero or"),
        ({"lag": 42}, "no point of the window"),
        ({"log": 1}, "log must be true or false"),
        ({"kind": "median"}, "kind must be one of"),
        ({"cadence": "hourly"}, "cadence must be one of"),
        ({"cadence": "other"}, "window is required"),
        ({"direction": "up"}, "direction must be one of"),
        ({"baseline": 0}, "baseline must be at least one"),
        ({"baseline": 2.5}, "baseline must be a whole number"),
        ({"window": 0}, "window must be at least one"),
        ({"season": 0}, "season must be at least one"),
        ({"drift": -0.1}, "drift"),
        ({"drift": math.nan}, "drift"),
        ({"alpha": 0.0}, "alpha"),
        ({"clip": 0.0}, "clip"),
    ],
)
def test_refused(options, words):
    with pytest.raises(StatsError, match=words):
        Design(**{"baseline": 60, "target": 1.0} | options)


def test_defaults():
    daily, weekly = (
        Design(baseline=60, target=1.0),
        Design(cadence="weekly", baseline=12, target=1.0),
    )
    assert (daily.window, weekly.window) == (42, 6)
    assert (daily.period, weekly.period) == (7, 1)
    assert Design(baseline=27, target=1.0).period == 1


def test_frozen():
    with pytest.raises(AttributeError):
        Design(baseline=60, target=1.0).target = 2.0
