from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.canonical import canonical_json, sha256
from accounts.tenancy import TenantManager
from pilots.models.records import PilotRecord

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot


class DataSheetManager(TenantManager["DataSheet"]):
    @transaction.atomic
    def answer(self, pilot: Pilot, *, by: Person, at: datetime, **answers: Any) -> DataSheet:
        """Write down which learner data the pilot uses; answered anew, the earlier answers stay in the events."""
        if same := self.filter(pilot=pilot, **answers).first():
            return same
        sheet, _new = self.update_or_create(pilot=pilot, defaults={"by": by, "at": at, **answers})
        pilot.chain.record(
            "data_sheet.answered",
            by=by.actor,
            at=at,
            private={name: str(value) for name, value in answers.items()},
        )
        return sheet


class DataSheet(PilotRecord):
    """Which learner data is used, why, who sees it, until when; readable by learners."""

    data = models.TextField(_("which learner data is used"), max_length=2000)
    purpose = models.TextField(_("what for"), max_length=2000)
    access = models.TextField(_("who has access to it"), max_length=2000)
    kept_until = models.DateField(_("kept until"))
    told = models.TextField(_("how learners are told that AI is used"), max_length=2000)
    oversight = models.CharField(_("who decides about people (never the AI alone)"), max_length=200)

    tenant_path = "pilot__organisation"
    objects = DataSheetManager()


class ConsultationManager(TenantManager["Consultation"]):
    @transaction.atomic
    def record(self, pilot: Pilot, *, by: Person, at: datetime, **fields: Any) -> Consultation:
        """Write down a conversation with legal or compliance."""
        if same := self.filter(pilot=pilot, **fields).first():
            return same
        consultation, _new = self.update_or_create(pilot=pilot, defaults={"by": by, "at": at, **fields})
        pilot.chain.record(
            "consultation.recorded",
            by=by.actor,
            at=at,
            private={"with": consultation.with_whom, "outcome": consultation.outcome},
            held_on=consultation.held_on.isoformat(),
        )
        return consultation


class Consultation(PilotRecord):
    """The conversation with legal or compliance, before launch."""

    with_whom = models.CharField(_("with whom"), max_length=200)
    held_on = models.DateField(_("when"))
    outcome = models.TextField(_("what came of it"), max_length=2000)

    tenant_path = "pilot__organisation"
    objects = ConsultationManager()


class LowChanceManager(TenantManager["LowChance"]):
    @transaction.atomic
    def acknowledge(
        self, pilot: Pilot, *, words: str, chance: float | None, by: Person, at: datetime
    ) -> LowChance:
        """Write down that the plan goes ahead although six weeks will probably not show its target."""
        about = plan_in_question(pilot)
        if same := self.filter(pilot=pilot, words=words, about=about).first():
            return same
        record, _new = self.update_or_create(
            pilot=pilot, defaults={"by": by, "at": at, "words": words, "chance": chance, "about": about}
        )
        pilot.chain.record(
            "low_chance.acknowledged",
            by=by.actor,
            at=at,
            private={"words": words},
            chance=chance,
            about=about,
        )
        return record


class LowChance(PilotRecord):
    """The manager's own words on why a target is tried that six weeks will show in fewer than half of the cases.

    It stands for the target, dates and groups that it was written about; another plan asks again.
    """

    words = models.TextField(_("why you go ahead all the same"), max_length=2000)
    chance = models.FloatField(null=True)
    about = models.CharField(max_length=64)

    tenant_path = "pilot__organisation"
    objects = LowChanceManager()

    def stands_for(self, pilot: Pilot) -> bool:
        return self.about == plan_in_question(pilot)


def plan_in_question(pilot: Pilot) -> str:
    """What the chance depends on that people choose, as a digest."""
    chosen = [
        pilot.metric_id,
        pilot.series_id,
        pilot.comparison_id,
        pilot.target,
        pilot.start,
        pilot.ramp_weeks,
    ]
    return sha256(canonical_json([*chosen, pilot.baseline_start]))
