from __future__ import annotations

import json
import math
from argparse import ArgumentTypeError
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts import clock
from metrics.result_words import result
from metrics.sources import SourceError
from metrics.sources.mapping import ColumnMapping
from metrics.stats import Assessment, Design, Plan, StatsError, assess, plan
from metrics.table_file import Course, Courses, open_table, read_courses, with_columns
from metrics.verdict_words import Scale, Told, how_sure, not_said, plan_lines, plan_sentence

COLUMNS: Final = ("date_column", "value_column", "numerator_column", "denominator_column", "group_column",
                  "filter_column", "filter_value", "day_order", "decimal_mark")  # fmt: skip
PROBLEMS_SHOWN: Final = 5
GROUPS_NAMED: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one group."""

    group: str
    design: Design
    found: Assessment
    plan: Plan | None
    told: Told
    scale: Scale

    def __str__(self) -> str:
        if self.plan:
            return "\n".join([plan_sentence(self.scale, self.plan), "", *plan_lines(self.scale, self.plan)])
        said = how_sure(self.scale, self.found, self.told)
        return "\n".join([self.sentence, "", *said, not_said(self.found)])

    @property
    def sentence(self) -> str:
        """What the window showed, how surely, and against which target."""
        said = result(self.scale, self.found, self.told)
        return f"{said.headline} {said.lede}".strip()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one group cannot be judged."""

    group: str
    why: str

    def __str__(self) -> str:
        return f"{self.group}: {self.why}" if self.group else self.why


class Command(BaseCommand):
    help = "Judge a series in a file as a pilot would be judged. Nothing is stored; no database is needed."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("file", type=Path, help="a table: CSV, TSV or XLSX, headings in the first row")
        add("--start", required=True, type=_day, help="first day of the pilot, such as 2026-03-02")
        target = parser.add_mutually_exclusive_group(required=True)
        target.add_argument("--target", type=float, help="the agreed change from the baseline, such as -2.5")
        target.add_argument("--target-level", type=float, help="the agreed level, such as 9.5")
        add("--direction", choices=["higher", "lower"], default="higher", help="which way is better (higher)")
        add("--kind", choices=["mean", "proportion", "rate"], help="found out from the columns when left out")
        add("--cadence", choices=["daily", "weekly", "other"], help="found out from the dates when left out")
        add("--window", type=int, help="points of the pilot (42 daily, 6 weekly, else all that are there)")
        add("--baseline", type=int, help="how many of the points before the start are used (all of them)")
        add("--path", default="step", help='"step", or the number of points over which the effect grows')
        add("--lag", type=int, default=0, help="window points that still report people from before the start")
        add("--drift", type=float, default=0.25, help="drift allowed for, in SDs per window; 0 is off (0.25)")
        add("--season", type=int, help="points in one season (weekdays for daily values; 1 is none)")
        add("--alpha", type=float, default=0.05, help="error rate (0.05)")
        add(
            "--clip",
            type=float,
            default=3.5,
            help="outliers beyond so many robust SDs are pulled in; 0 is off",
        )
        add("--log", action="store_true", help="judge ratios")
        add("--look", type=int, help="judge as of so many entries, baseline included")
        add("--unit", default="", help="unit of the values, for the words")
        add("--decimals", type=int, default=None, help="decimals in the words")
        for name in COLUMNS:
            add(f"--{name.replace('_', '-')}", default="", help="as in the form of a file source")
        add("--group", help="judge this group of the group column alone (all groups, each for itself)")
        add("--comparison-group", help="the group that the others are compared with")
        add("--comparison-column", action="append", default=[], help="a column of values to compare with; repeat for their mean")  # fmt: skip
        add("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            courses, compared = _read(options)
            chosen = _chosen(courses, options)
        except SourceError as error:
            raise CommandError(_as_sentence(str(error))) from None
        answers: list[Answer | Refusal] = []
        for name, course in chosen.items():
            try:
                answers.append(_answer(name, course, courses, compared, options))
            except (SourceError, StatsError) as error:
                answers.append(Refusal(name, _as_sentence(str(error))))
        if all(isinstance(answer, Refusal) for answer in answers):
            raise CommandError("\n".join(str(answer) for answer in answers))
        self._print(answers, courses, options)

    def _print(self, answers: list[Answer | Refusal], courses: Courses, options: dict[str, Any]) -> None:
        if options["json"]:
            told = _as_json(answers, courses, options)
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False))
            return
        self.stdout.write("\n\n".join(str(answer) for answer in answers))
        for problem in courses.problems[:PROBLEMS_SHOWN]:
            self.stderr.write(problem)
        if (more := len(courses.problems) - PROBLEMS_SHOWN) > 0:
            self.stderr.write(_("… and %(count)s more rows do not fit.") % {"count": more})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is not a day; write it like 2026-03-02") from None


def _read(options: dict[str, Any]) -> tuple[Courses, Course | None]:
    table = open_table(options["file"])
    asked = ColumnMapping(
        **{name: options[name] for name in COLUMNS if options[name]}, metric_kind=options["kind"] or "rate"
    )
    mapping = with_columns(asked, [name for name in table.header if name not in options["comparison_column"]])
    calendar: dict[str, Any] = {
        "start": options["start"], "today": clock.now().date(), "cadence": options["cadence"] or "",
    }  # fmt: skip
    courses = read_courses(table, mapping, **calendar)
    beside = []
    for name in options["comparison_column"]:
        other = ColumnMapping(
            date_column=mapping.date_column, value_column=name, day_order=mapping.day_order,
            decimal_mark=mapping.decimal_mark, filter_column=mapping.filter_column, filter_value=mapping.filter_value,
        )  # fmt: skip
        read = read_courses(table, other, **calendar)
        known = dict(zip(read.days, read.groups[""].values, strict=True))
        beside.append([known.get(day, math.nan) for day in courses.days])
    if beside:
        return courses, Course(np.mean(beside, axis=0), None, None)
    if (name := options["comparison_group"]) is not None:
        return courses, _group(courses, name)
    return courses, None


