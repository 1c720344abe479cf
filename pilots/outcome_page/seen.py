"""What of an outcome its reader may see: no values about too few people, and on public pages roles instead of names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from metrics.groups import Shown, people_in, too_few, withheld
from metrics.result_words import Others, Result
from metrics.verdict_words import Scale, Told
from pilots.labels import RolesForNames
from pilots.words import result_of, shown_of

if TYPE_CHECKING:
    from pilots.models import Outcome

_BEGINS: Final = re.compile(r"(^|[.!?]\s+)(\w)")

type Points = list[tuple[date, float | None]]


class Seen:
    """An outcome before a reader. ``public``: somebody who came by a link."""

    def __init__(self, outcome: Outcome, *, public: bool = False) -> None:
        self.outcome, self.pilot, self.public = outcome, outcome.pilot, public
        standing = getattr(self.pilot, "standing", None)
        self.small = bool(standing and too_few(standing.people, self.pilot.organisation.minimum_group))
        facts = outcome.facts
        if self.small:
            facts = {**facts, "reading": withheld(facts["reading"]), "series": [], "comparison_series": []}
        self.facts = facts
        self.plan: dict[str, Any] = facts["plan"]
        self.reading: dict[str, Any] = facts["reading"]
        self.metric: dict[str, Any] = self.plan["metric"]
        self.decision: dict[str, Any] = facts["decision"]

    # --- names ----------------------------------------------------------------------------------------

    @cached_property
    def _roles(self) -> Callable[[str], str]:
        return RolesForNames(self.pilot)

    def text(self, words: str) -> str:
        """What somebody wrote, for this reader."""
        if not self.public or not words:
            return words
        told = self._roles(words)
        # A role begins small where a name began a sentence.
        return told if told == words else _BEGINS.sub(lambda found: found[1] + found[2].upper(), told)

    # --- the answer -----------------------------------------------------------------------------------

    @property
    def scale(self) -> Scale:
        metric = self.metric
        return Scale(
            metric["name"], metric["unit"], metric["decimals"], metric["kind"], self.plan.get("in_words", "")
        )

    @property
    def told(self) -> Told:
        return Told(
            target=self.plan["target"],
            ramp=bool(self.plan.get("ramp_weeks")),
            compared=bool(self.plan["comparison"]),
            stopped=not self.reading["final"],
        )

    @property
    def result(self) -> Result:
        return result_of(self.scale, self.reading, self.told, self.others)

    @property
    def line(self) -> str:
        """The result in one sentence; without a question to the database."""
        return result_of(self.scale, self.reading, self.told).line

    @property
    def others(self) -> Others | None:
        """What the comparison group went through, as far as all of it may be seen."""
        points = self.points("comparison_series")
        if not points or any(value is None for _day, value in points):
            return None
        before, after = (
            [row for row in self.facts["comparison_series"] if (row[0] >= self.plan["start"]) is late]
            for late in (False, True)
        )
        levels = [level(rows) for rows in (before, after)]
        if levels[0] is None or levels[1] is None:
            return None
        return Others(self.plan["comparison"]["population"], levels[0], levels[1])

    # --- the figures ----------------------------------------------------------------------------------

    @property
    def start(self) -> date:
        return date.fromisoformat(self.plan["start"])

    @property
    def end(self) -> date:
        """The day after the last of the six weeks."""
        return date.fromisoformat(self.plan["last_day"]) + timedelta(days=1)

    @property
    def until(self) -> date:
        """Before which day values counted: the end, or the day on which it was stopped."""
        stopped = self.facts.get("stopped")
        if not stopped:
            return self.end
        return min(self.end, self.pilot.organisation.day_of(datetime.fromisoformat(stopped["at"])))

    @cached_property
    def _shown(self) -> Shown:
        pilot = self.pilot
        return shown_of(pilot, pilot.end) if pilot.end else Shown(pilot.organisation.minimum_group)

    def points(self, name: str) -> Points:
        """The days of *series* or *comparison_series* as they were judged, nothing where a value is withheld."""
        series = self.pilot.series_id if name == "series" else self.pilot.comparison_id
        rows = self.facts[name]
        return self._shown.points(series, [self._point(row) for row in rows]) if rows else []

    def _point(self, row: list[Any]) -> tuple[date, float | None]:
        """A day as it was judged; what was about too few people by then stays withheld, whatever it is about now."""
        day, value, _numerator, denominator, n = row
        metric, minimum = self.pilot.metric, self.pilot.organisation.minimum_group
        hidden = metric is not None and too_few(people_in(metric, n, denominator), minimum)
        return date.fromisoformat(day), None if hidden else value

    def counted(self, *, during: bool) -> int:
        """How many days or weeks have a value, before or during the pilot."""
        return sum(
            row[1] is not None and (row[0] >= self.plan["start"]) is during for row in self.facts["series"]
        )

    def cases(self) -> int | None:
        """How many single cases a share rests on; None where that is not known, or nothing to speak of."""
        if self.metric["kind"] != "proportion" or any(value is None for _day, value in self.points("series")):
            return None
        return round(sum(row[3] or 0 for row in self.facts["series"])) or None


def level(rows: list[list[Any]]) -> float | None:
    """The level of some days: of their counts where all have them, else the plain mean of their values."""
    known = [row for row in rows if row[1] is not None]
    if not known:
        return None
    weights = [row[3] for row in known]
    if all(weights):
        return float(sum(row[1] * row[3] for row in known) / sum(weights))
    return float(sum(row[1] for row in known) / len(known))
