from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import canonical_json, sha256
from accounts.models import Job, Topic
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots import outcome
from pilots.errors import NewerFiguresError, RefusedError
from pilots.models.addendum import Revisited
from pilots.models.entry import Entry
from pilots.models.judgement import AskedBack
from pilots.models.notice import Notice
from pilots.models.records import PilotRecord

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot
    from pilots.models.reading import Reading


class NextStep(models.TextChoices):
    SCALE = "scale", _("Scale it")
    CHANGE_COURSE = "change_course", _("Change course")
    RUN_AGAIN = "run_again", _("Run it again")
    STOP = "stop", _("Stop it")


class Cancel(PilotRecord):
    """That a pilot was given up before it began."""

    reason = models.TextField(_("why"), max_length=1000)

    tenant_path = "pilot__organisation"
    objects = TenantManager()


class Stop(PilotRecord):
    """That a pilot was ended before its six weeks were over."""

    reason = models.TextField(_("why"), max_length=1000)

    tenant_path = "pilot__organisation"
    objects = TenantManager()


class Outcome(Revisited, AskedBack, PilotRecord):
    """The decision, with everything it rests on, frozen: canonical JSON and its SHA-256.

    What becomes known later stands below it: ``addendum``, ``judgement``.
    """

    decision = models.CharField(_("decision"), max_length=20, choices=NextStep)
    recommended = models.CharField(max_length=20, choices=NextStep)
    verdict = models.CharField(max_length=20)
    content = models.TextField()
    sha256 = models.CharField(max_length=64)

    tenant_path = "pilot__organisation"
    objects = TenantManager()

    class Meta(PilotRecord.Meta):
        triggers = append_only("outcome")

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self.content)
        return facts

    def says(self, *, by: Person, **typed: str) -> bool:
        """Whether it is this very decision of theirs, word for word."""
        kept = self.facts["decision"]
        return self.by_id == by.pk and all(kept.get(name, "") == text for name, text in typed.items())


class Closed(models.Model):
    """What a pilot can do about its end."""

    class Meta:
        abstract = True

    @transaction.atomic
    def cancel_planning(self: Pilot, *, reason: str, by: Person, at: datetime) -> Cancel:
        """Give it up before launch."""
        locked = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.has("launch"):
            raise RefusedError(_t("It is running. Stop it instead."))
        cancel, new = Cancel.objects.get_or_create(
            pilot=self, defaults={"reason": reason, "by": by, "at": at}
        )
        for flag in self.flags.standing():
            flag.clear(at=at)
        self._recorded("pilot.cancelled", new, by=by, at=at, reason=reason)
        return cancel

    @transaction.atomic
    def stop_early(self: Pilot, *, reason: str, by: Person, at: datetime) -> Stop:
        """End it before its six weeks are over; what was learned is decided on next."""
        locked = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.has("stop"):
            return Stop.objects.get(pilot=self)
        if locked.stage(self.organisation.day_of(at)) != "running":
            raise RefusedError(_t("Only a running pilot can be stopped."))
        self.read(at=at)
        stop, new = Stop.objects.get_or_create(pilot=self, defaults={"reason": reason, "by": by, "at": at})
        self._recorded("pilot.stopped", new, by=by, at=at, reason=reason)
        # Read once more as what it is now, a pilot that was stopped: what is recommended from here on does not change
        # when the decision reads it again.
        self.read(at=at)
        return stop

    @transaction.atomic
    def decide(
        self: Pilot,
        *,
        decision: str,
        learned: str,
        other_causes: str,
        by: Person,
        at: datetime,
        reason: str = "",
        next_step: str = "",
        seen: str = "",
    ) -> Outcome:
        """Close the pilot with a decision. Against the agreed rule it needs a reason.

        ``seen`` is the verdict that the decision was made on: when newer figures say something else, nothing is decided.
        """
        locked = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.has("outcome"):
            return Outcome.objects.get(pilot=self)
        if locked.stage(self.organisation.day_of(at)) != "deciding":
            raise RefusedError(_t("The six weeks are not over."))
        self.refresh_from_db()  # the rule and the plan as they are now that nobody can amend them
        reading = self.read(at=at)
        if not (reading.final or locked.has("stop")):
            raise RefusedError(_t("The last figures have not come yet."))
        recommended = self.recommendation()
        if seen and seen != self.verdict_of(reading):
            raise NewerFiguresError(
                _t(
                    "The last figures came since you opened this page, and say something else. Look again, then decide."
                )
            )
        if decision != recommended and not reason.strip():
            raise RefusedError(_t("This is not what was agreed for such a result. Say why."))
        words = {"learned": learned, "other_causes": other_causes, "reason": reason}
        if next_step:
            words["next_step"] = next_step
        content = canonical_json(
            outcome.frozen(self, reading, decision=decision, recommended=recommended, by=by, at=at, **words)
        )
        record = Outcome.objects.create(
            pilot=self,
            by=by,
            at=at,
            decision=decision,
            recommended=recommended,
            verdict=self.verdict_of(reading),
            content=content,
            sha256=sha256(content),
        )
        for flag in self.flags.standing():
            flag.clear(at=at)
        self._recorded("pilot.decided", True, by=by, at=at, decision=decision, outcome_sha256=record.sha256)
        record.pilot = self
        record.ask_whether_meant(by=by, at=at)
        if due := record.next_look():
            Job.objects.want(Job.Kind.READ, self.pk, at=due)
        Entry.objects.take_from(record, by=by, at=at)
        self._tell_outcome(record, by=by, at=at)
        return record

    def _tell_outcome(self: Pilot, record: Outcome, *, by: Person, at: datetime) -> None:
        """Everybody who wants to hear of outcomes, but whoever decided."""
        from pilots.outcome_page import outcome_line

        sentence = outcome_line(record)["sentence"]
        members = self.organisation.memberships.exclude(person=by)
        Notice.objects.tell(
            self,
            Topic.OUTCOME,
            people=members.values_list("person", flat=True),
            words=f"{sentence} {_t('What follows')}: {record.get_decision_display().lower()}.",
            path=reverse("pilot_outcome", args=[self.organisation.slug, self.pk]),
            at=at,
        )

    def recommendation(self: Pilot) -> str:
        """What was agreed to do for such a verdict."""
        return str(self.decision_rule[self.verdict_of(self.latest_reading())])

    def verdict_of(self: Pilot, reading: Reading | None) -> str:
        """The verdict to decide by: of the last reading, or of the day on which the pilot was stopped."""
        over = reading is not None and (reading.final or self.has("stop")) and reading.verdict != "running"
        return reading.verdict if reading is not None and over else "unclear"

    def _recorded(
        self: Pilot, verb: str, new: bool, *, by: Person, at: datetime, reason: str = "", **facts: Any
    ) -> None:
        self.refresh_from_db()
        if new:
            self.chain.record(verb, by=by.actor, at=at, private={"reason": reason} if reason else {}, **facts)
            self.refresh_standing()
