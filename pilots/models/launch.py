from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext as _t

from accounts.models import Job
from accounts.tenancy import TenantManager
from metrics.models import Population
from pilots import gate
from pilots.errors import GateClosedError, RefusedError
from pilots.models.flag_kind import FlagKind
from pilots.models.records import PilotRecord

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot


class Launch(PilotRecord):
    """That the pilot began: who said so, when, and by which plan version it will be judged."""

    plan_version = models.ForeignKey("pilots.PlanVersion", on_delete=models.PROTECT, related_name="launched")

    tenant_path = "pilot__organisation"
    objects = TenantManager()


class Launched(models.Model):
    """What a pilot can do about its launch."""

    class Meta:
        abstract = True

    def gate(self: Any, at: datetime) -> list[gate.Line]:
        """The eight lines, each open or met."""
        return gate.lines(self, at)

    @transaction.atomic
    def launch_now(self: Pilot, *, by: Person, at: datetime) -> Launch:
        """Begin. Raises ``GateClosedError`` while a line is open; the second call is the first launch again."""
        locked = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.has("launch"):
            return Launch.objects.get(pilot=locked)
        if locked.has("cancel"):
            raise RefusedError(_t("This pilot was cancelled."))
        if open_lines := [line for line in locked.gate(at) if not line.met]:
            raise GateClosedError(
                [line.key for line in open_lines],
                _t("Not yet: %(lines)s") % {"lines": "; ".join(str(line.title) for line in open_lines)},
            )
        version = locked.agreed_version()
        assert version is not None, "the gate asks for signatures under a version"
        launch = Launch.objects.create(pilot=locked, by=by, at=at, plan_version=version)
        locked._freeze_participants(by=by, at=at)
        self.refresh_from_db()
        self.freeze_baseline(at=at)
        locked.chain.record(
            "pilot.launched", by=by.actor, at=at, number=version.number, sha256=version.sha256
        )
        self.settle_conditions(at=at)
        self.settle_wait(FlagKind.ANSWER_MISSING, at=at)
        Job.objects.want(Job.Kind.READ, self.pk, at=at)
        return launch

    def _freeze_participants(self: Pilot, *, by: Person, at: datetime) -> None:
        """Who takes part stays from here on; the baseline is added up anew by the list as it stands."""
        for population in Population.objects.behind(self.series, self.comparison):
            if population.freeze(by=by, at=at):
                self.chain.record(
                    "pilot.participants_frozen", by=by.actor, at=at, population=population.pk,
                    people=population.size, sha256=population.digest(),
                )  # fmt: skip
