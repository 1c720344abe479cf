"""What the maths said, in sentences for people: the answer, how sure it is and why, and what it does not say.

Fed by the dataclasses of `metrics.stats`; never stronger than the evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import figure
from metrics.stats import Assessment, Help, Plan
from metrics.warning_words import warnings

STRONG: Final = 20.0
"""An e-value from here on is wrong at most 1 time in 20, however often one looks."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How values of a metric are written."""

    name: str
    unit: str
    decimals: int
    kind: str = "mean"
    # The result in agreed words, with … where the change stands; empty where nobody gave any.
    phrase: str = ""

    def __call__(self, value: float | None) -> str:
        return str(figure(value, self.unit, self.decimals))

    def agreed(self, value: float | None) -> str:
        """A level that somebody chose: 27 %, not 27.0 %."""
        whole = value is not None and value == round(value)
        return str(figure(value, self.unit, 0 if whole else self.decimals))

    @property
    def change(self) -> Scale:
        """How a change of the metric is written: a change of a share is in percentage points."""
        unit = _("percentage points") if "%" in self.unit else self.unit
        return Scale(self.name, unit, self.decimals)

    def signed(self, value: float) -> str:
        written = self(value)
        return f"+{written}" if value > 0 else written


@dataclass(frozen=True, slots=True)
class Told:
    """How the pilot was judged, as far as the words depend on it. ``target`` is the agreed level."""

    target: float | None
    ramp: bool = False
    compared: bool = False
    stopped: bool = False


def assessment_of(facts: dict[str, Any]) -> Assessment:
    """An assessment from the plain facts of a reading; what an earlier reading did not hold is left out."""
    known = {field.name for field in fields(Assessment)}
    kept = {name: value for name, value in facts.items() if name in known}
    return Assessment(**{"verdict": "unclear", **kept, "warnings": tuple(kept.get("warnings") or ())})


def after_level(found: Assessment) -> float | None:
    """The level after the pilot: the baseline's own plus the estimate."""
    if found.baseline_mean is None or found.estimate is None:
        return None
    return found.baseline_mean + found.estimate


def running_sentence(scale: Scale, found: Assessment, told: Told) -> str:
    """How a window that is not over stands, in one sentence."""
    return _running(found) % {
        "metric": scale.name,
        "before": scale(found.baseline_mean),
        "after": scale(after_level(found)),
        "target": scale.agreed(told.target),
    }


def too_small(name: str) -> str:
    """What is said instead of values about fewer people than may be shown."""
    return _("%(metric)s is about too few people to be shown.") % {"metric": name}


def interval_sentence(scale: Scale, found: Assessment) -> str:
    """Estimate and interval in words."""
    if found.estimate is None or found.low is None or found.high is None:
        return _("There are too few points for an estimate.")
    return _("The change is most likely between %(low)s and %(high)s.") % {
        "low": scale.change.signed(found.low),
        "high": scale.change.signed(found.high),
    }


def how_sure(scale: Scale, found: Assessment, told: Told) -> list[str]:
    """How sure the answer is, and why: the longer version, a sentence each."""
    running = found.verdict == "running"
    lines = [_evidence(found)] if running else [interval_sentence(scale, found)]
    lines += reasons(scale, found, told)
    if found.breakdown_drift is not None and not running and found.verdict != "unclear":
        lines.append(stands_unless(scale, found))
    return [line for line in (*lines, counted(found), *warnings(found.warnings)) if line]


def reasons(scale: Scale, found: Assessment, told: Told) -> list[str]:
    """Why the verdict is what it is, and what it depends on."""
    running = found.verdict == "running"
    lines = [forecast_sentence(scale, found)] if running and found.forecast is not None else _why(found)
    if told.ramp and found.window_mean is not None and not running:
        lines.append(
            _(
                "The plain average of the window is %(mean)s; it holds the weeks in which use was still growing."
            )
            % {"mean": scale(found.window_mean)}
        )
    if told.stopped:
        lines.append(
            _("It was stopped early, so this is the wider range that holds on whichever day somebody stops.")
        )
    if told.compared:
        lines.append(_("What the comparison group went through in the same weeks is taken off."))
    return [line for line in lines if line]


def stands_unless(scale: Scale, found: Assessment) -> str:
    """By how much the metric must drift on its own to overturn the verdict."""
    if found.breakdown_drift is None:
        return ""
    return _("This stands unless the metric was drifting by more than %(drift)s in six weeks on its own.") % {
        "drift": scale.change(abs(found.breakdown_drift))
    }


def not_said(found: Assessment) -> str:
    """What the answer leaves open."""
    if found.verdict == "running":
        return _("It does not say how the six weeks will end, and never why the metric moves.")
    return _("It says whether the metric moved, not why: the figures alone cannot tell what caused it.")


