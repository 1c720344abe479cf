from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.canonical import sha256
from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError

if TYPE_CHECKING:
    from accounts.models import Organisation, Person

# What a reviewer is asked until an organisation asks its own questions.
CHECKLIST: Final = {
    "accuracy": _("It is correct, and says where its facts come from."),
    "bias": _("It treats people fairly: no group is left out or talked down to."),
    "pedagogy": _("It teaches what the pilot is about, in the right order."),
    "voice": _("It sounds like us and fits how we work."),
    "accessibility": _("Everybody can use it: plain words, alternatives for pictures and sound."),
    "data": _("It tells nothing about a learner, and asks for no more than the data sheet says."),
}
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Questions:
    """The checklist as it stands: its number, and key and words of each line."""

    number: int
    lines: list[tuple[str, str]]

    @property
    def keys(self) -> list[str]:
        return [key for key, _question in self.lines]


class ChecklistManager(TenantManager["Checklist"]):
    def current(self, organisation: Organisation) -> Questions:
        newest = self.filter(organisation=organisation).order_by("-number").first()
        if newest is None:
            return Questions(0, [(key, str(question)) for key, question in CHECKLIST.items()])
        return Questions(newest.number, [(key, question) for key, question in newest.lines])

    @transaction.atomic
    def change(
        self, organisation: Organisation, *, questions: Sequence[str], expected: int, by: Person, at: datetime
    ) -> Questions:
        """Ask other questions from now on. What was reviewed keeps the questions as they were asked."""
        type(organisation).objects.select_for_update().get(pk=organisation.pk)
        current = self.current(organisation)
        words = [question.strip() for question in questions if question.strip()]
        if words == [question for _key, question in current.lines]:
            return current
        if current.number != expected:
            raise RefusedError(
                _t("Somebody else changed the checklist since you opened it. Look at it again.")
            )
        if not words or len(words) > MOST or len(set(words)) != len(words):
            raise RefusedError(
                _t("Ask between 1 and %(most)s questions, each of them once.") % {"most": MOST}
            )
        known = {question: key for key, question in current.lines}
        lines = [[known.get(question, sha256(question)[:12]), question] for question in words]
        checklist = self.create(
            organisation=organisation, number=current.number + 1, lines=lines, changed_by=by, at=at
        )
        organisation.chain.record(
            "checklist.changed", by=by.actor, at=at, number=checklist.number, sha256=sha256("\n".join(words))
        )
        return self.current(organisation)


class Checklist(models.Model):
    """The questions that an organisation asks its reviewers, one row each time that they change."""

    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.CASCADE, related_name="checklists"
    )
    number = models.PositiveIntegerField()
    lines = models.JSONField()
    changed_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ChecklistManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="checklist_number_once"),
        ]
        triggers = append_only("checklist")

    def __str__(self) -> str:
        return f"checklist {self.number}"
