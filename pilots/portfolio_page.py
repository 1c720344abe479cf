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
from django.db.models.fields.tuple_lookups import TupleGreaterThan
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
# What a line shows of the pilots that were found, in the order of ``Row``: for fifty of them alone, and past the many layers
# of a query set of twenty columns.
_ROWS: Final = """
    SELECT line.pilot_id, line.phase, line.start, line.ends_on, line.open_flags, line.top_flag, line.unanswered, line.verdict,
           line.latest, line.people, line.moving, line.spark, line.decision, pilot.title, pilot.target, pilot.metric_id,
           metric.name, metric.unit, metric.decimals, owner.name
    FROM ({found}) AS found JOIN pilots_standing line USING (pilot_id) JOIN pilots_pilot pilot ON pilot.id = line.pilot_id
    JOIN accounts_person owner ON owner.id = pilot.owner_id LEFT JOIN metrics_metric metric ON metric.id = pilot.metric_id
    ORDER BY line.open_flags DESC, line.ends_on, line.pilot_id
"""
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

    def parts_after(self, found: StandingQuerySet) -> Iterator[StandingQuerySet]:
        """What comes after it, in order: each part is a range of the index, so the last page costs what the first does."""
        alike = found.filter(open_flags=self.flags)
        if self.ends_on:
            yield alike.filter(TupleGreaterThan(("ends_on", "pilot_id"), (self.ends_on, self.pilot)))
            yield alike.filter(ends_on=None)
        else:
            yield alike.filter(ends_on=None, pilot_id__gt=self.pilot)
        if self.flags:
            yield found.filter(open_flags__lt=self.flags)


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
        found: StandingQuerySet = Standing.objects.filter(_stage(self.stage, today))
        if self.flag == "any":
            found = found.filter(open_flags__gt=0)
        elif self.flag:
            standing = Flag.objects.standing().filter(pilot=OuterRef("pk"), kind=self.flag)
            found = found.filter(Exists(standing), open_flags__gt=0)
        if self.owner:
            found = found.filter(pilot__owner=int(self.owner))
        if self.area:
            found = found.filter(pilot__metric__category=self.area)
        return found.filter(pilot__title__icontains=self.q) if self.q else found

    def page(self, today: date) -> tuple[list[Row], Place | None]:
        """The rows, and after which of them the next page begins."""
        found = self.lines(today)
        parts = self.after.parts_after(found) if self.after else iter([found])
        rows: list[Row] = []
        for part in parts:
            rows += _rows(part, PAGE + 1 - len(rows))
            if len(rows) > PAGE:
                return rows[:PAGE], Place.of(rows[PAGE - 1])
        return rows, None


def _rows(found: StandingQuerySet, at_most: int) -> Iterator[Row]:
    first = found.order_by("-open_flags", "ends_on", "pilot_id").values("pilot_id")[:at_most]
    try:
        sql, params = first.query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        cursor.execute(_ROWS.format(found=sql), params)
        yield from map(Row._make, cursor.fetchall())


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
    stages = [
        {"count": counts[stage], "label": words.word(words.STAGES, stage), "url": f"{base}?stage={stage}"}
        for stage in ("planning", "running", "deciding", "closed")
    ]
    flagged = {"count": counts["flagged"], "label": _("with a flag"), "url": f"{base}?flag=any"}
    return [{**flagged, "concern": counts["flagged"] > 0}, *stages]


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
