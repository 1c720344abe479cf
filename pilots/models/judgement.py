from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.models.link import Purpose, StakeholderLink

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.stakeholder import Stakeholder


class Meant(models.TextChoices):
    YES = "yes", _("Yes, that is what I meant")
    PARTLY = "partly", _("Partly")
    NO = "no", _("No")


class JudgementManager(TenantManager["Judgement"]):
    @transaction.atomic
    def give(self, link: StakeholderLink, *, meant: str, words: str = "", at: datetime) -> Judgement:
        """Say whether this was what they meant by success. A second answer by the same person is the first one again."""
        stakeholder = link.stakeholder
        pilot = type(stakeholder.pilot).objects.select_for_update(of=("self",)).get(pk=stakeholder.pilot_id)
        if given := self.filter(outcome=pilot.outcome, stakeholder=stakeholder).first():
            return given
        judgement = self.create(
            outcome=pilot.outcome, stakeholder=stakeholder, meant=meant, words=words, at=at
        )
        pilot.chain.record(
            "outcome.judged",
            by=stakeholder.actor,
            at=at,
            private={"words": words} if words else {},
            judgement=judgement.pk,
            stakeholder=stakeholder.pk,
            meant=meant,
            outcome_sha256=pilot.outcome.sha256,
        )
        return judgement


class Judgement(models.Model):
    """What a stakeholder says of an outcome: was this what you meant by success? Dated, outside the hash."""

    outcome = models.ForeignKey("pilots.Outcome", on_delete=models.CASCADE, related_name="judgements")
    stakeholder = models.ForeignKey("pilots.Stakeholder", on_delete=models.PROTECT, related_name="judgements")
    meant = models.CharField(max_length=10, choices=Meant)
    words = models.TextField(max_length=2000, blank=True)
    at = models.DateTimeField()

    tenant_path = "outcome__pilot__organisation"
    objects = JudgementManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["outcome", "stakeholder"], name="one_judgement_per_stakeholder")
        ]
        triggers = append_only("judgement")

    def __str__(self) -> str:
        return f"{self.stakeholder}: {self.meant}"


class AskedBack(models.Model):
    """What an outcome can do about those who said what success is."""

    class Meta:
        abstract = True

    def unheard(self: Any) -> list[Stakeholder]:
        """Who said what success is, or signed for it, and has not said yet whether this is what they meant."""
        spoke = Q(answers__isnull=False) | Q(sign_offs__isnull=False)
        asked = self.pilot.stakeholders.filter(spoke).exclude(judgements__outcome=self).distinct()
        return list(asked)

    @transaction.atomic
    def ask_whether_meant(self: Any, *, by: Person, at: datetime) -> list[Stakeholder]:
        """Ask them by e-mail: was this what you meant by success? Who was asked; an earlier link is replaced."""
        asked: list[Stakeholder] = self.unheard()
        for stakeholder in asked:
            stakeholder.pilot = self.pilot
            link = StakeholderLink.objects.send(
                stakeholder, Purpose.JUDGEMENT, by=by.name, at=at, template="judgement", context={}
            )
            self.pilot.chain.record(
                "judgement.requested", by=by.actor, at=at, stakeholder=stakeholder.pk, link=link.pk
            )
        return asked
