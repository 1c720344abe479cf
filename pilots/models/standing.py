from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, Self

from django.db import models
from django.db.models import Case, Q, Value, When

from accounts.tenancy import TenantManager

if TYPE_CHECKING:
    from pilots.models.pilot import Pilot


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

    objects = _Manager()

    class Meta:
        indexes = [
            # The portfolio's first page: what is open, most flags first, then what ends soonest.
            models.Index(
                fields=["organisation", "-open_flags", "ends_on", "pilot"],
                name="standing_risk",
                condition=Q(phase__in=["planning", "open", "stopped"]),
            ),
            # The tiles: how many in each stage, with and without flags, from the index alone.
            models.Index(fields=["organisation", "phase", "ends_on", "open_flags"], name="standing_tiles"),
        ]

    def __str__(self) -> str:
        return f"pilot {self.pilot_id}: {self.phase}"

    @classmethod
    def refresh(cls, pilot: Pilot) -> None:
        """Write the line anew from the pilot's records."""
        seen = dict(pilot.flags.standing().values_list("kind", "acknowledged_at"))
        flags = sorted(seen, key=FLAGS_BY_GRAVITY.index)
        reading = pilot.latest_reading()
        cls.objects.update_or_create(
            pilot=pilot,
            defaults={
                "organisation_id": pilot.organisation_id,
                "phase": _phase(pilot),
                "start": pilot.start,
                "ends_on": pilot.end,
                "open_flags": len(flags),
                "top_flag": flags[0] if flags else "",
                "unanswered": next((kind for kind in flags if seen[kind] is None), ""),
                "verdict": reading.verdict if reading else "",
                "latest": reading.facts.get("latest") if reading else None,
                "baseline": reading.facts.get("baseline_mean") if reading else None,
                "people": _people(pilot),
                "decision": pilot.outcome.decision if pilot.has("outcome") else "",
                "read_at": reading.made_at if reading else None,
            },
        )


def _people(pilot: Pilot) -> int | None:
    from pilots.words import shown_of

    return shown_of(pilot, pilot.end).fewest.get(pilot.series_id or 0) if pilot.end else None


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
