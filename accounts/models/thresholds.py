from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def _between(low: int, high: int) -> list[MinValueValidator | MaxValueValidator]:
    return [MinValueValidator(low), MaxValueValidator(high)]


class Thresholds(models.Model):
    """From where on an organisation wants to be told: what the flags of its pilots are raised by.

    Evidence has no threshold here: *not moving* and *moving the wrong way* stand when they are wrong at most 1 time in 20.
    """

    unlikely_below = models.PositiveSmallIntegerField(
        _("a pilot is unlikely to reach its target below a chance of (%)"),
        default=10,
        validators=_between(1, 50),
    )
    few_below = models.PositiveSmallIntegerField(
        _("few are using it, below so many of the planned people (%)"),
        default=50,
        validators=_between(1, 100),
    )
    silent_after = models.PositiveSmallIntegerField(
        _("no data, after so many missing values in a row"), default=2, validators=_between(1, 30)
    )
    answer_within = models.PositiveSmallIntegerField(
        _("an answer is missing after so many days"), default=5, validators=_between(1, 60)
    )
    review_within = models.PositiveSmallIntegerField(
        _("a review is overdue after so many working days"), default=3, validators=_between(1, 60)
    )

    class Meta:
        abstract = True
