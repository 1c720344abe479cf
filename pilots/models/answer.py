from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import sha256
from accounts.models import Topic
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.notice import Notice

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.stakeholder import Stakeholder


class AnswerQuerySet(models.QuerySet["Answer"]):
    def waiting(self) -> Self:
        """Answers that the plan says nothing about yet."""
        return self.filter(mapping=None)


_AnswerManager = TenantManager.from_queryset(AnswerQuerySet)


class AnswerManager(_AnswerManager["Answer"]):
    @transaction.atomic
    def receive(self, stakeholder: Stakeholder, *, text: str, at: datetime) -> Answer:
        """Keep what a stakeholder said, word for word. The same words again are the same answer."""
        type(stakeholder).objects.select_for_update(of=("self",)).get(pk=stakeholder.pk)  # a double click
        earlier = stakeholder.answers.order_by("-pk").first()
        if earlier and earlier.text == text:
            return earlier
        answer = self.create(stakeholder=stakeholder, text=text, at=at)
        stakeholder.pilot.chain.record(
            "question.answered",
            by=stakeholder.actor,
            at=at,
            private={"answer": text},
            stakeholder=stakeholder.pk,
            answer=answer.pk,
        )
        Notice.objects.tell(
            stakeholder.pilot,
            Topic.AGREEMENT,
            people=[stakeholder.pilot.owner_id],
            words=_t("%(name)s answered: what does success look like?") % {"name": stakeholder},
            path=reverse("pilot_people", args=[stakeholder.pilot.organisation.slug, stakeholder.pilot_id]),
            at=at,
        )
        return answer


class Answer(models.Model):
    """What success looks like to a stakeholder, in their own words. Never overwritten."""

    stakeholder = models.ForeignKey("pilots.Stakeholder", on_delete=models.CASCADE, related_name="answers")
    text = models.TextField(_("your answer"), max_length=5000)
    at = models.DateTimeField()

    tenant_path = "stakeholder__pilot__organisation"
    objects = AnswerManager()

    class Meta:
        ordering = ["pk"]
        triggers = append_only("answer")

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def digest(self) -> str:
        return sha256(self.text)

    @transaction.atomic
    def map_to_plan(self, *, delivered_by: str, by: Person, at: datetime) -> Mapping:
        """Say how the plan delivers this answer."""
        return self._settle(by=by, at=at, delivered_by=delivered_by)

    @transaction.atomic
    def decline(self, *, reason: str, by: Person, at: datetime) -> Mapping:
        """Say openly that the plan does not deliver this, and why; the stakeholder reads it."""
        return self._settle(by=by, at=at, declined_because=reason)

    def _settle(
        self, *, by: Person, at: datetime, delivered_by: str = "", declined_because: str = ""
    ) -> Mapping:
        pilot = self.stakeholder.pilot
        if type(pilot).objects.select_for_update(of=("self",)).get(pk=pilot.pk).has("launch"):
            raise RefusedError(_t("The plan is fixed since the launch."))
        earlier = Mapping.objects.filter(answer=self).first()
        if earlier and (earlier.delivered_by, earlier.declined_because) == (delivered_by, declined_because):
            return earlier
        mapping, _new = Mapping.objects.update_or_create(
            answer=self,
            defaults={"delivered_by": delivered_by, "declined_because": declined_because, "by": by, "at": at},
        )
        self.stakeholder.pilot.chain.record(
            "answer.declined" if declined_because else "answer.mapped",
            by=by.actor,
            at=at,
            private={"words": delivered_by or declined_because},
            answer=self.pk,
        )
        return mapping


class Mapping(models.Model):
    """How the plan delivers an answer, or why it does not."""

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="mapping")
    delivered_by = models.TextField(_("how the plan delivers it"), max_length=1000, blank=True)
    declined_because = models.TextField(_("why the plan does not deliver it"), max_length=1000, blank=True)
    by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    tenant_path = "answer__stakeholder__pilot__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(delivered_by="") ^ models.Q(declined_because=""), name="mapped_or_declined"
            ),
        ]

    def __str__(self) -> str:
        return self.delivered_by or self.declined_because
