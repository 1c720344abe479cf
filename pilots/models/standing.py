from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import connection, models
from django.db.models import Case, Q, Value, When

from accounts.tenancy import TenantManager
from metrics.groups import fewest_alone
from pilots.spark import sparks_of

if TYPE_CHECKING:
    from pilots.assessment import Course
    from pilots.models.pilot import Pilot
    from pilots.models.reading import Reading


# Which of several flags the portfolio names.
FLAGS_BY_GRAVITY: Final = (
    "approval_lost",
    "wrong_way",
    "source_failing",
    "no_data",
    "not_moving",
    "few_using",
    "unlikely",
    "review_overdue",
    "answer_missing",
    "condition_open",
)


class Phase(models.TextChoices):
    """What records alone say; the stage follows from it and from today."""

    PLANNING = "planning"
    OPEN = "open"
    STOPPED = "stopped"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class StandingQuerySet(models.QuerySet["Standing"]):
    def with_stage(self, on: date) -> Self:
        return self.annotate(
            stage=Case(
                When(phase=Phase.OPEN, ends_on__gt=on, then=Value("running")),
                When(phase__in=[Phase.OPEN, Phase.STOPPED], then=Value("deciding")),
                default=models.F("phase"),
                output_field=models.CharField(),
            )
        )


_Manager = TenantManager.from_queryset(StandingQuerySet)


class StandingManager(_Manager["Standing"]):
    def read(
        self, news: Sequence[tuple[Pilot, Course, Reading]], *, changed: Container[int], at: datetime
    ) -> None:
        """Write what readings say into their pilots' lines, all in one statement. ``changed``: whose flags did."""
        if not news:
            return
        flags = _standing_flags([pilot.pk for pilot, _course, _reading in news if pilot.pk in changed])
        people = _people_of([(pilot, course) for pilot, course, _reading in news])
        lines, sparks = [], sparks_of([course for _pilot, course, _reading in news])
        for (pilot, _course, reading), spark in zip(news, sparks, strict=True):
            facts, number = reading.facts, pilot.pk
            said = (
                reading.verdict,
                facts.get("latest"),
                facts.get("baseline_mean"),
                bool(facts.get("moving_since")),
            )
            counted = _counted(flags.get(number, {})) if number in changed else (None, None, None)
            lines.append((number, *said, people[number], spark, *counted))
        self.write(lines, at=at)

    def write(self, lines: Sequence[tuple[Any, ...]], *, at: datetime) -> None:
        """Write what readings say into lines that are there; ``lines`` are rows as ``_WRITE`` takes them."""
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [at, *map(list, zip(*lines, strict=True))])


# Flags that did not change are not told.
_WRITE: Final = """
    UPDATE pilots_standing AS s
       SET verdict = t.verdict, latest = t.latest, baseline = t.baseline, people = t.people, moving = t.moving, spark = t.spark,
           open_flags = coalesce(t.open_flags, s.open_flags), top_flag = coalesce(t.top_flag, s.top_flag),
           unanswered = coalesce(t.unanswered, s.unanswered), read_at = %s
      FROM unnest(%b::bigint[], %b::text[], %b::float8[], %b::float8[], %b::boolean[], %b::int[], %b::text[],
                  %b::int[], %b::text[], %b::text[])
           AS t(pilot, verdict, latest, baseline, moving, people, spark, open_flags, top_flag, unanswered)
     WHERE s.pilot_id = t.pilot
"""
_FLAGS: Final = """
    SELECT pilot_id, kind, acknowledged_at IS NOT NULL FROM pilots_flag
     WHERE cleared_at IS NULL AND pilot_id = ANY(%s::bigint[])
"""


