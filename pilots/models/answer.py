from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import sha256
from accounts.models import Actor, Topic
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.flag_kind import FlagKind
from pilots.models.notice import Notice

if TYPE_CHECKING:
    from accounts.models import Person
    from pilots.models.stakeholder import Stakeholder


class PlanLine(models.TextChoices):
    """A line of the plan, to which an answer is mapped: where it can be read that it is delivered."""

    PROBLEM = "problem", _("The problem")
    AI_USE = "ai_use", _("What the AI does")
    AUDIENCE = "audience", _("Who takes part")
    METRIC = "metric", _("The one metric")
    TARGET = "target", _("The target")
    COMPARISON = "comparison", _("The comparison")
    WEEKS = "weeks", _("The six weeks")
    RULE = "rule", _("What follows from the result")
    REVIEW = "review", _("The review of the content")
    DATA = "data", _("Learner data and safeguards")


class AnswerQuerySet(models.QuerySet["Answer"]):
    def standing(self) -> Self:
        """All but those taken down for somebody who then put them right in their own words."""
        return self.exclude(confirmation__right=False)

    def waiting(self) -> Self:
        """Answers that the plan says nothing about yet."""
        return self.standing().filter(mapping=None)

    def unconfirmed(self) -> Self:
        """Answers that were taken down for somebody, who has not said yet whether these are their words."""
        return self.exclude(taken_down_by=None).filter(confirmation=None)


_AnswerManager = TenantManager.from_queryset(AnswerQuerySet)


class AnswerManager(_AnswerManager["Answer"]):
    @transaction.atomic
    def receive(self, stakeholder: Stakeholder, *, text: str, at: datetime) -> Answer:
        """Keep what a stakeholder said, word for word. The same words again are the same answer."""
        return self._keep(stakeholder, "question.answered", stakeholder.actor, text=text, at=at)

    @transaction.atomic
    def take_down(self, stakeholder: Stakeholder, *, text: str, by: Person, at: datetime) -> Answer:
        """Keep what a stakeholder said to somebody's face, word for word; they say themselves whether it is right."""
        pilot = stakeholder.pilot
        if type(pilot).objects.select_for_update(of=("self",)).get(pk=pilot.pk).has("launch"):
            raise RefusedError(_t("The plan is fixed since the launch."))
        return self._keep(
            stakeholder, "question.answered_in_person", by.actor, text=text, at=at, taken_down_by=by
        )

    def _keep(
        self,
        stakeholder: Stakeholder,
        verb: str,
        actor: Actor,
        *,
        text: str,
        at: datetime,
        taken_down_by: Person | None = None,
    ) -> Answer:
        type(stakeholder).objects.select_for_update(of=("self",)).get(pk=stakeholder.pk)  # a double click
        earlier = stakeholder.answers.order_by("-pk").first()
        if earlier and (earlier.text, earlier.taken_down_by) == (text, taken_down_by):
            return earlier
        answer = self.create(stakeholder=stakeholder, text=text, at=at, taken_down_by=taken_down_by)
        stakeholder.pilot.chain.record(
            verb,
            by=actor,
            at=at,
            private={"answer": text},
            stakeholder=stakeholder.pk,
            answer=answer.pk,
        )
        Notice.objects.tell(
            stakeholder.pilot,
            Topic.AGREEMENT,
            people=[stakeholder.pilot.owner_id] if taken_down_by is None else [],
            words=_t("%(name)s answered: what does success look like?") % {"name": stakeholder},
            path=reverse("pilot_people", args=[stakeholder.pilot.organisation.slug, stakeholder.pilot_id]),
            at=at,
        )
        stakeholder.pilot.settle_wait(FlagKind.ANSWER_MISSING, at=at)
        return answer


