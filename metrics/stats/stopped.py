"""A pilot that was stopped on a day that nobody fixed beforehand."""

from dataclasses import replace

import numpy as np

from .assessment import Assessment
from .design import Design
from .verdict import judge


def at_stop(found: Assessment, design: Design) -> Assessment:
    """The assessment at the moment of an early stop: the anytime-valid interval instead of the fixed-time one.

    The week-six interval holds for a day fixed beforehand; who stops because of what was seen needs the one that
    holds on every day at once. The verdict follows from it by the same five rules, p-value, breakdown drift and
    forecast fall away. An assessment at the full window is returned as it is.
    """
    if found.verdict != "running":
        return found
    low, high, sign = found.band_low, found.band_high, design.sign
    verdict = "unclear"
    if found.estimate is not None and low is not None and high is not None:
        one, two = sorted((low * sign, high * sign))
        numbers = (np.array([x]) for x in (found.estimate * sign, one, two, design.target * sign))
        verdict = str(judge(*numbers)[0])
    return replace(
        found, verdict=verdict, low=low, high=high, p_value=None, breakdown_drift=None,  # type: ignore[arg-type]
        chance_of_target=None, forecast=None, forecast_low=None, forecast_high=None,
    )  # fmt: skip
