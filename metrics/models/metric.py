from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import Versioned
from accounts.tenancy import TenantManager
from metrics import sources
from metrics.errors import RefusedError

if TYPE_CHECKING:
    from accounts.models import Organisation, Person
    from metrics.catalogue import Entry
    from metrics.sources import Observation


class MetricKind(models.TextChoices):
    MEAN = "mean", _("an average (handling time, days to productivity, revenue per rep)")
    PROPORTION = "proportion", _("a share of a whole (win rate, first-contact resolution)")
    RATE = "rate", _("a count per something (incidents per 1,000 hours)")
    TOTAL = "total", _("a total (hours saved, tickets)")


class Direction(models.TextChoices):
    HIGHER = "higher", _("higher is better")
    LOWER = "lower", _("lower is better")


class Cadence(models.TextChoices):
    DAILY = "daily", _("every day")
    WEEKLY = "weekly", _("every week")

    @property
    def step(self) -> timedelta:
        return timedelta(days=1) if self is Cadence.DAILY else timedelta(days=7)

    @property
    def least_baseline(self) -> int:
        """Points below which no honest baseline can be told from noise."""
        return 42 if self is Cadence.DAILY else 12

    @property
    def most_baseline(self) -> int:
        """Older points mislead: a long trend is not straight."""
        return 126 if self is Cadence.DAILY else 52


class Category(models.TextChoices):
    SALES = "sales", _("Sales")
    SERVICE = "service", _("Customer service")
    OPERATIONS = "operations", _("Operations and safety")
    PEOPLE = "people", _("People and hiring")
    COMPLIANCE = "compliance", _("Compliance and risk")
    FINANCE = "finance", _("Finance")
    PRODUCT = "product", _("Product and engineering")


def per_of(kind: str, unit: str) -> float:
    """What a share or a rate is multiplied by to stand in its unit: 22 % is 100 x 22/100."""
    if kind not in {MetricKind.PROPORTION, MetricKind.RATE}:
        return 1.0
    if "%" in unit:
        return 100.0
    digits = "".join(letter for letter in unit if letter.isdigit())
    return float(digits[:9]) if digits and int(digits[:9]) else 1.0


class MetricManager(TenantManager["Metric"]):
    @transaction.atomic
    def define(self, organisation: Organisation, *, by: Person, at: datetime, **fields: Any) -> Metric:
        metric = self.create(organisation=organisation, created_by=by, created_at=at, **fields)
        organisation.chain.record("metric.defined", by=by.actor, at=at, metric=metric.pk)
        return metric

    def take(
        self, organisation: Organisation, entry: Entry, *, by: Person, at: datetime, name: str = ""
    ) -> Metric:
        """The organisation's metric of this name, or a new one as the catalogue's ``entry`` defines it.

        Under a ``name`` of its own it begins as what it comes nearest to. What is not right is mended by ``redefine``.
        """
        name = name or str(entry.name)
        with transaction.atomic():
            # Two who take the same at once end up with one.
            type(organisation).objects.select_for_update(no_key=True).get(pk=organisation.pk)
            if known := self.filter(organisation=organisation, name__iexact=name).first():
                return known
            unit = str(entry.unit)
            return self.define(
                organisation, by=by, at=at, name=name, unit=unit, kind=entry.kind, direction=entry.direction,
                cadence=Cadence.WEEKLY, category=entry.category, per=per_of(entry.kind, unit),
                looks_back_days=entry.looks_back_days,
            )  # fmt: skip


class Metric(Versioned):
    """A business number that executives already track. A definition: many pilots may use it."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="metrics"
    )
    name = models.CharField(_("name"), max_length=120)
    meaning = models.CharField(_("what exactly is counted"), max_length=300, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    decimals = models.PositiveSmallIntegerField(
        _("decimal places shown"), default=1, validators=[MaxValueValidator(6)]
    )
    kind = models.CharField(_("kind"), max_length=20, choices=MetricKind)
    # A share in per cent is 100 x numerator / denominator, incidents per 1,000 hours are 1000 x.
    per = models.FloatField(_("per"), default=1)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    cadence = models.CharField(_("how often there is a new value"), max_length=10, choices=Cadence)
    delay_days = models.PositiveSmallIntegerField(
        _("usual delay in days"), default=0, validators=[MaxValueValidator(60)]
    )
    # "Productive by day 30" of today tells of people who began 30 days ago: the first weeks of a pilot cannot move it.
    looks_back_days = models.PositiveSmallIntegerField(
        _("days that a value looks back"), default=0, validators=[MaxValueValidator(366)]
    )
    category = models.CharField(_("business area"), max_length=20, choices=Category)
    created_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = MetricManager()

    class Meta(Versioned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"],
                name="metric_name_once_per_organisation",
                violation_error_message=_("There is a metric of this name already."),
            ),
            models.CheckConstraint(condition=models.Q(per__gt=0), name="metric_per_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_connected(self) -> bool:
        """Whether there is a source. From then on its definition stands: values have come by it."""
        return getattr(self, "source", None) is not None

    @transaction.atomic
    def redefine(
        self,
        *,
        by: Person,
        at: datetime,
        expected_version: int,
        seen: Mapping[str, str] | None = None,
        **changes: Any,
    ) -> list[str]:
        """Say better what is counted, as long as no source is connected; the names of what differs."""
        # Two metrics that get one name at once: as ``take``, in the order organisation, metric.
        type(self.organisation).objects.select_for_update(no_key=True).get(pk=self.organisation_id)
        locked = type(self).objects.select_for_update(of=("self",)).get(pk=self.pk)
        if locked.is_connected:
            raise RefusedError(
                _t("Its source is connected, so its definition stands. Define another metric instead.")
            )
        named = type(self).objects.filter(name__iexact=changes.get("name", locked.name))
        if named.exclude(pk=self.pk).exists():
            raise RefusedError(_t("There is a metric of this name already."))
        if changes.get("name", locked.name) != locked.name and self.pilots.exists():
            from metrics.coach import coach

            if not (advice := coach(changes["name"])).serves:
                raise RefusedError(advice.reason)
        kind, unit = changes.get("kind", locked.kind), changes.get("unit", locked.unit)
        changed = self.apply(
            expected_version=expected_version, seen=seen, **{**changes, "per": per_of(kind, unit)}
        )
        if changed:
            self.organisation.chain.record(
                "metric.redefined", by=by.actor, at=at, metric=self.pk, changed=sorted(changed)
            )
        return changed

    @property
    def lag(self) -> int:
        """How many points of a pilot's window still tell of people from before its start."""
        return -(-self.looks_back_days // self.rhythm.step.days)

    @property
    def rhythm(self) -> Cadence:
        return Cadence(self.cadence)

    @property
    def sign(self) -> int:
        """+1 when higher is better, -1 when lower is."""
        return 1 if self.direction == Direction.HIGHER else -1

    @property
    def is_signal(self) -> bool:
        """Whether its source counts learning: that supports a result, and no pilot is judged by it."""
        source = getattr(self, "source", None)
        kind = sources.kinds().get(source.kind) if source else None
        return kind is not None and kind.signal_only

    def in_unit(self, observation: Observation) -> Observation:
        """A share comes as two counts; what people read is in per cent, or per 1,000 hours."""
        if observation.numerator is None or not observation.denominator:
            return observation
        return replace(observation, value=self.per * observation.numerator / observation.denominator)

    def first_day(self, day: date) -> date:
        """The day that stands for ``day``'s point: itself, or the Monday of its week."""
        return day if self.rhythm is Cadence.DAILY else day - timedelta(days=day.weekday())