class Standing(models.Model):
    """One line a pilot for the portfolio, so that ten thousand of them are counted in milliseconds.

    Nothing here is typed and nothing decides: each verb writes it anew from the pilot's records, in its
    own transaction, and it can be thrown away and made again (``manage.py refresh_standings``).
    """

    pilot = models.OneToOneField(
        "pilots.Pilot", on_delete=models.CASCADE, primary_key=True, related_name="standing"
    )
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    phase = models.CharField(max_length=10, choices=Phase)
    start = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    open_flags = models.PositiveSmallIntegerField(default=0)
    top_flag = models.CharField(max_length=20, blank=True)
    # The gravest that nobody has said anything about yet.
    unanswered = models.CharField(max_length=20, blank=True)
    verdict = models.CharField(max_length=20, blank=True)
    latest = models.FloatField(null=True)
    baseline = models.FloatField(null=True)
    # How few people the values tell about: the page compares it with the smallest group that is shown.
    people = models.PositiveIntegerField(null=True)
    decision = models.CharField(max_length=20, blank=True)
    # The picture in the line, as what is drawn, and whether the metric moves by the evidence.
    spark = models.CharField(max_length=400, blank=True)
    moving = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True)

    objects = StandingManager()

    class Meta:
        indexes = [
            # The portfolio's first page: what is open, most flags first, then what ends soonest.
            models.Index(
                fields=["organisation", "-open_flags", "ends_on", "pilot"],
                name="standing_risk",
                condition=Q(phase__in=["planning", "open", "stopped"]),
            ),
            # The same with those that are over.
            models.Index(fields=["organisation", "-open_flags", "ends_on", "pilot"], name="standing_all"),
            # The tiles: how many in each stage, with and without flags, from the index alone.
            models.Index(fields=["organisation", "phase", "ends_on", "open_flags"], name="standing_tiles"),
        ]

    def __str__(self) -> str:
        return f"pilot {self.pilot_id}: {self.phase}"

    @classmethod
    def refresh(cls, pilot: Pilot) -> None:
        """Write the line anew from the pilot's records."""
        reading = pilot.latest_reading() if pilot.has("launch") else None
        counted = _counted(_standing_flags([pilot.pk]).get(pilot.pk, {}))
        told = {
            "organisation_id": pilot.organisation_id,
            "phase": _phase(pilot),
            "start": pilot.start,
            "ends_on": pilot.end,
            **dict(zip(("open_flags", "top_flag", "unanswered"), counted, strict=True)),
            "verdict": reading.verdict if reading else "",
            "latest": reading.facts.get("latest") if reading else None,
            "baseline": reading.facts.get("baseline_mean") if reading else None,
            "moving": bool(reading and reading.facts.get("moving_since")),
            "people": _people(pilot),
            "decision": pilot.outcome.decision if pilot.has("outcome") else "",
            "read_at": reading.made_at if reading else None,
        }
        line = cls(pilot_id=pilot.pk, **told)
        cls.objects.bulk_create([line], update_conflicts=True, unique_fields=["pilot"], update_fields=told)


def _counted(standing: Mapping[str, bool]) -> tuple[int, str, str]:
    """How many flags a line tells of, the gravest, and the gravest without an answer.

    ``standing``: kind → whether somebody has said what they do about it.
    """
    flags = sorted(standing, key=FLAGS_BY_GRAVITY.index)
    return len(flags), flags[0] if flags else "", next((kind for kind in flags if not standing[kind]), "")


def _standing_flags(pilots: Sequence[int]) -> dict[int, dict[str, bool]]:
    """Each pilot's standing flags, and whether somebody has said what they do about them."""
    found: defaultdict[int, dict[str, bool]] = defaultdict(dict)
    if pilots:
        with connection.cursor() as cursor:
            cursor.execute(_FLAGS, [list(pilots)])
            for pilot, kind, answered in cursor:
                found[pilot][kind] = answered
    return found


_SEVERAL: Final = (
    "SELECT metric_id FROM metrics_series WHERE metric_id = ANY(%s) GROUP BY metric_id HAVING count(*) > 1"
)


def _people_of(read: Sequence[tuple[Pilot, Course]]) -> dict[int, int | None]:
    """How few people each pilot's values tell about, as ``metrics.groups`` counts them.

    Where a metric has one series, and that is most of them, what was read says it; the others are asked for one by one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SEVERAL, [list({pilot.metric_id for pilot, _course in read})])
        several = {metric for (metric,) in cursor}
    return {
        pilot.pk: _people(pilot)
        if pilot.metric_id in several
        else fewest_alone(course.people, pilot.planned_reach)
        for pilot, course in read
    }


def _people(pilot: Pilot) -> int | None:
    from pilots.words import shown_of

    return shown_of(pilot, pilot.end, values=False).fewest.get(pilot.series_id or 0) if pilot.end else None


def _phase(pilot: Pilot) -> Phase:
    for record, phase in (
        ("cancel", Phase.CANCELLED),
        ("outcome", Phase.CLOSED),
        ("stop", Phase.STOPPED),
        ("launch", Phase.OPEN),
    ):
        if pilot.has(record):
            return phase
    return Phase.PLANNING
