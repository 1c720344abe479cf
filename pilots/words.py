"""How a pilot stands, in sentences. Never stronger than the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from accounts.templatetags.pilotlight import long_date
from metrics.groups import Shown, shown
from metrics.result_words import Others, Result, result
from metrics.verdict_words import (
    Scale,
    Told,
    assessment_of,
    percent,
    plan_lines,
    too_small,
)
from metrics.verdict_words import plan_sentence as outlook_sentence
from pilots.models.usage import Reach, Usage, newer

if TYPE_CHECKING:
    from metrics.models import Pull, Source
    from metrics.stats import Plan
    from pilots.gate import Line
    from pilots.models import CheckIn, Flag, Pilot, Reading
    from pilots.models.pilot import Stage


EVEN: Final = 0.5
"""Below this chance of seeing the target, the manager says in writing why to go ahead."""
ASKED_ON: Final = 4
"""From which day of a pilot's week on, counted from 0, its note is asked for."""


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
    def check_ins(self) -> list[CheckIn]:
        """The weekly notes, oldest first."""
        return list(self.pilot.check_ins.select_related("by"))

    @property
    def marks(self) -> list[tuple[date, str]]:
        """What stands at the picture's axis, and on which day."""
        day_of = self.pilot.organisation.day_of
        return [(day_of(note.at), note.mark) for note in self.check_ins] if self.stage != "planning" else []

    @cached_property
    def reach(self) -> Reach | None:
        """How many have used it, as the newest note says or a metric counts, as far as that may be shown."""
        note = next((note for note in reversed(self.check_ins) if note.reach is not None), None)
        if self.stage == "planning" or not self.pilot.has("usage"):
            return newer(note, None, self.pilot.organisation)
        usage = self.pilot.usage
        usage.pilot = self.pilot
        found = newer(note, Usage.objects.told([self.pilot]).get(self.pilot.pk), self.pilot.organisation)
        return usage.shown(found) if found and found.metric else found

    @property
    def owes_a_note(self) -> bool:
        """Whether the week is far enough for a note, and nobody wrote one."""
        pilot, week = self.pilot, self.pilot.week(self.today)
        if self.stage != "running" or not week or pilot.start is None:
            return False
        far_enough = (self.today - pilot.start).days % 7 >= ASKED_ON
        return far_enough and all(note.week != week for note in self.check_ins)

    @cached_property
    def source(self) -> Source | None:
        return getattr(self.pilot.metric, "source", None)

    @cached_property
    def last_pull(self) -> Pull | None:
        """What the source said last, asked for only where a flag is about that."""
        return self.source.pulls.exclude(state="running").first() if self.source else None

    @cached_property
    def gate(self) -> list[Line]:
        return self.pilot.gate(self.at)


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
    came = result_of(scale_of(pilot), facts, told_of(pilot))
    return Headline(came.headline, " ".join(part for part in (_after(pilot, stage), came.lede) if part))


def result_of(scale: Scale, facts: dict[str, Any], told: Told, others: Others | None = None) -> Result:
    """What a window that is over showed, in words, from the facts of a reading."""
    if facts.get("withheld"):
        return Result(too_small(scale.name), kept_back(), too_small(scale.name))
    return result(scale, assessment_of(facts), told, others)


def kept_back() -> str:
    """What is said where values about too few people would stand."""
    return _("What was found is known to Pilotlight, and withheld from every page to protect them.")


def told_of(pilot: Pilot) -> Told:
    """How the pilot is judged, as far as its sentences depend on it."""
    return Told(
        target=pilot.target,
        ramp=bool(pilot.ramp_weeks),
        compared=pilot.comparison_id is not None,
        stopped=pilot.has("stop"),
    )


