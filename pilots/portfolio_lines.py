"""A line of the portfolio, as it is sent.

Written here and not in a template: fifty lines of six cells would cost more than all else of the page (``docs/benchmarks.md``).
Whatever somebody may have typed is escaped where it is put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from accounts.templatetags import words
from accounts.templatetags.pilotlight import figure, long_date
from metrics.groups import too_few
from pilots.models.standing import Phase


class Row(NamedTuple):
    """What a line is written from."""

    pilot_id: int
    phase: str
    start: date | None
    ends_on: date | None
    open_flags: int
    top_flag: str
    unanswered: str
    verdict: str
    latest: float | None
    people: int | None
    moving: bool
    spark: str
    decision: str
    title: str
    target: Decimal | None
    metric_id: int | None
    metric_name: str | None
    unit: str | None
    decimals: int | None
    owner: str


class Lines:
    """Writes the lines of one page. Words are looked up and escaped here once; a line needs up to six."""

    def __init__(self, base: str, today: date, minimum: int, *, moves: bool) -> None:
        self.base, self.today, self.minimum, self.moves = base, today, minimum, moves
        self.stages, self.flags = _said(words.STAGES), _said(words.FLAGS)
        self.verdicts, self.decisions = _said(words.VERDICTS), _said(words.DECISIONS)
        self.no_metric, self.aim = _("no metric yet"), _("target %(target)s")
        self.week, self.begins = _("week %(week)s of 6"), _("begins %(day)s")
        self.moving, self.withheld = escape(_("It is moving")), escape(_("too few people to show"))
        self.now = escape(_("Now"))
        self.metrics = base.removesuffix("pilots/") + "metrics/"
        answer = (escape(_("Say what you do about it")), "")
        self.labels = {
            "approval_lost": (escape(_("Go to the content")), "content/"),
            "review_overdue": (escape(_("Go to the content")), "content/"),
            "answer_missing": (escape(_("See who was asked")), "people/"),
            "deciding": (escape(_("Decide")), "decision/"),
            "planning": (escape(_("Go on planning")), ""),
            "closed": (escape(_("Open the outcome")), "outcome/"),
            **dict.fromkeys(("wrong_way", "not_moving", "unlikely", "few_using", "condition_open"), answer),
        }
        self.source = escape(_("Look at the source"))

    def of(self, rows: list[Row]) -> SafeString:
        return mark_safe("\n".join(map(self._line, rows)))  # noqa: S308 - each part was escaped

    def _line(self, row: Row) -> str:
        stage = stage_of(row, self.today)
        small = too_few(row.people, self.minimum)
        about = escape(f"{row.metric_name or self.no_metric} · {row.owner}")
        over = ' class="over"' if stage in {"closed", "cancelled"} else ""
        spark = "" if small else row.spark  # drawn by us: nothing in it is anybody's text
        drawing = f'<svg class="spark-line" aria-hidden="true"><path d="{spark}"/></svg>' if spark else ""
        unit = escape(row.unit or "")
        now = figure(None if small else row.latest, unit, row.decimals)
        aim = ""
        if row.target is not None:
            aim = self.aim % {"target": figure(row.target, unit, row.decimals)}
        label, where = self._move(stage, row)
        return (
            f'<tr><th scope="row"><a href="{self.base}{row.pilot_id}/"><bdi>{escape(row.title)}</bdi></a>{_meta(about)}</th>'
            f"<td{over}>{self.stages.get(stage, stage)}{_meta(self._when(stage, row))}</td>"
            f'<td>{drawing}</td><td class="n" data-label="{self.now}">{now}{_meta(aim)}</td>'
            f"<td>{self._flag(row) or self._stands(stage, row, small=small)}</td>"
            f"<td>{f'<a href="{where}">{label}</a>' if label else ''}</td></tr>"
        )

    def _flag(self, row: Row) -> str:
        if not row.top_flag:
            return ""
        more = _meta(f"+{row.open_flags - 1}" if row.open_flags > 1 else "")
        return f"<b>◆ {self.flags.get(row.top_flag, row.top_flag)}</b>{more}"

    def _stands(self, stage: str, row: Row, *, small: bool) -> str:
        if stage in {"deciding", "closed"}:
            return self.verdicts.get(row.verdict, row.verdict)
        if stage != "running" or not row.verdict:
            return ""
        if small:
            return self.withheld
        return self.moving if row.moving else self.verdicts["running"]

    def _move(self, stage: str, row: Row) -> tuple[str, str]:
        here = f"{self.base}{row.pilot_id}/"
        if stage == "closed":
            label, where = self.labels["closed"]
            return label, here + where
        if not self.moves or stage == "cancelled":
            return "", ""
        flag = row.unanswered
        if flag in {"no_data", "source_failing"} and stage != "deciding":
            return self.source, f"{self.metrics}{row.metric_id}/"
        kind = stage if stage == "deciding" and flag != "approval_lost" else flag or stage
        label, where = self.labels.get(kind, ("", ""))
        return label, here + where

    def _when(self, stage: str, row: Row) -> str:
        if stage == "running" and row.start and row.start <= self.today:
            return escape(self.week % {"week": min(6, (self.today - row.start).days // 7 + 1)})
        if stage in {"running", "planning"} and row.start:
            return escape(self.begins % {"day": long_date(row.start)})
        if stage == "closed":
            return self.decisions.get(row.decision, row.decision)
        return ""


def stage_of(row: Row, today: date) -> str:
    if row.phase == Phase.OPEN:
        return "running" if row.ends_on and row.ends_on > today else "deciding"
    return "deciding" if row.phase == Phase.STOPPED else row.phase


def _said(table: Mapping[str, object]) -> dict[str, str]:
    return {code: escape(str(word)) for code, word in table.items()}


def _meta(words: str) -> str:
    return f' <span class="meta">{words}</span>' if words else ""
