from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django.db import models, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models.ledger import append_only
from accounts.tenancy import TenantManager
from pilots.errors import RefusedError
from pilots.models.records import PilotRecord

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from accounts.models import Organisation, Person
    from pilots.models.pilot import Pilot


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the European AI Act as it touches learning. A help for the consultation, never advice."""

    words: str | _StrPromise
    where: str
    applies: date
    forbidden: bool = False


# The dates are where an organisation begins; it keeps its own (``LawDates``), since they have moved before.
QUESTIONS: Final[dict[str, Question]] = {
    "emotions": Question(
        _("Does it infer what people feel, at work or while they learn?"), "Art. 5(1)(f)", date(2025, 2, 2), forbidden=True
    ),
    "access": Question(
        _("Does it decide, or help to decide, who is let into training or education?"), "Annex III 3(a)", date(2027, 12, 2)
    ),
    "outcomes": Question(
        _("Does it judge what people have learned, or steer what they learn next by that?"), "Annex III 3(b)", date(2027, 12, 2)
    ),
    "level": Question(
        _("Does it judge which level of education somebody should get?"), "Annex III 3(c)", date(2027, 12, 2)
    ),
    "tests": Question(_("Does it watch people during tests?"), "Annex III 3(d)", date(2027, 12, 2)),
    "work": Question(
        _("Does it influence tasks, promotion or pay, or watch how people work?"), "Annex III 4", date(2027, 12, 2)
    ),
    "talks": Question(_("Do people talk with an AI?"), "Art. 50(1)", date(2026, 8, 2)),
    "makes": Question(
        _("Does it make text, sound, pictures or film that people see?"), "Art. 50(2)", date(2026, 12, 2)
    ),
}  # fmt: skip


class LawAnswer(models.TextChoices):
    NO = "no", _("no")
    YES = "yes", _("yes")
    UNSURE = "unsure", _("we do not know")


class LawDatesManager(TenantManager["LawDates"]):
    def current(self, organisation: Organisation) -> tuple[int, dict[str, date]]:
        """The number of the newest list, and from when on each article applies as this organisation has it."""
        newest = self.filter(organisation=organisation).order_by("-number").first()
        dates = {key: question.applies for key, question in QUESTIONS.items()}
        if newest is None:
            return 0, dates
        return newest.number, {**dates, **{key: date.fromisoformat(day) for key, day in newest.dates.items()}}

    @transaction.atomic
    def change(
        self,
        organisation: Organisation,
        *,
        dates: Mapping[str, date],
        expected: int,
        by: Person,
        at: datetime,
    ) -> None:
        """Keep other dates from now on."""
        type(organisation).objects.select_for_update().get(pk=organisation.pk)
        number, known = self.current(organisation)
        if dict(dates) == known:
            return
        if number != expected:
            raise RefusedError(
                _t("Somebody else changed the dates since you opened them. Look at them again.")
            )
        told = {key: day.isoformat() for key, day in dates.items()}
        self.create(organisation=organisation, number=number + 1, dates=told, changed_by=by, at=at)
        organisation.chain.record("law_dates.changed", by=by.actor, at=at, number=number + 1, dates=told)


class LawDates(models.Model):
    """From when on the articles apply: the organisation's to keep, one row each time that they change."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    dates = models.JSONField()
    changed_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = LawDatesManager()

    class Meta:
        verbose_name_plural = "law dates"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="law_dates_number_once"),
        ]
        triggers = append_only("law_dates")

    def __str__(self) -> str:
        return f"dates {self.number}"


class LawCheckManager(TenantManager["LawCheck"]):
    @transaction.atomic
    def answer(
        self, pilot: Pilot, *, answers: Mapping[str, str], counsel: str, by: Person, at: datetime
    ) -> LawCheck:
        """Answer the questions for a pilot, as a help for the conversation with counsel."""
        given = dict(answers)
        if set(given) != set(QUESTIONS) or not set(given.values()) <= set(LawAnswer.values):
            raise RefusedError(_t("Answer each question with yes, no, or that you do not know."))
        if same := self.filter(pilot=pilot, answers=given, counsel=counsel).first():
            return same
        defaults = {"answers": given, "counsel": counsel, "by": by, "at": at}
        check, _new = self.update_or_create(pilot=pilot, defaults=defaults)
        pilot.chain.record(
            "law.answered", by=by.actor, at=at, private={"counsel": counsel} if counsel else {}, answers=given
        )
        return check


class LawCheck(PilotRecord):
    """What was answered to the AI Act's questions for a pilot, and what counsel said to it."""

    answers = models.JSONField()
    counsel = models.TextField(_("what counsel says"), max_length=2000, blank=True)

    tenant_path = "pilot__organisation"
    objects = LawCheckManager()

    def to_ask(self) -> list[Question]:
        """What counsel has to be asked about: everything that is not plainly a no."""
        return [question for key, question in QUESTIONS.items() if self.answers.get(key) != LawAnswer.NO]
