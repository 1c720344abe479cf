"""What came of trying a source: written down as plain facts when it is tried, shown as a page afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import figure, long_date
from metrics.charts import Picture, describe, draw
from metrics.picture_words import picture_words
from metrics.sources import Observation, SourceError, oddities
from metrics.sources.trial import Trial, understood_of

if TYPE_CHECKING:
    from metrics.models import Metric

# A column of names taken for a group would make a series a person.
MOST_GROUPS: Final = 50
_PROBLEMS = 10
_ENDS = 3  # snapshots shown from either end
_SHOWN_GROUPS = 12

type Facts = dict[str, Any]


def facts_of(trial: Trial, metric: Metric) -> Facts:
    """Everything the page needs, ready for JSON."""
    facts: Facts = {
        "header": list(trial.header), "rows": [[line, list(cells)] for line, cells in trial.first_rows],
        "groups": list(trial.groups), "guessed": list(trial.guessed), "understood": understood_of(trial),
        "misfits": 0, "of": 0, "problems": [], "series": [], "error": _error(trial.error),
    }  # fmt: skip
    if trial.fetched is None:
        return facts
    by_group = _by_group([metric.in_unit(one) for one in trial.fetched.observations])
    if len(by_group) > MOST_GROUPS:
        return facts | {"error": _error(_too_many_groups(len(by_group)))}
    problems = [[problem.line, problem.message] for problem in trial.fetched.problems[:_PROBLEMS]]
    facts |= {"misfits": trial.fetched.misfits, "of": trial.fetched.rows, "problems": problems}
    if not by_group:
        return facts | {
            "error": _error(SourceError(_("None of the rows fits, so there is nothing to keep.")))
        }
    people = trial.fetched.people
    return facts | {
        "series": [
            _series(name, rows, metric, people.get(name))
            for name, rows in list(by_group.items())[:_SHOWN_GROUPS]
        ],
        "more_series": max(0, len(by_group) - _SHOWN_GROUPS),
    }


def _by_group(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    ordered = sorted(observations, key=lambda one: (one.group, one.day))
    return {name: list(rows) for name, rows in groupby(ordered, key=lambda one: one.group)}


def _too_many_groups(count: int) -> SourceError:
    words = _(
        "The group column has %(count)s different values. Choose a column with at most %(most)s, such as team or region."
    )
    return SourceError(words % {"count": count, "most": MOST_GROUPS}, field="group_column")


def _error(error: SourceError | None) -> Facts | None:
    return {"message": error.message, "field": error.field, "readings": error.readings} if error else None


def _series(name: str, rows: Sequence[Observation], metric: Metric, people: int | None) -> Facts:
    points = [(one.day, one.value) for one in rows if one.value is not None]
    leap = oddities.leap(points)
    return {
        "name": name, "points": len(rows), "people": people,
        "first": rows[0].day.isoformat(), "last": rows[-1].day.isoformat(),
        "head": [_snapshot(one) for one in rows[:_ENDS]], "tail": [_snapshot(one) for one in rows[_ENDS:][-_ENDS:]],
        "drawn": [[day.isoformat(), value] for day, value in points[-metric.rhythm.most_baseline :]],
        "gaps": [[gap.first.isoformat(), gap.last.isoformat(), gap.points] for gap in oddities.gaps(points, metric.rhythm.step)],
        "leap": [leap.day.isoformat(), leap.before, leap.after] if leap else None,
        "flat": oddities.is_flat(points), "fractions": oddities.may_be_fractions(points, metric.unit),
    }  # fmt: skip


def _snapshot(one: Observation) -> list[Any]:
    return [one.day.isoformat(), one.value, one.numerator, one.denominator, one.n]


# --- the page ---------------------------------------------------------------------------------------


def tried_page(facts: Mapping[str, Any], metric: Metric, today: date) -> dict[str, Any]:
    """What the page shows of a try; empty when there was none."""
    if not facts:
        return {}
    series = facts["series"]
    return {
        "sentence": _sentence(facts, metric),
        "error": facts["error"],
        "table": _table(facts),
        "understood": facts["understood"],
        "guessed": bool(facts["guessed"]),
        "series": [_shown(one, metric) for one in series],
        "more_series": facts.get("more_series"),
        "counts": any(row[2] is not None for one in series for row in one["head"]),
        "people": any(row[4] is not None for one in series for row in one["head"]),
        "notes": [note for one in series for note in _notes(one, metric)],
        "problems": facts["problems"],
        "misfits": facts["misfits"],
        "more_problems": max(0, facts["misfits"] - sum(1 for line, _words in facts["problems"] if line)),
        "picture": _picture(series, metric, today),
    }


def consent_label(facts: Mapping[str, Any]) -> str:
    """Keep the 118 rows that fit, leave out 4"""
    words = ngettext(
        "Keep the %(kept)s row that fits, leave out %(count)s",
        "Keep the %(kept)s rows that fit, leave out %(count)s",
        facts["of"] - facts["misfits"],
    )
    return words % {"kept": facts["of"] - facts["misfits"], "count": facts["misfits"]}


def _sentence(facts: Mapping[str, Any], metric: Metric) -> str:
    """How things stand, first: what could be read, or that something is to be said."""
    if facts["error"] or not facts["series"]:
        return _("It cannot be read yet.")
    first = min(date.fromisoformat(one["first"]) for one in facts["series"])
    last = max(date.fromisoformat(one["last"]) for one in facts["series"])
    count = sum(one["points"] for one in facts["series"])
    words = ngettext(
        "One value can be read, of %(first)s.",
        "%(count)s values can be read, from %(first)s to %(last)s.",
        count,
    )
    return words % {"count": count, "first": long_date(first), "last": long_date(last)}


def _table(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The first rows as they came, without columns in which nothing stands."""
    rows = [cells for _line, cells in facts["rows"]]
    filled = [n for n in range(len(facts["header"])) if any(n < len(cells) and cells[n] for cells in rows)][
        :12
    ]
    return {
        "header": [facts["header"][n] for n in filled],
        "rows": [
            (line, [cells[n] if n < len(cells) else "" for n in filled]) for line, cells in facts["rows"]
        ],
        "more": max(0, len(facts["header"]) - len(filled)),
    }


