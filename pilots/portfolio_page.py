"""The portfolio: every pilot a line (``portfolio_lines``), found by what stands in the address, page by page."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from accounts.templatetags import words
from metrics.models.metric import Category
from pilots.models import Flag, Standing
from pilots.models.standing import FLAGS_BY_GRAVITY, Phase, StandingQuerySet
from pilots.portfolio_lines import Row

if TYPE_CHECKING:
    from django.http import QueryDict

    from accounts.models import Organisation

PAGE: Final = 50
STAGES: Final = ("planning", "running", "deciding", "closed", "all")
_OPEN: Final = [Phase.PLANNING, Phase.OPEN, Phase.STOPPED]
_TILE_OF: Final = {"planning": "planning", "stopped": "deciding", "closed": "closed", "cancelled": "closed"}
_LONGEST: Final = 100
# What a line shows, in the order of ``Row``: of the pilots that were found alone, and past the layers of a query set of twenty
# columns. Of an array PostgreSQL expects always the same, so that the plan of the prepared statement is kept.
_ROWS: Final = """
    SELECT line.pilot_id, line.phase, line.start, line.ends_on, line.open_flags, line.top_flag, line.unanswered, line.verdict,
           line.latest, line.people, line.moving, line.spark, line.decision, pilot.title, pilot.target, pilot.metric_id,
           metric.name, metric.unit, metric.decimals, owner.name
    FROM pilots_standing line JOIN pilots_pilot pilot ON pilot.id = line.pilot_id
    JOIN accounts_person owner ON owner.id = pilot.owner_id LEFT JOIN metrics_metric metric ON metric.id = pilot.metric_id
    WHERE line.pilot_id = ANY (({found})[1:{most}]) ORDER BY line.open_flags DESC, line.ends_on, line.pilot_id
"""
# A stretch of the found pilots, in the order of the portfolio.
_STRETCH: Final = """ARRAY({found} AND {condition}
    ORDER BY pilots_standing.open_flags DESC, pilots_standing.ends_on, pilots_standing.pilot_id LIMIT {most})"""
_PHASES: Final = """
    SELECT phase, count(*), count(*) FILTER (WHERE ends_on > %(today)s), count(*) FILTER (WHERE open_flags > 0)
    FROM pilots_standing WHERE organisation_id = %(organisation)s GROUP BY phase
"""
# From one owner to the next in the index: thirty steps, where a DISTINCT reads ten thousand pilots.
_OWNERS: Final = """
    WITH RECURSIVE owner (id) AS (
        SELECT min(owner_id) FROM pilots_pilot WHERE organisation_id = %(organisation)s
        UNION ALL
        SELECT (SELECT min(owner_id) FROM pilots_pilot WHERE organisation_id = %(organisation)s AND owner_id > owner.id)
        FROM owner WHERE owner.id IS NOT NULL
    )
    SELECT person.id, person.name FROM owner JOIN accounts_person person USING (id) LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after this line, in the order of the portfolio."""

    flags: int
    ends_on: date | None
    pilot: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        try:
            flags, day, pilot = text.split("_")
            place = cls(int(flags), date.fromisoformat(day) if day else None, int(pilot))
        except ValueError:
            return None
        return place if 0 <= place.flags < 100 and 0 <= place.pilot < 2**62 else None

    @classmethod
    def of(cls, row: Row) -> Place:
        return cls(row.open_flags, row.ends_on, row.pilot_id)

    def __str__(self) -> str:
        return f"{self.flags}_{self.ends_on or ''}_{self.pilot}"

    def stretches_after(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """What comes after it, in order: each a range of the index, so that the last page costs what the first does."""
        if self.ends_on:
            later = "(pilots_standing.ends_on, pilots_standing.pilot_id) > (%s, %s)"
            yield f"pilots_standing.open_flags = %s AND {later}", (self.flags, self.ends_on, self.pilot)
            yield "pilots_standing.open_flags = %s AND pilots_standing.ends_on IS NULL", (self.flags,)
        else:
            later = "pilots_standing.ends_on IS NULL AND pilots_standing.pilot_id > %s"
            yield f"pilots_standing.open_flags = %s AND {later}", (self.flags, self.pilot)
        if self.flags:
            yield "pilots_standing.open_flags < %s", (self.flags,)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What stands in the address."""

    stage: str = ""
    flag: str = ""
    owner: str = ""
    area: str = ""
    q: str = ""
    after: Place | None = None

    @classmethod
    def read(cls, given: QueryDict) -> Self:
        """What nobody can mean is as if it were not there."""
        owner = given.get("owner", "")
        return cls(
            stage=_known(given.get("stage", ""), STAGES),
            flag=_known(given.get("flag", ""), (*FLAGS_BY_GRAVITY, "any")),
            owner=owner if owner.isascii() and owner.isdigit() and len(owner) < 18 else "",
            area=_known(given.get("area", ""), Category.values),
            q=given.get("q", "")[:_LONGEST].replace("\0", "").strip(),
            after=Place.read(given.get("after", "")),
        )

    @property
    def filters(self) -> dict[str, str]:
        told = {"stage": self.stage, "flag": self.flag, "owner": self.owner, "area": self.area, "q": self.q}
        return {name: value for name, value in told.items() if value}

    def address(self, base: str) -> str:
        query = urlencode({**self.filters, **({"after": str(self.after)} if self.after else {})})
        return f"{base}?{query}" if query else base

    def lines(self, today: date) -> StandingQuerySet:
        wanted = _stage(self.stage, today)
        if self.flag:
            wanted &= Q(open_flags__gt=0)
        if self.flag not in {"", "any"}:
            wanted &= Q(Exists(Flag.objects.standing().filter(pilot=OuterRef("pk"), kind=self.flag)))
        if self.owner:
            wanted &= Q(pilot__owner=int(self.owner))
        if self.area:
            wanted &= Q(pilot__metric__category=self.area)
        if self.q:
            wanted &= Q(pilot__title__icontains=self.q)
        return Standing.objects.filter(wanted)

    def page(self, today: date) -> tuple[list[Row], Place | None]:
        """The rows, and after which of them the next page begins."""
        try:
            found, wanted = self.lines(today).order_by().values("pilot_id").query.sql_with_params()
        except EmptyResultSet:
            return [], None
        stretches = list(self.after.stretches_after()) if self.after else [("TRUE", ())]
        parts = (
            _STRETCH.format(found=found, condition=condition, most=PAGE + 1)
            for condition, _limits in stretches
        )
        with connection.cursor() as cursor:
            cursor.execute(
                _ROWS.format(found=" || ".join(parts), most=PAGE + 1),
                [value for _condition, limits in stretches for value in (*wanted, *limits)],
            )
            rows = list(map(Row._make, cursor.fetchall()))
        return rows[:PAGE], Place.of(rows[PAGE - 1]) if len(rows) > PAGE else None


