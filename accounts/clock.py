"""The product's clock.

Verbs are told the time (``at=``). What starts them (a page, a task, a command) asks here, so that a
demonstration or a journey's test can live on another day; ``settings`` refuses that in production.
"""

from datetime import date, datetime

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """The present moment, aware, shifted by ``settings.CLOCK_OFFSET``."""
    return timezone.now() + settings.CLOCK_OFFSET


def today() -> date:
    """The present day in the active time zone (a page's is its organisation's)."""
    return timezone.localdate(now())
