"""Rows that are days or weeks: one observation a day and group, or a week of days added up."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from .base import Observation, SourceError
from .cases import require_room
from .cells import Cell, MisfitError, text_of
from .figures import FigureSense
from .mapping import ColumnMapping

type _Key = tuple[date, str]


@dataclass(slots=True)
class Points:
    mapping: ColumnMapping
    figures: FigureSense
    problem: Callable[[int | None, str], None]
    seen: dict[_Key, tuple[int, Observation]] = field(default_factory=dict)
    replaced: set[_Key] = field(default_factory=set)
    told: int = 0
    repeated: int = 0
    added_up: bool = False

    def take(self, line: int, day: date, groups: Iterable[str], who: str, cells: list[Cell]) -> None:
        for group in groups:
            observation = self._observation(day, group, cells)
            before = self.seen.get((day, group))
            if before is None:
                self.seen[day, group] = (line, observation)
                require_room(self.seen)
            elif before[1] == observation:
                self.repeated += 1
            else:
                self._replace(before, line, observation)

    def _replace(self, before: tuple[int, Observation], line: int, observation: Observation) -> None:
        """The day stands here again with another value: the last line counts, as a correction that came later."""
        key, earlier = (observation.day, observation.group), before[0]
        self.seen[key] = (line, observation)
        self.replaced.add(key)
        if earlier != self.told:  # once a line, also where it stands for several groups
            self.told = earlier
            message = _("%(day)s has the value %(value)s here, and %(other)s in line %(line)s.")
            told = {"day": observation.day.isoformat(), "line": line, "value": _told(before[1]), "other": _told(observation)}  # fmt: skip
            self.problem(earlier, message % told)

    def _observation(self, day: date, group: str, cells: list[Cell]) -> Observation:
        if self.mapping.value_column:
            return Observation(day, self.figures.read(cells[0]), group=group)
        numerator, denominator = self.figures.read(cells[0]), self.figures.read(cells[1])
        _check_ratio(numerator, denominator, self.mapping.metric_kind)
        return Observation(day, None, numerator, denominator, group=group)

    def observations(self) -> list[Observation]:
        if len(self.replaced) >= 3 and len(self.replaced) * 2 > len(self.seen):
            raise SourceError(
                _(
                    "Most days stand here more than once, with different values. If the table holds several groups "
                    "or figures, choose the column that tells them apart; if each row is one case, say so."
                ),
                field="group_column",
            )
        found = list(self.seen.values())
        if self.mapping.cadence == "weekly":
            return self._weeks(found)
        return [observation for _line, observation in found]

    def _weeks(self, days: list[tuple[int, Observation]]) -> list[Observation]:
        """Each on its Monday. Counts of a week's days are added up; several ready-made values cannot be."""
        weeks: dict[_Key, list[tuple[int, Observation]]] = {}
        for line, one in days:
            monday = one.day - timedelta(days=one.day.weekday())
            weeks.setdefault((monday, one.group), []).append((line, one))
        return [found for key, rows in weeks.items() if (found := self._week(key, rows))]

    def _week(self, key: _Key, rows: list[tuple[int, Observation]]) -> Observation | None:
        monday, group = key
        first = rows[0][1]
        if len(rows) > 1 and first.denominator is None:
            message = _(
                "The week of %(day)s has a value in line %(line)s already, and values cannot be added up. Neither is used."
            )
            self.problem(rows[1][0], message % {"day": monday.isoformat(), "line": rows[0][0]})
            return None
        if first.denominator is None:
            return Observation(monday, first.value, group=group)
        self.added_up |= len(rows) > 1
        numerator = sum(one.numerator or 0 for _line, one in rows)
        denominator = sum(one.denominator or 0 for _line, one in rows)
        return Observation(monday, None, numerator, denominator, group=group)

    def understood(self) -> list[str]:
        said = [_("Days added up to weeks, each from its Monday")] if self.added_up else []
        if self.repeated:
            said.append(
                _("Rows that say the same of a day again count once: %(count)s") % {"count": self.repeated}
            )
        if self.replaced:
            said.append(
                _("Of a day that stands twice with different values, the last line counts: %(count)s")
                % {"count": len(self.replaced)}
            )
        return said

    def people(self) -> Mapping[str, int]:
        return {}


def _told(one: Observation) -> str:
    if one.denominator is None:
        return text_of(one.value)
    return _("%(part)s of %(whole)s") % {"part": text_of(one.numerator), "whole": text_of(one.denominator)}


def _check_ratio(numerator: float, denominator: float, metric_kind: str) -> None:
    if denominator == 0:
        raise MisfitError(_("The number of cases is 0, so there is no share."))
    if denominator < 0 or numerator < 0:
        raise MisfitError(_("A count cannot be below zero."))
    if metric_kind == "proportion" and numerator > denominator:
        raise MisfitError(_("More succeeded than there were."))