def forecast_sentence(scale: Scale, found: Assessment) -> str:
    """Where the pilot is likely to end, and the chance of the target."""
    base = found.baseline_mean
    if (
        base is None
        or found.forecast_low is None
        or found.forecast_high is None
        or found.chance_of_target is None
    ):
        return ""
    return _(
        "As it goes now, it will most likely end between %(low)s and %(high)s; the chance of reaching the target is %(chance)s."
    ) % {
        "low": scale(base + found.forecast_low),
        "high": scale(base + found.forecast_high),
        "chance": percent(found.chance_of_target),
    }


def counted(found: Assessment) -> str:
    """How many values it rests on."""
    if found.n_missing:
        parts = [
            _("It rests on %(count)s of %(possible)s possible values")
            % {"count": found.n_used, "possible": found.n_used + found.n_missing}
        ]
    else:
        parts = [
            ngettext("It rests on %(count)s value", "It rests on %(count)s values", found.n_used)
            % {"count": found.n_used}
        ]
    if found.n_clipped:
        parts.append(
            ngettext(
                "%(count)s unusual value was pulled in",
                "%(count)s unusual values were pulled in",
                found.n_clipped,
            )
            % {"count": found.n_clipped}
        )
    return ", ".join(parts) + "."


def percent(share: float) -> str:
    """A chance in words that do not pretend to know more than they do."""
    if share < 0.01:
        return _("below 1 %")
    if share > 0.99:
        return _("above 99 %")
    return str(figure(100 * share, "%", 0))


def chance_range(low: float, high: float) -> str:
    """A chance that is not known exactly: 55 to 80 %."""
    one, two = round(100 * low), round(100 * high)
    if percent(low) == percent(high):
        return percent(low)
    return _("%(low)s to %(high)s") % {"low": str(max(one, 1)), "high": figure(min(two, 99), "%", 0)}


def plan_sentence(scale: Scale, plan: Plan) -> str:
    """Before launch: what six weeks can show, in one sentence."""
    if plan.mde is None and plan.chance is None:
        return _("The baseline cannot tell yet what six weeks can show.")
    if plan.chance is None or plan.chance_low is None or plan.chance_high is None:
        return _("The target lies outside of what this metric can be.")
    return _("If the target is met, six weeks will show it with a chance of %(chance)s.") % {
        "chance": chance_range(plan.chance_low, plan.chance_high)
    }


def plan_lines(scale: Scale, plan: Plan) -> list[str]:
    """How sure, why, and what would help most."""
    lines = []
    if plan.mde is not None:
        lines.append(
            _("The smallest change that six weeks show in four of five cases is %(change)s.")
            % {"change": scale.change.signed(plan.mde)}
        )
    lines += [_helped(scale, one) for one in plan.helps[:2]]
    if plan.shift is not None:
        lines.append(
            _("The level jumped by %(change)s within the baseline: what happened there?")
            % {"change": scale.change.signed(plan.shift)}
        )
    if plan.drift_per_window is not None and "drifting_baseline" in plan.warnings:
        lines.append(
            _("Before the pilot it was already drifting by %(change)s in six weeks.")
            % {"change": scale.change.signed(plan.drift_per_window)}
        )
    return [
        *lines,
        *warnings(code for code in plan.warnings if code not in {"level_shift", "drifting_baseline"}),
    ]


def _helped(scale: Scale, one: Help) -> str:
    match one.kind:
        case "daily":
            what = _("With daily instead of weekly values")
        case "longer_baseline":
            what = _("With a baseline of %(points)s values") % {"points": one.points}
        case _:
            what = _("With a good comparison group")
    return _("%(what)s it would be %(change)s, and the chance %(chance)s.") % {
        "what": what,
        "change": scale.change.signed(one.mde),
        "chance": percent(one.chance),
    }


def _running(found: Assessment) -> str:
    if found.e_wrong_way >= STRONG:
        return _("%(metric)s is moving the wrong way.")
    if found.e_not_moving >= STRONG:
        return _("%(metric)s has not moved as far as was agreed, and %(target)s is out of sight.")
    if found.e_moving >= STRONG:
        return _("%(metric)s is moving: from %(before)s to %(after)s so far.")
    return _("It is too early to say whether %(metric)s moves.")


def _evidence(found: Assessment) -> str:
    largest = max(found.e_moving, found.e_wrong_way, found.e_not_moving)
    if largest >= STRONG:
        return _("Such a sign is wrong in at most 1 of 20 pilots, however often somebody looks.")
    return _("Nothing stands out from chance yet, for whoever looks every day.")


def _why(found: Assessment) -> list[str]:
    match found.verdict:
        case "unclear" if found.low is not None:
            return [_("Both “no change” and “the target” are possible within that range.")]
        case "not_moved":
            return [_("“No change” is possible within that range, and the target is not.")]
        case "short":
            return [_("“No change” is ruled out; the best estimate is short of the target.")]
        case "reached" | "wrong_way":
            return [_("“No change” is ruled out.")]
    return []
