from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class FlagKind(models.TextChoices):
    NOT_MOVING = "not_moving", _("Not moving")
    WRONG_WAY = "wrong_way", _("Moving the wrong way")
    UNLIKELY = "unlikely", _("Unlikely to reach the target")
    NO_DATA = "no_data", _("No data")
    SOURCE_FAILING = "source_failing", _("The source does not answer")
    FEW_USING = "few_using", _("Few are using it")
    ANSWER_MISSING = "answer_missing", _("An answer is missing")
    REVIEW_OVERDUE = "review_overdue", _("A review is overdue")
    CONDITION_OPEN = "condition_open", _("A condition is open")
    APPROVAL_LOST = "approval_lost", _("Content lost its approval")


# Once the evidence is in, it is in: a lucky week does not take it back.
LATCHING: Final = frozenset({FlagKind.NOT_MOVING, FlagKind.WRONG_WAY})
# Raised and cleared by what people do, or do not do; readings, which know figures alone, leave them as they are.
OF_PEOPLE: Final = frozenset(
    {FlagKind.APPROVAL_LOST, FlagKind.FEW_USING, FlagKind.ANSWER_MISSING, FlagKind.REVIEW_OVERDUE}
)
