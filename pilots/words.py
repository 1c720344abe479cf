"""How a pilot stands, in sentences. Never stronger than the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import figure, long_date
from metrics.groups import Shown, shown

if TYPE_CHECKING:
    from pilots.gate import Line
    from pilots.models import Flag, Pilot, Reading
    from pilots.models.pilot import Stage


@dataclass(frozen=True, slots=True)
class Headline:
    """The sentence that a page leads with, and what stands below it."""

    sentence: str
    lede: str


class Look:
    """A pilot at a moment, with what its sentences are told from: each is asked for once, and when it is needed."""

    def __init__(self, pilot: Pilot, at: datetime) -> None:
        self.pilot, self.at = pilot, at
        self.today: date = pilot.organisation.day_of(at)
        self.stage: Stage = pilot.stage(self.today)

    @cached_property
    def reading(self) -> Reading | None:
        return self.pilot.latest_reading()

    @cached_property
    def shown(self) -> Shown:
        """Which values may be seen: none about too few people."""
        return shown_of(self.pilot, self.today)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the latest reading says, as far as it may be shown."""
        return self.shown.facts(self.pilot.series_id, self.reading.facts) if self.reading else {}

    @cached_property
    def flags(self) -> list[Flag]:
        standing = self.pilot.flags.standing().select_related("acknowledged_by")
        return list(standing.order_by("raised_at", "pk"))

    @cached_property
    def gate(self) -> list[Line]:
        return self.pilot.gate(self.at)


@dataclass(frozen=True, slots=True)
class Scale:
    """How values of a metric are written."""

    name: str
    unit: str
    decimals: int

    def __call__(self, value: float | None) -> str:
        return str(figure(value, self.unit, self.decimals))

    def agreed(self, value: float | None) -> str:
        """A level that somebody chose: 27 %, not 27.0 %."""
        whole = value is not None and value == round(value)
        return str(figure(value, self.unit, 0 if whole else self.decimals))


def headline(pilot: Pilot, at: datetime, look: Look | None = None) -> Headline:
    """How the pilot stands on the day of ``at``. A page that has a look at it already passes that on."""
    look = look or Look(pilot, at)
    stage = look.stage
    if stage == "cancelled":
        return Headline(
            _("“%(title)s” was cancelled before it began.") % {"title": pilot}, pilot.cancel.reason
        )
    if stage == "planning":
        return _planning(look)
    facts = look.facts
    if stage == "running":
        return _running(look, facts)
    return Headline(result_sentence(_scale(pilot), facts, pilot.target), _after(pilot, stage, facts))


def result_sentence(scale: Scale, facts: dict[str, Any], target: float | None) -> str:
    """What a window that is over showed, in one sentence."""
    if facts.get("withheld"):
        return _too_small(scale)
    values = {
        "metric": scale.name,
        "before": scale(facts.get("baseline_mean")),
        "after": scale(_after_level(facts)),
        "target": scale.agreed(target),
    }
    match facts.get("verdict"):
        case "reached":
            return (
                _("%(metric)s went from %(before)s to %(after)s: the target of %(target)s was reached.")
                % values
            )
        case "short":
            return (
                _("%(metric)s improved from %(before)s to %(after)s, short of the target of %(target)s.")
                % values
            )
        case "not_moved":
            return _("%(metric)s has not moved. The target of %(target)s was not reached.") % values
        case "wrong_way":
            return _("%(metric)s got worse: from %(before)s to %(after)s.") % values
    return _("Six weeks cannot tell whether %(metric)s moved.") % values


def how_sure(scale: Scale, facts: dict[str, Any]) -> str:
    """Estimate and interval in words."""
    if facts.get("withheld"):
        return _("What was found is known to Pilotlight, and withheld from every page to protect them.")
    low, high = facts.get("low"), facts.get("high")
    if facts.get("estimate") is None or low is None or high is None:
        return _("There are too few points for an estimate.")
    unit = _("percentage points") if "%" in scale.unit else scale.unit
    in_points = Scale(scale.name, unit, scale.decimals)
    return _("The change is most likely between %(low)s and %(high)s.") % {
        "low": _signed(in_points, low),
        "high": _signed(in_points, high),
    }


def _too_small(scale: Scale) -> str:
    return _("%(metric)s is about too few people to be shown.") % {"metric": scale.name}


def shown_of(pilot: Pilot, until: date) -> Shown:
    """What may be seen of the pilot's series, from its baseline to before ``until``."""
    minimum = pilot.organisation.minimum_group
    if pilot.metric is None or pilot.series_id is None or pilot.start is None or pilot.end is None:
        return Shown(minimum)
    begin = pilot.baseline_start or pilot.start - pilot.metric.rhythm.most_baseline * pilot.metric.rhythm.step
    wanted = [series for series in (pilot.series_id, pilot.comparison_id) if series]
    asked = {pilot.series_id: pilot.planned_reach}
    return shown(pilot.metric, begin, min(pilot.end, until), minimum=minimum, series=wanted, asked=asked)