def _known(text: str, allowed: Any) -> str:
    return text if text in allowed else ""


def _stage(stage: str, today: date) -> Q:
    """The stage as conditions on the phase and the end, which an index serves."""
    match stage:
        case "planning":
            return _in(Phase.PLANNING)
        case "running":
            return _in(Phase.OPEN) & Q(ends_on__gt=today)
        case "deciding":
            return _in(Phase.STOPPED) | _in(Phase.OPEN) & Q(ends_on__lte=today)
        case "closed":
            return _in(Phase.CLOSED, Phase.CANCELLED)
        case "all":
            return Q()
    return _in(*_OPEN)


def _in(*phases: Phase) -> Q:
    """The phases in the statement itself: of parameters PostgreSQL cannot tell that the index of open pilots has them all, so
    that it would plan the prepared statement anew each time."""
    listed = ", ".join(f"'{phase.value}'" for phase in phases)
    return Q(RawSQL(f'"pilots_standing"."phase" IN ({listed})', (), BooleanField()))  # noqa: S611 - our own words


def tiles(organisation: Organisation, base: str, today: date) -> list[dict[str, Any]]:
    """How many pilots stand where, counted from one index: a group a phase costs half of a filter a tile."""
    counts: Counter[str] = Counter()
    for phase, number, running, flagged in _fetched(_PHASES, organisation, today=today):
        if phase == Phase.OPEN:
            counts.update(running=running, deciding=number - running)
        else:
            counts[_TILE_OF[phase]] += number
        if phase in _OPEN:
            counts["flagged"] += flagged
    told = [
        ("flagged", _("with a flag"), "flag=any"),
        *((stage, words.word(words.STAGES, stage), f"stage={stage}") for stage in STAGES[:4]),
    ]
    return [
        {
            "count": counts[name], "label": label, "unit": "", "url": f"{base}?{query}",
            "concern": name == "flagged" and counts[name] > 0,
        }
        for name, label, query in told
    ]  # fmt: skip


def owners(organisation: Organisation) -> list[tuple[int, str]]:
    """Who may be chosen: whoever owns a pilot. They may have left."""
    return sorted(_fetched(_OWNERS, organisation), key=lambda one: str(one[1]).casefold())


def _fetched(sql: str, organisation: Organisation, **more: date) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"organisation": organisation.pk, **more})
        yield from cursor.fetchall()


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the other filters offer, in words."""
    flags = [(code, words.word(words.FLAGS, code)) for code in FLAGS_BY_GRAVITY]
    return {
        "stages": [(code, words.word(words.STAGES, code)) for code in STAGES[:4]] + [("all", _("all"))],
        "flags": [("any", _("any flag")), *flags],
        "areas": [(code, str(label)) for code, label in Category.choices],
    }


def tag_of(lines: str, *told: Any) -> str:
    """Changes when what is shown does."""
    return f'"{hashlib.sha256(f"{lines}{told}".encode()).hexdigest()[:32]}"'


def next_page(wanted: Wanted, after: Place | None, base: str) -> str:
    return replace(wanted, after=after).address(base) if after else ""
