"""The product's clock, which is the database's.

Verbs are told the time (``at=``). What starts them (a page, a task, a command) asks here. The clocks of hosts differ, and are
set while work goes on; due work, leases and readings of all of them have to agree. So each process asks the database once
a minute, and in between counts on by a clock that nobody can set (ADR 43).

A demonstration or a journey's test can live on another day; ``settings`` refuses that in production.
"""

import time
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

#: Seconds that a process counts by itself: clocks that nobody sets differ by some milliseconds then.
_ASK_EVERY: Final = 60.0

#: What the database's clock showed, and what ours counted then.
_told: tuple[datetime, float] | None = None


def now() -> datetime:
    """The present moment, aware, shifted by ``settings.CLOCK_OFFSET``."""
    return real_now() + settings.CLOCK_OFFSET


def today() -> date:
    """The present day in the active time zone (a page's is its organisation's)."""
    return timezone.localdate(now())


def real_now() -> datetime:
    """The present moment, also where a demonstration lives on another day."""
    global _told  # noqa: PLW0603 - one clock for all threads of a process
    if settings.CLOCK_OF_THE_HOST:
        return timezone.now()
    if _told is None or time.monotonic() - _told[1] > _ASK_EVERY:
        _told = _asked() or _told
    if _told is None:
        return timezone.now()
    moment, counted = _told
    return moment + timedelta(seconds=time.monotonic() - counted)


def _asked() -> tuple[datetime, float] | None:
    """What the database says, and what our own clock counted in the middle of asking; None when it cannot be asked."""
    try:
        connection.ensure_connection()
        begun = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (moment,) = cursor.fetchone()
    except Error:
        return None
    return moment, (begun + time.monotonic()) / 2