def week_of(pilot: Pilot, today: date) -> int:
    """Which week of the six, 1 to 6; 0 before the first day."""
    if pilot.start is None or today < pilot.start:
        return 0
    return min(6, (today - pilot.start).days // 7 + 1)


def _planning(look: Look) -> Headline:
    pilot = look.pilot
    open_lines = [line for line in look.gate if not line.met]
    if not open_lines:
        return Headline(_("“%(title)s” is ready to launch.") % {"title": pilot}, plan_sentence(look))
    count = {"title": pilot, "open": len(open_lines)}
    if len(open_lines) == 1:
        return Headline(_("One thing is missing before “%(title)s” can begin.") % count, plan_sentence(look))
    return Headline(
        _("%(open)s of 8 things are missing before “%(title)s” can begin.") % count, plan_sentence(look)
    )


def plan_sentence(look: Look) -> str:
    """The plan in one sentence, as far as it goes."""
    pilot = look.pilot
    if pilot.metric is None or pilot.target is None or pilot.end is None:
        return pilot.problem
    baseline = None if look.shown.is_small(pilot.series_id) else pilot.baseline_mean()
    return _("The plan: %(metric)s, from %(before)s to %(target)s, by %(day)s.") % {
        "metric": pilot.metric,
        "before": _scale(pilot)(baseline),
        "target": _scale(pilot).agreed(pilot.target),
        "day": long_date(pilot.end - timedelta(days=1)),
    }


def _running(look: Look, facts: dict[str, Any]) -> Headline:
    pilot, today = look.pilot, look.today
    scale = _scale(pilot)
    values = {
        "metric": scale.name,
        "before": scale(facts.get("baseline_mean")),
        "now": scale(facts.get("latest")),
        "target": scale.agreed(pilot.target),
    }
    standing = {flag.kind: flag for flag in look.flags}
    if pilot.start and today < pilot.start:
        return Headline(
            _("“%(title)s” begins on %(day)s.") % {"title": pilot, "day": long_date(pilot.start)},
            plan_sentence(look),
        )
    if facts.get("withheld"):
        return Headline(_too_small(scale), _("Week %(week)s of 6.") % {"week": week_of(pilot, today)})
    if missing := standing.get("no_data") or standing.get("source_failing"):
        since = long_date(date.fromisoformat(missing.figures["since"]))
        return Headline(
            _("There is no data on %(metric)s since %(day)s.") % {**values, "day": since},
            _progress(pilot, facts, today),
        )
    if "wrong_way" in standing:
        sentence = _("%(metric)s is moving the wrong way: from %(before)s to %(now)s.")
    elif "not_moving" in standing:
        sentence = _("%(metric)s has not moved as far as was agreed, and %(target)s is out of sight.")
    elif facts.get("moving_since"):
        sentence = _("%(metric)s is moving: from %(before)s to %(now)s.")
    elif "unlikely" in standing:
        sentence = _("%(metric)s is unlikely to reach %(target)s.")
    else:
        sentence = _("It is too early to say whether %(metric)s moves.")
    return Headline(sentence % values, _progress(pilot, facts, today))


def _progress(pilot: Pilot, facts: dict[str, Any], today: date) -> str:
    scale = _scale(pilot)
    parts = [_("Week %(week)s of 6.") % {"week": week_of(pilot, today)}]
    latest, limits = facts.get("latest"), facts.get("limits")
    if latest is not None and facts.get("points"):
        where = (
            _("outside normal variation")
            if limits and not limits[0] <= latest <= limits[1]
            else _("inside normal variation")
        )
        parts.append(_("It stands at %(now)s, %(where)s.") % {"now": scale(latest), "where": where})
    chance = facts.get("chance_of_target")
    if chance is not None and pilot.end:
        day = long_date(pilot.end - timedelta(days=1))
        parts.append(
            _("The chance of reaching %(target)s by %(day)s is %(chance)s.")
            % {"target": scale.agreed(pilot.target), "day": day, "chance": percent(chance)}
        )
    return " ".join(parts)


def _after(pilot: Pilot, stage: str, facts: dict[str, Any]) -> str:
    sure = how_sure(_scale(pilot), facts)
    if stage == "deciding":
        if pilot.has("stop"):
            return _("It was stopped early. Decide what follows.")
        return _("The six weeks are over. %(sure)s A decision is due.") % {"sure": sure}
    return sure


def percent(share: float) -> str:
    """A chance in words that do not pretend to know more than they do."""
    if share < 0.01:
        return _("below 1 %")
    if share > 0.99:
        return _("above 99 %")
    return str(figure(100 * share, "%", 0))


def _signed(scale: Scale, value: float) -> str:
    written = scale(value)
    return f"+{written}" if value > 0 else written


def _after_level(facts: dict[str, Any]) -> float | None:
    before, estimate = facts.get("baseline_mean"), facts.get("estimate")
    return None if before is None or estimate is None else before + estimate


def _scale(pilot: Pilot) -> Scale:
    metric = pilot.metric
    return Scale(metric.name, metric.unit, metric.decimals) if metric else Scale("", "", 1)