def outlook_words(pilot: Pilot, found: Plan | None) -> dict[str, Any]:
    """What six weeks can show, as a sentence with its reasons, and whether it is more likely than not.

    The reasons are told from the baseline's values: they are left out where those are about too few people.
    """
    if found is None:
        return {"sentence": _("Target, dates and baseline come first."), "lines": [], "likely": False}
    scale = scale_of(pilot)
    small = pilot.start is not None and shown_of(pilot, pilot.start).is_small(pilot.series_id)
    return {
        "sentence": outlook_sentence(scale, found),
        "lines": [too_small(scale.name)] if small else plan_lines(scale, found),
        "likely": found.chance is not None and found.chance >= EVEN,
    }


def shown_of(pilot: Pilot, until: date, *, values: bool = True) -> Shown:
    """What may be seen of the pilot's series, from its baseline to before ``until``; its values, unless they are not wanted."""
    minimum = pilot.organisation.minimum_group
    if pilot.metric is None or pilot.series_id is None or pilot.start is None or pilot.end is None:
        return Shown(minimum)
    begin = pilot.baseline_start or pilot.start - pilot.metric.rhythm.most_baseline * pilot.metric.rhythm.step
    wanted = [series for series in (pilot.series_id, pilot.comparison_id) if series]
    asked = {pilot.series_id: pilot.planned_reach}
    return shown(
        pilot.metric,
        begin,
        min(pilot.end, until),
        minimum=minimum,
        series=wanted if values else (),
        asked=asked,
    )


def week_of(pilot: Pilot, today: date) -> int:
    """Which week of the six, 1 to 6; 0 before the first day."""
    return pilot.week(today)


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
    from pilots.hypothesis import hypothesis, missing_of, told

    pilot = look.pilot
    if not missing_of(pilot):
        return told(hypothesis(look))
    if pilot.metric is None or pilot.target is None or pilot.end is None:
        return pilot.problem
    baseline = None if look.shown.is_small(pilot.series_id) else pilot.baseline_mean()
    return _("The plan: %(metric)s, from %(before)s to %(target)s, by %(day)s.") % {
        "metric": pilot.metric,
        "before": scale_of(pilot)(baseline),
        "target": scale_of(pilot).agreed(pilot.target),
        "day": long_date(pilot.end - timedelta(days=1)),
    }


def _running(look: Look, facts: dict[str, Any]) -> Headline:
    pilot, today = look.pilot, look.today
    scale = scale_of(pilot)
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
        return Headline(too_small(scale.name), _("Week %(week)s of 6.") % {"week": week_of(pilot, today)})
    missing = standing.get("no_data") or standing.get("source_failing")
    if missing and "since" in missing.figures:
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
    scale = scale_of(pilot)
    parts = [_("Week %(week)s of 6.") % {"week": week_of(pilot, today)}]
    latest, limits = facts.get("latest"), facts.get("limits")
    if latest is not None and facts.get("points"):
        if facts.get("moving_since"):  # the weeks together say so: where one value lies would seem to deny it
            words = _("It stands at %(now)s.")
        elif limits and not limits[0] <= latest <= limits[1]:
            words = _("It stands at %(now)s, outside normal variation.")
        else:
            words = _("It stands at %(now)s, inside normal variation.")
        parts.append(words % {"now": scale(latest)})
    chance = facts.get("chance_of_target")
    if chance is not None and pilot.end:
        day = long_date(pilot.end - timedelta(days=1))
        parts.append(
            _("The chance of reaching %(target)s by %(day)s is %(chance)s.")
            % {"target": scale.agreed(pilot.target), "day": day, "chance": percent(chance)}
        )
    return " ".join(parts)


def _after(pilot: Pilot, stage: str) -> str:
    if stage != "deciding":
        return ""
    if pilot.has("stop"):
        return _("It was stopped early: decide what follows.")
    return _("The six weeks are over, and a decision is due.")


def scale_of(pilot: Pilot) -> Scale:
    metric = pilot.metric
    if metric is None:
        return Scale("", "", 1)
    return Scale(metric.name, metric.unit, metric.decimals, metric.kind, pilot.in_words)
