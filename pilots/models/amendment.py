from __future__ import annotations

import copy
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import canonical_json, sha256
from accounts.models import SYSTEM, Job, Message
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.flag_kind import FlagKind
from pilots.plan import plan_facts

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot
    from pilots.models.plan_version import PlanVersion

#: To change one of these while it runs breaks the promise of the figures: the launched plan still gives the verdict.
JUDGED: Final = frozenset(
    {"metric", "series", "comparison", "comparison_choice", "target", "ramp_weeks", "start"}
)
#: What else may be amended; it is the pilot's from then on.
PLAIN: Final = frozenset(
    {"problem", "visible_because", "ai_use", "audience", "planned_reach", "decision_rule"}
)
_ROWS: Final = frozenset({"metric", "series", "comparison"})


class AmendmentQuerySet(models.QuerySet["Amendment"]):
    def open(self) -> Self:
        """Out for signature: neither in force nor withdrawn."""
        return self.filter(in_force_at=None, withdrawn_at=None)

    def in_force(self) -> Self:
        return self.filter(in_force_at__isnull=False)


_AmendmentManager = TenantManager.from_queryset(AmendmentQuerySet)


class Amendment(models.Model):
    """A change of the plan after launch: a version of its own, signed by the same people, with the reason why."""

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="amendments")
    plan_version = models.OneToOneField(
        "pilots.PlanVersion", on_delete=models.PROTECT, related_name="amendment"
    )
    number = models.PositiveIntegerField()  # the version's, for pages that only name it
    reason = models.TextField(_("why the plan is changed"), max_length=1000)
    #: Field of the pilot → plain value: of this amendment, and of what was amended before it where that is judged.
    changes = models.JSONField()
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    tenant_path = "pilot__organisation"
    objects = _AmendmentManager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["pilot"], condition=Q(in_force_at=None, withdrawn_at=None), name="one_open_amendment"
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number}: {self.reason[:60]}"

    @property
    def is_judged(self) -> bool:
        """Whether it changes what the figures are judged by: they are then read a second time, by it."""
        return bool(JUDGED & self.changes.keys())

    def applied_to(self, pilot: Pilot) -> Pilot:
        """The pilot as it is after this amendment: a copy to read from, never to save."""
        return amended(pilot, self.changes)

    @transaction.atomic
    def withdraw(self, *, by: Person, at: datetime) -> None:
        """It is not asked for any more. What was signed stays in the ledger."""
        type(self.pilot).objects.select_for_update(of=("self",)).get(pk=self.pilot_id)
        if Amendment.objects.open().filter(pk=self.pk).update(withdrawn_at=at):
            self.pilot.chain.record("plan.amendment_withdrawn", by=by.actor, at=at, amendment=self.pk)

    def settle(self, *, at: datetime) -> None:
        """Put it in force once everybody who signs has, nobody declined, and no condition for it is open."""
        from pilots.models.agreement import Decision, When

        if not Amendment.objects.open().filter(pk=self.pk).exists():
            return
        signed = {one.stakeholder_id: one for one in self.plan_version.sign_offs.select_related("condition")}
        if not all(person.pk in signed for person in self.pilot.stakeholders.must_sign()):
            return
        for one in signed.values():
            condition = getattr(one, "condition", None)
            held = condition and condition.when == When.BEFORE and condition.closed_at is None
            if one.decision == Decision.DECLINE or held:
                return
        self._put_in_force(at=at)

    def _put_in_force(self, *, at: datetime) -> None:
        pilot = self.pilot
        Amendment.objects.filter(pk=self.pk).update(in_force_at=at)
        plain = {name: value for name, value in self.changes.items() if name in PLAIN}
        type(pilot).objects.filter(pk=pilot.pk).update(amended=self, version=F("version") + 1, **plain)
        pilot.chain.record(
            "plan.amended",
            by=SYSTEM,
            at=at,
            amendment=self.pk,
            number=self.number,
            sha256=self.plan_version.sha256,
        )
        if self.is_judged:
            for flag in pilot.flags.standing().filter(kind__in=[FlagKind.NOT_MOVING, FlagKind.WRONG_WAY]):
                flag.clear(at=at)
        pilot.refresh_from_db()
        if self.is_judged:
            pilot.freeze_amended_baseline(at=at)
        pilot.refresh_standing()
        Job.objects.want(Job.Kind.READ, pilot.pk, at=at)
        Message.objects.queue(
            "amended",
            to=pilot.owner.email,
            at=at,
            link=f"page:/{pilot.organisation.slug}/pilots/{pilot.pk}/agreement/",
            organisation=pilot.organisation,
            context={
                "name": pilot.owner.name,
                "pilot": pilot.title,
                "number": self.number,
                "judged": self.is_judged,
            },
        )


