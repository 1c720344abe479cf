from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.lookup import Lookup
from accounts.models import Chain, Versioned
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError, refuse_unfit
from pilots.models.addendum import WATCHED_FOR
from pilots.models.agreement import Agreed
from pilots.models.amendment import Amended
from pilots.models.baseline import Judged
from pilots.models.check_in import CheckedIn
from pilots.models.closing import Closed
from pilots.models.finding import Finding
from pilots.models.flag import Flag
from pilots.models.launch import Launched
from pilots.models.reading import Read
from pilots.models.standing import Standing
from pilots.models.supporting import Supported
from pilots.models.usage import Used
from pilots.models.wedge import NO_CIRCLE, Grown

if TYPE_CHECKING:
    from accounts.models import Organisation, Person

WINDOW: Final = timedelta(weeks=6)


class Stage(models.TextChoices):
    PLANNING = "planning", _("Planning")
    RUNNING = "running", _("Running")
    DECIDING = "deciding", _("Deciding")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


class ComparisonChoice(models.TextChoices):
    NONE = "none", _("there is no comparison group")
    LOT = "lot", _("by lot: chance decided who takes part")
    MATCHED = "matched", _("matched: chosen because they are alike")
    CONVENIENCE = "convenience", _("as it happened: whoever does not take part")


class RampWeeks(models.IntegerChoices):
    AT_ONCE = 0, _("at once, from the first day on")
    TWO = 2, _("growing over the first 2 weeks")
    THREE = 3, _("growing over the first 3 weeks")
    FOUR = 4, _("growing over the first 4 weeks")
    FIVE = 5, _("growing over the first 5 weeks")
    SIX = 6, _("growing over all 6 weeks")


class PilotQuerySet(models.QuerySet["Pilot"]):
    def planning(self) -> Self:
        return self.filter(launch=None, cancel=None)

    def launched_and_open(self) -> Self:
        return self.filter(launch__isnull=False, outcome=None)

    def running(self, on: date) -> Self:
        """In their six weeks on that day: launched, not stopped, not over."""
        return self.launched_and_open().filter(stop=None, start__gt=on - WINDOW)

    def waiting_for(self, owner: Person, on: date) -> Self:
        """Their pilots that want something done: flagged and unanswered first, then what has to be decided, then plans."""
        unanswered = Flag.objects.filter(pilot=OuterRef("pk"), cleared_at=None, acknowledged_at=None)
        mine = self.filter(owner=owner, outcome=None, cancel=None).annotate(flagged=Exists(unanswered))
        decide = Q(launch__isnull=False) & (Q(stop__isnull=False) | Q(start__lte=on - WINDOW))
        wanting = mine.filter(Q(flagged=True) | decide | Q(launch=None))
        return wanting.order_by("-flagged", F("launch__at").asc(nulls_last=True), "start", "pk")

    def with_unread_news(self, at: datetime) -> Self:
        """Pilots whose source brought something since they were last read: open ones, and those decided within a year."""
        watched = Q(outcome=None) | Q(outcome__at__gt=at - WATCHED_FOR)
        news = Q(standing__read_at=None) | Q(metric__source__news_at__gt=F("standing__read_at"))
        return self.filter(watched, news, launch__isnull=False)


_PilotManager = TenantManager.from_queryset(PilotQuerySet)


class PilotManager(_PilotManager["Pilot"]):
    @transaction.atomic
    def start_planning(self, organisation: Organisation, *, by: Person, at: datetime, **fields: Any) -> Pilot:
        """A new pilot, owned by whoever plans it until they name somebody else."""
        pilot: Pilot = self.model(organisation=organisation, created_at=at, **{"owner": by, **fields})
        pilot.chain = Chain.objects.create(subject="pilot")
        pilot.save()
        pilot.chain.record("pilot.planned", by=by.actor, at=at, pilot=pilot.pk)
        pilot.refresh_standing()
        return pilot


