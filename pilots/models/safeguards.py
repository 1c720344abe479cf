from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import canonical_json, sha256
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.records import PilotRecord

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot
    from pilots.models.stakeholder import Stakeholder


class Personal(models.TextChoices):
    YES = "yes", _("yes: one can tell whose it is")
    CODED = "coded", _("yes, coded: names are replaced, but whoever has the key can tell")
    NO = "no", _("no: nobody can tell whose it is")


class DataSheetManager(TenantManager["DataSheet"]):
    @transaction.atomic
    def answer(
        self, pilot: Pilot, *, by: Person, at: datetime, rows: Sequence[dict[str, Any]] = (), **answers: Any
    ) -> DataSheet:
        """Write down how learner data is used; answered anew, the earlier answers stay in the events.

        ``rows`` are added to those that stand there.
        """
        for row in rows:
            LearnerData.objects.write_down(pilot, by=by, at=at, **row)
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
    """What holds for all learner data of a pilot; the data themselves are its rows. Readable by learners."""

    told = models.TextField(_("how learners are told that AI is used"), max_length=2000)
    oversight = models.CharField(_("who decides about people (never the AI alone)"), max_length=200)
    legal_basis = models.CharField(_("the legal basis"), max_length=300, blank=True)
    processor = models.CharField(_("who processes it for us"), max_length=300, blank=True)
    impact = models.CharField(_("the impact assessment"), max_length=300, blank=True)

    tenant_path = "pilot__organisation"
    objects = DataSheetManager()


class LearnerDataManager(TenantManager["LearnerData"]):
    @transaction.atomic
    def write_down(self, pilot: Pilot, *, by: Person, at: datetime, **fields: Any) -> LearnerData:
        """One more row of the sheet; the same row twice is one."""
        type(pilot).objects.select_for_update(of=("self",)).get(pk=pilot.pk)
        if same := self.filter(pilot=pilot, **fields).first():
            return same
        row = self.create(pilot=pilot, **fields)
        row._record("data_sheet.row_added", by, at)
        return row


class LearnerData(models.Model):
    """One kind of learner data: what, what for, from where, who sees it, until when, and whether it is personal."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="learner_data")
    data = models.CharField(_("which data"), max_length=300)
    purpose = models.CharField(_("what for"), max_length=500)
    source = models.CharField(_("where it comes from"), max_length=200)
    access = models.CharField(_("who has access to it"), max_length=500)
    kept_until = models.DateField(_("kept until"))
    personal = models.CharField(_("is it personal?"), max_length=10, choices=Personal)

    tenant_path = "pilot__organisation"
    objects = LearnerDataManager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.data

    @transaction.atomic
    def change(self, *, by: Person, at: datetime, **fields: Any) -> None:
        """Only what differs is written: what somebody else changed meanwhile in the row stays, and so does that it was struck."""
        changed = {name: value for name, value in fields.items() if getattr(self, name) != value}
        if changed and LearnerData.objects.filter(pk=self.pk).update(**changed):
            self.refresh_from_db()
            self._record("data_sheet.row_changed", by, at)

    @transaction.atomic
    def strike(self, *, by: Person, at: datetime) -> None:
        """This data is not used any more; that it was stays in the events."""
        if LearnerData.objects.filter(pk=self.pk).delete()[0]:
            self._record("data_sheet.row_struck", by, at)

    def _record(self, verb: str, by: Person, at: datetime) -> None:
        told = {name: str(getattr(self, name)) for name in ("data", "purpose", "source", "access")}
        self.pilot.chain.record(
            verb, by=by.actor, at=at, private=told, row=self.pk, kept_until=self.kept_until.isoformat(), personal=self.personal
        )  # fmt: skip


class Workers(models.TextChoices):
    """Whether those who work there, or who speaks for them, know before it begins."""

    COUNCIL = "council", _("the works council was consulted")
    TOLD = "told", _("the workers were informed")
    NOT_YET = "not_yet", _("not yet")
    NONE = "none", _("not needed: nobody's work is touched")


class ConsultationManager(TenantManager["Consultation"]):
    @transaction.atomic
    def record(self, pilot: Pilot, *, by: Person, at: datetime, **fields: Any) -> Consultation:
        """Write down a conversation with legal or compliance."""
        if same := self.filter(pilot=pilot, **fields).first():
            return same
        # Written down anew it is another conversation, which nobody has confirmed yet.
        unconfirmed = {"confirmed_by": None, "confirmed_at": None}
        consultation, _new = self.update_or_create(
            pilot=pilot, defaults={"by": by, "at": at, **unconfirmed, **fields}
        )
        pilot.chain.record(
            "consultation.recorded",
            by=by.actor,
            at=at,
            private={
                "with": consultation.with_whom,
                "outcome": consultation.outcome,
                "workers": consultation.workers_note,
            },
            held_on=consultation.held_on.isoformat(),
            workers=consultation.workers,
        )
        return consultation


class Consultation(PilotRecord):
    """The conversation with legal or compliance, before launch, and what the workers know."""

    with_whom = models.CharField(_("with whom"), max_length=200)
    held_on = models.DateField(_("when"))
    outcome = models.TextField(_("what came of it"), max_length=2000)
    workers = models.CharField(
        _("the people who work there"), max_length=10, choices=Workers, default=Workers.NOT_YET
    )
    workers_note = models.CharField(_("when and how they were told"), max_length=300, blank=True)
    # Who speaks for legal or compliance said themselves that it was so, by their own link.
    confirmed_by = models.ForeignKey(
        "pilots.Stakeholder", null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)

    tenant_path = "pilot__organisation"
    objects = ConsultationManager()

    @property
    def words_sha256(self) -> str:
        """Of what is shown to whoever confirms it."""
        return sha256(canonical_json([self.with_whom, self.held_on.isoformat(), self.outcome]))

    @transaction.atomic
    def confirm(self, *, by: Stakeholder, seen: str, at: datetime) -> None:
        """Who speaks for legal or compliance says that the conversation was as it is written down. Said twice, said once.

        ``seen`` is the digest of the words that they read: of other words, written down since, nothing is said.
        """
        if not by.is_legal or by.pilot_id != self.pilot_id:
            raise RefusedError(_t("Only who speaks for legal or compliance here says so."))
        now = Consultation.objects.select_for_update(of=("self",)).get(pk=self.pk)
        if now.confirmed_at:
            return
        if seen != now.words_sha256:
            raise RefusedError(
                _t(
                    "This was written down anew since you opened this page. Please read it again: nothing was confirmed."
                )
            )
        now.confirmed_by, now.confirmed_at = by, at
        now.save(update_fields=["confirmed_by", "confirmed_at"])
        self.pilot.chain.record(
            "consultation.confirmed",
            by=by.actor,
            at=at,
            stakeholder=by.pk,
            outcome_sha256=sha256(now.outcome),
        )


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