def _shown(one: Mapping[str, Any], metric: Metric) -> dict[str, Any]:
    """One population with its first and last values as they would be stored."""
    least = metric.organisation.minimum_group
    return {
        **one,
        "first": date.fromisoformat(one["first"]), "last": date.fromisoformat(one["last"]),
        "rows": [_as_row(row, metric) for row in one["head"]], "tail": [_as_row(row, metric) for row in one["tail"]],
        "between": one["points"] - len(one["head"]) - len(one["tail"]),
        "few": least if one["people"] is not None and one["people"] < least else None,
    }  # fmt: skip


def _as_row(row: Sequence[Any], metric: Metric) -> dict[str, Any]:
    day, value, numerator, denominator, n = row
    return {
        "day": date.fromisoformat(day), "value": figure(value, metric.unit, metric.decimals),
        "numerator": _plain(numerator), "denominator": _plain(denominator), "n": n,
    }  # fmt: skip


def _plain(number: float | None) -> str:
    return "" if number is None else figure(number, "", None)


def _notes(one: Mapping[str, Any], metric: Metric) -> list[str]:
    """What a person should look at before they keep it."""
    notes = []
    if one["gaps"]:
        missing = sum(points for _first, _last, points in one["gaps"])
        first, last, _points = max(one["gaps"], key=lambda gap: gap[2])
        words = ngettext(
            "%(count)s value is missing in between (%(first)s). It stays a gap.",
            "%(count)s values are missing in between, most of them from %(first)s to %(last)s. They stay gaps.",
            missing,
        )
        days = {"first": long_date(date.fromisoformat(first)), "last": long_date(date.fromisoformat(last))}
        notes.append(words % {"count": missing, **days})
    if one["leap"]:
        day, before, after = one["leap"]
        words = _(
            "On %(day)s the values leap from about %(before)s to about %(after)s. Has the unit changed? If so, mend it first."
        )
        texts = {
            name: figure(value, metric.unit, metric.decimals)
            for name, value in (("before", before), ("after", after))
        }
        notes.append(words % {"day": long_date(date.fromisoformat(day)), **texts})
    if one["flat"]:
        notes.append(_("All values are the same. That is rare in business; is it the right column?"))
    if one["fractions"]:
        notes.append(
            _(
                "The metric is in per cent, and all values lie between 0 and 1. If 0.22 stands for 22 %, "
                "take the two counts, or multiply by 100 in your export."
            )
        )
    return [f"{one['name']}: {note}" if one["name"] else note for note in notes]


def _picture(series: Sequence[Mapping[str, Any]], metric: Metric, today: date) -> dict[str, str] | None:
    """A small picture: the first population, and the second beside it where there are two."""
    drawn = [one for one in series if len(one["drawn"]) >= 2]
    if not drawn:
        return None
    points, others = _points(drawn[0]), _points(drawn[1]) if len(drawn) == 2 else []
    end = points[-1][0] + metric.rhythm.step
    picture = Picture(
        points=points, comparison=others, baseline_start=points[0][0], start=end, end=end, today=today, unit=metric.unit,
        decimals=metric.decimals, direction=metric.direction, cadence=metric.cadence, pilot_label=drawn[0]["name"],
        comparison_label=drawn[1]["name"] if others else "", words=picture_words(),
    )  # fmt: skip
    return {"wide": draw(picture), "narrow": draw(picture, width="narrow"), "text": describe(picture)}


def _points(one: Mapping[str, Any]) -> list[tuple[date, float | None]]:
    return [(date.fromisoformat(day), value) for day, value in one["drawn"]]