class Pilot(Agreed, Amended, Launched, Judged, Read, CheckedIn, Used, Closed, Supported, Grown, Versioned):
    """One visible business problem, one metric, one question, six weeks.

    The verbs stand with their nouns: agreeing in ``agreement``, launching in ``launch``, what it is
    judged by in ``baseline``, reading in ``reading``, the weekly note in ``check_in``, stopping and deciding in ``closing``.
    """

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="pilots")
    title = models.CharField(_("title"), max_length=120)
    # Whoever plans may leave and come back: a plan with blanks is kept, and only what is signed has to be whole.
    problem = models.TextField(_("the business problem"), max_length=2000, blank=True)
    visible_because = models.TextField(_("who sees it, and why it hurts now"), max_length=2000, blank=True)
    # The words of the sentence that an executive reads: we use … to close …, because …
    uses = models.CharField(_("what you use"), max_length=120, blank=True, default="", db_default="")
    gap = models.CharField(_("the gap that it closes"), max_length=160, blank=True, default="", db_default="")
    because = models.CharField(
        _("why you believe that it will"), max_length=300, blank=True, default="", db_default=""
    )
    ai_use = models.TextField(_("what the AI does"), max_length=2000, blank=True)
    audience = models.CharField(_("who takes part"), max_length=200, blank=True)
    planned_reach = models.PositiveIntegerField(
        _("how many people"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10_000_000)],
    )
    owner = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, related_name="owned_pilots", verbose_name=_("owner")
    )
    governance_owner = models.ForeignKey(
        "accounts.Person",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("governance owner"),
    )
    reviewer = models.ForeignKey(
        "accounts.Person",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("content reviewer"),
    )
    metric = models.ForeignKey(
        "metrics.Metric", on_delete=models.PROTECT, related_name="pilots", null=True, blank=True
    )
    series = models.ForeignKey(
        "metrics.Series", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    comparison = models.ForeignKey(
        "metrics.Series", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    comparison_choice = models.CharField(
        max_length=20, choices=ComparisonChoice, default=ComparisonChoice.NONE
    )
    # The level agreed on, in the metric's unit; the change from the baseline is derived.
    target = models.FloatField(_("target"), null=True, blank=True)
    # The result in the business's words, with … where the change will stand: agreed before anybody knows it.
    in_words = models.CharField(
        _("the result in a sentence"), max_length=200, blank=True, default="", db_default=""
    )
    baseline_start = models.DateField(_("baseline begins"), null=True, blank=True)
    start = models.DateField(_("first day"), null=True, blank=True)
    # 0: the effect is expected at once; else it grows evenly over so many weeks.
    ramp_weeks = models.PositiveSmallIntegerField(
        _("how the effect comes"), choices=RampWeeks, default=RampWeeks.AT_ONCE, db_default=RampWeeks.AT_ONCE
    )
    # Each result earns the next: the pilot without which this one would not have been asked for.
    grew_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="grew_into",
        verbose_name=_("the pilot that it grew from"),
    )
    chain = models.OneToOneField(Chain, on_delete=models.PROTECT, editable=False)
    created_at = models.DateTimeField()

    objects = PilotManager()

    class Meta(Versioned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(baseline_start=None) | Q(start=None) | Q(baseline_start__lt=F("start")),
                name="baseline_before_start",
            ),
            models.CheckConstraint(
                condition=Q(comparison=None) | ~Q(comparison=F("series")), name="compared_with_somebody_else"
            ),
        ]
        # Whose pilots there are, among ten thousand: the portfolio offers them.
        indexes = [models.Index(fields=["organisation", "owner"], name="pilot_owners")]
        triggers = [NO_CIRCLE]

    def __str__(self) -> str:
        return self.title

    @property
    def end(self) -> date | None:
        """The day after the window's last: six weeks after the start, also of one that was stopped."""
        return self.start + WINDOW if self.start else None

    def stage(self, on: date) -> Stage:
        """Where the pilot stands on a day, told from its records."""
        if self.has("cancel"):
            return Stage.CANCELLED
        if self.has("outcome"):
            return Stage.CLOSED
        if not self.has("launch"):
            return Stage.PLANNING
        over = self.has("stop") or (self.end is not None and on >= self.end)
        return Stage.DECIDING if over else Stage.RUNNING

    def has(self, record: str) -> bool:
        """Whether there is a launch, stop, cancel or outcome."""
        if record in _RECORDS and record not in self._state.fields_cache:
            self._look_for_records()
        return getattr(self, record, None) is not None

    def _look_for_records(self) -> None:
        """Who asks for one of them mostly asks for the others next: all that were not asked for yet, at once."""
        found = _WITH_RECORDS.get(self.pk)
        for name in _RECORDS:
            if name in self._state.fields_cache:
                continue
            if record := getattr(found, name, None):
                record.pilot = self
            else:
                self._state.fields_cache[name] = None

    def refresh_standing(self) -> None:
        """Write the portfolio's line from the pilot as it is now: what was read before a lock may have been changed meanwhile."""
        fresh = _WITH_RECORDS.get(self.pk)
        assert fresh is not None, "pilots stay"
        fresh.organisation = self.organisation
        Standing.refresh(fresh)
        if fresh.has("outcome"):
            Finding.refresh(fresh)

    @transaction.atomic
    def change_plan(
        self,
        *,
        by: Person,
        at: datetime,
        expected_version: int,
        seen: Mapping[str, str] | None = None,
        **changes: Any,
    ) -> list[str]:
        """Change what is planned, before launch. What was signed of an earlier plan goes stale by itself.

        ``seen`` holds the fingerprints of what the changes were typed over: see ``Versioned.apply``.
        """
        locked = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.has("launch") or locked.has("cancel"):
            raise RefusedError(_t("The plan is fixed since the launch."))
        if "owner" in changes and (judge := locked.stakeholders.who_is(changes["owner"])):
            raise RefusedError(_t("%(name)s judges this pilot, and cannot own it too.") % {"name": judge})
        if metric := changes.get("metric"):
            refuse_unfit(metric.locked())
        if "metric" in changes and changes["metric"] != self.metric:
            # Populations and levels belong to the metric that they were chosen for.
            changes = {"series": None, "comparison": None, "target": None, "in_words": "", **changes}
        changed = self.apply(expected_version=expected_version, seen=seen, **changes)
        if changed:
            self.chain.record("pilot.plan_changed", by=by.actor, at=at, changed=sorted(changed))
            self.refresh_standing()
        return changed


_RECORDS: Final = ("launch", "stop", "cancel", "outcome")
_WITH_RECORDS: Final = Lookup(lambda: Pilot._base_manager.select_related(*_RECORDS), pk=0)
