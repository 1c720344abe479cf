from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.canonical import canonical_json, sha256
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.models.finding import Finding
from pilots.money import Money, cautious_change, money

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.closing import Outcome

COSTS: Final = ("licences", "work", "review", "learners", "other")
_MOST: Final = [MinValueValidator(0), MaxValueValidator(10**12)]


class WorthManager(TenantManager["Worth"]):
    @transaction.atomic
    def state(self, outcome: Outcome, *, by: Person, at: datetime, **fields: Any) -> Worth:
        """Say what an outcome is worth, or why that cannot be said. An earlier statement stays, below the newest."""
        type(outcome).objects.select_for_update(of=("self",)).get(pk=outcome.pk)
        newest, worth = outcome.worths.last(), Worth(outcome=outcome, by=by, at=at, **fields)
        if newest and newest.facts == worth.facts:
            return newest
        worth.full_clean(exclude=["outcome", "by"])
        worth.save(force_insert=True)
        outcome.pilot.chain.record(
            "outcome.valued",
            by=by.actor,
            at=at,
            private={
                name: text for name in ("vouched_by", "no_value_because") if (text := getattr(worth, name))
            },
            worth=worth.pk,
            sha256=sha256(canonical_json(worth.facts)),
        )
        # The executive portfolio adds it up.
        Finding.refresh(outcome.pilot)
        return worth


class Worth(models.Model):
    """What an outcome is worth in money, by conservative rules; or why nobody can say. Outside the hash, append-only."""

    outcome = models.ForeignKey("pilots.Outcome", on_delete=models.CASCADE, related_name="worths")
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    currency = models.CharField(_("currency"), max_length=3, default="€")
    value = models.DecimalField(
        _("what one of them is worth"),
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        validators=_MOST,
    )
    volume = models.DecimalField(
        _("how many of them there are in a year"),
        max_digits=16,
        decimal_places=2,
        null=True,
        blank=True,
        validators=_MOST,
    )
    source = models.CharField(_("where the value comes from"), max_length=300, blank=True)
    vouched_by = models.CharField(_("who vouches for it"), max_length=200, blank=True)
    share = models.PositiveSmallIntegerField(
        _("the share that is due to the pilot, in per cent"), default=100,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )  # fmt: skip
    share_because = models.CharField(_("why that share"), max_length=300, blank=True)
    no_value_because = models.CharField(_("why it is not converted into money"), max_length=500, blank=True)

    licences = models.DecimalField(
        _("licences and technology"),
        max_digits=14,
        decimal_places=2,
        default=Decimal(0),
        blank=True,
        validators=_MOST,
    )
    work = models.DecimalField(
        _("work of those who built and ran it"),
        max_digits=14,
        decimal_places=2,
        default=Decimal(0),
        blank=True,
        validators=_MOST,
    )
    review = models.DecimalField(
        _("time of reviewers and experts"),
        max_digits=14,
        decimal_places=2,
        default=Decimal(0),
        blank=True,
        validators=_MOST,
    )
    learners = models.DecimalField(
        _("time of those who took part"),
        max_digits=14,
        decimal_places=2,
        default=Decimal(0),
        blank=True,
        validators=_MOST,
    )
    other = models.DecimalField(
        _("everything else"),
        max_digits=14,
        decimal_places=2,
        default=Decimal(0),
        blank=True,
        validators=_MOST,
    )

    tenant_path = "outcome__pilot__organisation"
    objects = WorthManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(no_value_because="") | (Q(value__isnull=False, volume__isnull=False) & ~Q(source="") & ~Q(vouched_by="")),
                name="a_value_has_a_source_and_a_voucher",
            ),
        ]  # fmt: skip
        triggers = append_only("worth")

    def __str__(self) -> str:
        return f"{self.currency}{self.value}" if self.value is not None else "not converted"

    @property
    def facts(self) -> dict[str, Any]:
        """What was stated, in plain values."""
        names = ("currency", "source", "vouched_by", "share", "share_because", "no_value_because")
        numbers = ("value", "volume", *COSTS)
        return {
            **{name: getattr(self, name) for name in names},
            **{name: None if (number := getattr(self, name)) is None else float(number) for name in numbers},
        }

    def money(self, frozen: dict[str, Any]) -> Money | None:
        """Benefit and cost by the conservative rules, from an outcome's frozen facts; None where nothing is converted."""
        reading = frozen["reading"]
        change = cautious_change(reading["verdict"], reading.get("low"), reading.get("high"))
        return self.money_of(change, frozen["plan"]["metric"])

    def money_of(self, change: float, metric: dict[str, Any]) -> Money | None:
        """The same of some change of the metric."""
        if self.value is None or self.volume is None or self.no_value_because:
            return None
        return money(
            change,
            # A share in per cent is told of 100; a rate and its volume are both told in the metric's own unit.
            per=100.0 if "%" in metric["unit"] else 1.0,
            volume=float(self.volume), value=float(self.value), share=self.share, cost=sum(self.costs.values()),
        )  # fmt: skip

    @property
    def costs(self) -> dict[str, float]:
        return {name: float(getattr(self, name)) for name in COSTS if getattr(self, name)}