class Amended(models.Model):
    """What a pilot can do about its plan after launch."""

    #: The newest amendment in force: every page of the pilot says so.
    amended = models.ForeignKey(
        "pilots.Amendment", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    class Meta:
        abstract = True

    def version_in_force(self: Any) -> PlanVersion:
        """By which the pilot runs: the launched one, or the newest amendment that everybody signed."""
        version: PlanVersion = self.amended.plan_version if self.amended else self.launch.plan_version
        return version

    def as_amended(self: Any) -> Pilot:
        """The pilot by its plan in force; itself where nothing that is judged was amended."""
        pilot: Pilot = self.amended.applied_to(self) if self.amended and self.amended.is_judged else self
        return pilot

    @transaction.atomic
    def amend(self: Any, *, reason: str, by: Person, at: datetime, **changes: Any) -> Amendment:
        """Propose a change of the plan while it runs, and ask everybody who signed to sign it. One at a time.

        The verdict uses the launched version all the same; what is judged stands second, by the amended one.
        """
        locked: Pilot = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.stage(locked.organisation.day_of(at)) != "running":
            raise RefusedError(_t("Only the plan of a running pilot is amended."))
        known = {name: value for name, value in changes.items() if name in JUDGED | PLAIN}
        assert known == changes, "what cannot be amended is not offered"
        before, plain = locked.version_in_force(), {name: _plain(value) for name, value in changes.items()}
        earlier = locked.amended.changes if locked.amended else {}
        judged = {name: value for name, value in earlier.items() if name in JUDGED}
        content = canonical_json(plan_facts(amended(locked, {**judged, **plain})))
        newest = locked.agreed_version()
        waiting = locked.amendments.open().first()
        if waiting and waiting.plan_version.content == content and waiting.reason == reason:
            return waiting
        if content == before.content:
            raise RefusedError(_t("That is what the plan says already."))
        if waiting:
            waiting.withdraw(by=by, at=at)
        assert newest is not None
        version = locked.cut_version(newest, content, by=by, at=at)
        now = {name: judged.get(name, _plain(getattr(locked, name))) for name in plain}
        differing = {name: value for name, value in plain.items() if value != now[name]}
        amendment = Amendment.objects.create(
            pilot=locked, plan_version=version, number=version.number, reason=reason, by=by, at=at, changes={**judged, **differing}
        )  # fmt: skip
        locked.chain.record(
            "plan.amendment_proposed", by=by.actor, at=at, private={"reason": reason}, amendment=amendment.pk,
            number=version.number, sha256=sha256(content), changed=sorted(differing),
        )  # fmt: skip
        for stakeholder in locked.stakeholders.must_sign():
            locked.ask_to_sign(stakeholder, version, by=by, at=at)
        return amendment


def amended(pilot: Pilot, changes: dict[str, Any]) -> Pilot:
    """A copy of the pilot with these plain values: to read from, never to save."""
    changed = copy.copy(pilot)
    for name, value in changes.items():
        if name in _ROWS:
            setattr(changed, f"{name}_id", value)
        else:
            setattr(changed, name, date.fromisoformat(value) if name == "start" and value else value)
    return changed


def _plain(value: Any) -> Any:
    match value:
        case models.Model():
            return value.pk
        case date():
            return value.isoformat()
    return value
