from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.lookup import Lookup
from accounts.models import SYSTEM, Topic
from accounts.tenancy import TenantManager
from metrics.models import SnapshotRevision
from pilots.models.escalation import Escalated
from pilots.models.flag_kind import LATCHING, FlagKind
from pilots.models.notice import Notice

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.pilot import Pilot


class FlagQuerySet(models.QuerySet["Flag"]):
    def standing(self) -> Self:
        return self.filter(cleared_at=None)


_FlagManager = TenantManager.from_queryset(FlagQuerySet)


class FlagManager(_FlagManager["Flag"]):
    def on(self, pilot: Pilot, kind: str) -> Flag | None:
        """The flag of this kind that stands on a pilot."""
        if flag := _STANDING.get(pilot.pk, kind):
            flag.pilot = pilot
        return flag

    def settle(
        self,
        pilot: Pilot,
        standing: Sequence[Flag],
        causes: dict[str, dict[str, Any]],
        *,
        judged: bool,
        at: datetime,
    ) -> bool:
        """Have exactly the flags standing whose causes hold, but for those that latch; whether any changed.

        ``standing`` are the pilot's flags about figures, ``causes`` maps kinds to their figures; ``judged`` says that the
        maths could tell at all. Each change is one event. In the caller's transaction, with the pilot's row locked.
        """
        known = {flag.kind: flag for flag in standing}
        changed = False
        for kind, figures in causes.items():
            if kind not in known:
                self.raise_on(pilot, kind, figures, at=at)
                changed = True
            elif kind == FlagKind.SOURCE_FAILING and figures != known[kind].figures:
                # Raised when it stopped to answer; by now values are missing too.
                self.filter(pk=known[kind].pk).update(figures=figures)
        for kind, flag in known.items():
            flag.pilot = pilot
            if kind not in causes and (
                kind not in LATCHING or (judged and flag.was_raised_by_restated_data())
            ):
                flag.clear(at=at)
                changed = True
        return changed

    @transaction.atomic(savepoint=False)
    def settle_content(self, pilot: Pilot, *, at: datetime) -> None:
        """Have the flag standing while content of a pilot that began is not approved any more."""
        with connection.cursor() as cursor:
            cursor.execute(_GOES_ON, [pilot.pk])
            if not cursor.fetchone():
                return
        lost = [str(title) for title in pilot.content.lost_approval().values_list("title", flat=True)[:3]]
        if self.settle_one(pilot, FlagKind.APPROVAL_LOST, {"items": lost} if lost else {}, at=at):
            pilot.refresh_standing()

    @transaction.atomic(savepoint=False)
    def settle_one(self, pilot: Pilot, kind: str, figures: dict[str, Any], *, at: datetime) -> bool:
        """Have the flag of this kind standing if ``figures`` say why, and not if there are none; whether that changed any.

        A flag that stands already keeps the figures it was raised with: it is raised once.
        """
        standing = self.on(pilot, kind)
        if figures and standing is None:
            self.raise_on(pilot, kind, figures, at=at)
        elif standing and not figures:
            standing.clear(at=at)
        else:
            return False
        return True

    @transaction.atomic(savepoint=False)
    def raise_on(self, pilot: Pilot, kind: str, figures: dict[str, Any], *, at: datetime) -> Flag:
        """Raise a flag; the one that stands already when there is one. Every flag is raised here."""
        flag, new = self.get_or_create(
            pilot=pilot, kind=kind, cleared_at=None, defaults={"figures": figures, "raised_at": at}
        )
        if new:
            pilot.chain.record("flag.raised", by=SYSTEM, at=at, flag=flag.pk, kind=kind)
            Notice.objects.tell(pilot, Topic.FLAG, people=[pilot.owner_id], flag=flag, at=at)
            flag.watch()
        return flag


class Flag(Escalated, models.Model):
    """Something that needs somebody's eye. Raised once, acknowledged by a person, cleared with its cause.

    ``figures`` are ids, counts, days and shares: what the words on the page are told from.
    """

    Kind = FlagKind

    pilot = models.ForeignKey("pilots.Pilot", on_delete=models.CASCADE, related_name="flags")
    kind = models.CharField(max_length=20, choices=FlagKind)
    figures = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        "accounts.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(_("note"), max_length=1000, blank=True)
    cleared_at = models.DateTimeField(null=True)

    tenant_path = "pilot__organisation"
    objects = FlagManager()

    class Meta:
        ordering = ["raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["pilot", "kind"], condition=Q(cleared_at=None), name="one_standing_flag_per_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} since {self.raised_at:%Y-%m-%d}"

    def was_raised_by_restated_data(self) -> bool:
        """Whether the source took back, since then, some of what this flag's evidence rested on."""
        read = [self.pilot.series_id, self.pilot.comparison_id]
        return SnapshotRevision.objects.filter(series__in=read, replaced_at__gt=self.raised_at).exists()

    @transaction.atomic
    def acknowledge(self, *, note: str, by: Person, at: datetime) -> None:
        """Somebody has seen it and says what they do about it."""
        self.pilot.locked()  # first, as ``decide`` does: each would have what the other waits for
        if not Flag.objects.filter(pk=self.pk, acknowledged_at=None).update(
            acknowledged_at=at, acknowledged_by=by, note=note
        ):
            return
        self.pilot.chain.record("flag.acknowledged", by=by.actor, at=at, private={"note": note}, flag=self.pk)
        self.pilot.refresh_standing()

    @transaction.atomic
    def clear(self, *, at: datetime) -> None:
        """Its cause has gone. Every flag is cleared here, and leaves its trace."""
        if Flag.objects.filter(pk=self.pk, cleared_at=None).update(cleared_at=at):
            self.pilot.chain.record("flag.cleared", by=SYSTEM, at=at, flag=self.pk, kind=self.kind)


_GOES_ON: Final = """
    SELECT 1 FROM pilots_launch AS launch
     WHERE launch.pilot_id = %s AND NOT EXISTS (SELECT 1 FROM pilots_outcome AS outcome WHERE outcome.pilot_id = launch.pilot_id)
"""
_STANDING: Final = Lookup(
    lambda: Flag._base_manager.filter(cleared_at=None).order_by("raised_at"), pilot=0, kind=""
)