class Answer(models.Model):
    """What success looks like to a stakeholder, in their own words. Never overwritten."""

    stakeholder = models.ForeignKey("pilots.Stakeholder", on_delete=models.CASCADE, related_name="answers")
    text = models.TextField(_("your answer"), max_length=5000)
    at = models.DateTimeField()
    # Who asked in person and wrote the answer down; None where the stakeholder wrote it.
    taken_down_by = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

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

    @property
    def to_be_confirmed(self) -> bool:
        """Whether its stakeholder has still to say that these are their words."""
        return self.taken_down_by_id is not None and not hasattr(self, "confirmation")

    @transaction.atomic
    def confirm(self, *, at: datetime, instead: str = "") -> Confirmation:
        """The stakeholder says that this is what they said; or, with other words ``instead``, that it is not.

        Theirs are then a new answer, which the plan has to deliver anew. Said once, it stays said.
        """
        stakeholder = self.stakeholder
        type(stakeholder).objects.select_for_update(of=("self",)).get(pk=stakeholder.pk)
        if earlier := Confirmation.objects.filter(answer=self).first():
            return earlier
        if self.taken_down_by_id is None:
            raise RefusedError(_t("This was written by the stakeholder themselves."))
        own = Answer.objects.receive(stakeholder, text=instead, at=at) if instead else None
        confirmation = Confirmation.objects.create(answer=self, right=own is None, corrected_by=own, at=at)
        stakeholder.pilot.chain.record(
            "answer.corrected" if own else "answer.confirmed",
            by=stakeholder.actor,
            at=at,
            stakeholder=stakeholder.pk,
            answer=self.pk,
            instead=own and own.pk,
        )
        return confirmation

    @transaction.atomic
    def map_to_plan(self, *, delivered_by: str, by: Person, at: datetime, line: str = "") -> Mapping:
        """Say how the plan delivers this answer, and in which line of it that can be read."""
        return self._settle(by=by, at=at, delivered_by=delivered_by, line=line)

    @transaction.atomic
    def decline(self, *, reason: str, by: Person, at: datetime) -> Mapping:
        """Say openly that the plan does not deliver this, and why; the stakeholder reads it."""
        return self._settle(by=by, at=at, declined_because=reason)

    def _settle(
        self, *, by: Person, at: datetime, delivered_by: str = "", declined_because: str = "", line: str = ""
    ) -> Mapping:
        pilot = self.stakeholder.pilot
        if type(pilot).objects.select_for_update(of=("self",)).get(pk=pilot.pk).has("launch"):
            raise RefusedError(_t("The plan is fixed since the launch."))
        earlier = Mapping.objects.filter(answer=self).first()
        said = {"delivered_by": delivered_by, "declined_because": declined_because, "line": line}
        if earlier and all(getattr(earlier, name) == words for name, words in said.items()):
            return earlier
        mapping, _new = Mapping.objects.update_or_create(answer=self, defaults={**said, "by": by, "at": at})
        self.stakeholder.pilot.chain.record(
            "answer.declined" if declined_because else "answer.mapped",
            by=by.actor,
            at=at,
            private={"words": delivered_by or declined_because},
            answer=self.pk,
            **({"line": line} if line else {}),
        )
        return mapping


class Confirmation(models.Model):
    """What a stakeholder says of an answer that somebody took down for them: it is right, or these are my words instead."""

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, related_name="confirmation")
    right = models.BooleanField()
    corrected_by = models.OneToOneField(
        Answer, on_delete=models.PROTECT, related_name="corrects", null=True, blank=True
    )
    at = models.DateTimeField()

    tenant_path = "answer__stakeholder__pilot__organisation"
    objects = TenantManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(right=True, corrected_by=None)
                | models.Q(right=False, corrected_by__isnull=False),
                name="right_or_corrected",
            ),
        ]
        triggers = append_only("confirmation")

    def __str__(self) -> str:
        return f"{self.answer_id}: {'right' if self.right else 'corrected'}"


class Mapping(models.Model):
    """How the plan delivers an answer, or why it does not."""

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="mapping")
    delivered_by = models.TextField(_("how the plan delivers it"), max_length=1000, blank=True)
    line = models.CharField(
        _("where the plan says so"), max_length=20, choices=PlanLine, blank=True, default="", db_default=""
    )
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