def _chosen(courses: Courses, options: dict[str, Any]) -> dict[str, Course]:
    if (name := options["group"]) is not None:
        return {name: _group(courses, name)}
    return {name: one for name, one in courses.groups.items() if name != options["comparison_group"]}


def _group(courses: Courses, name: str) -> Course:
    if name not in courses.groups:
        names = ", ".join(sorted(courses.groups)[:GROUPS_NAMED]) or _("none")
        raise SourceError(
            _("There is no group “%(name)s”. The groups are: %(names)s.") % {"name": name, "names": names}
        )
    return courses.groups[name]


def _answer(
    name: str, course: Course, courses: Courses, compared: Course | None, options: dict[str, Any]
) -> Answer:
    before = courses.baseline
    if before == 0:
        raise SourceError(_("No value lies before the start, so there is no baseline."))
    skip = max(0, before - options["baseline"]) if options["baseline"] is not None else 0
    window = (
        options["window"]
        or {"daily": 42, "weekly": 6}.get(courses.cadence)
        or max(1, len(courses.days) - before)
    )
    part = slice(skip, before + window)
    values, tops, bottoms = (
        None if column is None else column[part]
        for column in (course.values, course.numerators, course.denominators)
    )
    assert values is not None
    other = None if compared is None else compared.values[part]
    n0 = before - skip
    level = _level(values[:n0], tops, bottoms, n0)
    design = Design(
        kind=options["kind"] or _kind(tops, bottoms), cadence=courses.cadence, direction=options["direction"],  # type: ignore[arg-type]
        baseline=n0, window=window, target=_target(options, level), path=_path(options["path"]), lag=options["lag"],
        drift=options["drift"], season=options["season"], alpha=options["alpha"], clip=options["clip"] or None,
        log=options["log"],
    )  # fmt: skip
    counts: dict[str, Any] = {"numerator": tops, "denominator": bottoms, "comparison": other}
    found = assess(values, design, look=options["look"], **counts)
    planned = None
    if values.size == n0:
        before_it: dict[str, Any] = {
            key: None if column is None else column[:n0] for key, column in counts.items()
        }
        planned = plan(values[:n0], design, **before_it)
    base = found.baseline_mean if found.baseline_mean is not None else level
    told = Told(
        target=None if base is None else base + design.target,
        ramp=design.ramp > 1,
        compared=other is not None,
    )
    return Answer(name, design, found, planned, told, _scale(name, courses, level, design.kind, options))


def _level(values: Any, tops: Any, bottoms: Any, n0: int) -> float | None:
    if tops is not None and bottoms is not None and np.nansum(bottoms[:n0]) > 0:
        there = np.isfinite(tops[:n0]) & np.isfinite(bottoms[:n0])
        return float(tops[:n0][there].sum() / bottoms[:n0][there].sum())
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _target(options: dict[str, Any], level: float | None) -> float:
    if options["target"] is not None:
        return float(options["target"])
    if level is None:
        raise StatsError("the baseline holds no value, so a level cannot be told as a change: say --target")
    return float(options["target_level"]) - level


def _kind(tops: Any, bottoms: Any) -> str:
    if tops is None or bottoms is None:
        return "mean"
    there = np.isfinite(tops) & np.isfinite(bottoms)
    return "proportion" if bool(np.all(tops[there] <= bottoms[there])) else "rate"


def _path(text: str) -> Any:
    return int(text) if text.isdecimal() else text


def _scale(name: str, courses: Courses, level: float | None, kind: str, options: dict[str, Any]) -> Scale:
    decimals = options["decimals"]
    if decimals is None:
        size = abs(level) if level else 1.0
        decimals = max(0, 2 - math.floor(math.log10(size))) if size < 1000 else 0
    title = f"{courses.name} ({name})" if name else courses.name
    return Scale(title, options["unit"], min(decimals, 8), kind)


def _as_json(answers: list[Answer | Refusal], courses: Courses, options: dict[str, Any]) -> dict[str, Any]:
    told = [_group_json(answer, courses) for answer in answers]
    if len(told) == 1 and not (options["group_column"] and options["group"] is None):
        return {**told[0], "problems": courses.problems}
    return {"groups": told, "problems": courses.problems}


def _group_json(answer: Answer | Refusal, courses: Courses) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return {"group": answer.group, "error": answer.why}
    design = answer.design
    words = answer.plan and [plan_sentence(answer.scale, answer.plan), *plan_lines(answer.scale, answer.plan)]
    return {
        **({"group": answer.group} if answer.group else {}),
        **asdict(answer.found),
        "target": design.target,
        "target_level": answer.told.target,
        "sentence": words[0] if words else answer.sentence,
        "how_sure": words[1:] if words else how_sure(answer.scale, answer.found, answer.told),
        "does_not_say": not_said(answer.found),
        "design": {**asdict(design), "drift": design.drift if math.isfinite(design.drift) else "inf"},
        "first_day": courses.days[0].isoformat(),
        **({"plan": asdict(answer.plan)} if answer.plan else {}),
    }


def _as_sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text[:1].upper()}{text[1:]}."
