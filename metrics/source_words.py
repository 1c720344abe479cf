"""How a source stands, in sentences."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from django.utils.dates import WEEKDAYS
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock
from accounts.templatetags.pilotlight import long_time
from metrics.models.schedule import Schedule

if TYPE_CHECKING:
    from metrics.models import Source


def schedule_words(source: Source) -> str:
    """every Monday at 06:30"""
    at = {"time": time_format(time(source.at_hour, source.at_minute), "H:i"), "minute": source.at_minute}
    match source.schedule:
        case Schedule.HOURLY:
            if not source.at_minute:
                return _("every hour, on the hour")
            words = ngettext(
                "every hour, %(minute)s minute past", "every hour, %(minute)s minutes past", source.at_minute
            )
            return words % at
        case Schedule.WEEKLY:
            return _("every %(day)s at %(time)s") % {**at, "day": WEEKDAYS[source.weekday]}
    return _("every day at %(time)s") % at


def health_move(source: Source, next_pull: datetime | None) -> dict[str, str] | None:
    """What is wrong, since when, what happens next by itself, and what a person can do; None when all is well.

    ``needed`` says that nothing happens by itself.
    """
    if source.failing_since is None:
        return None
    zone = source.metric.organisation.zone
    facts = {
        "since": long_time(source.failing_since.astimezone(zone)),
        "next": long_time(max(next_pull or clock.now(), clock.now()).astimezone(zone)),
        "count": source.failures,
    }
    since = _("No new values since %(since)s.") % facts
    last = source.pulls.filter(backfill=None).exclude(error="").first()
    if last and last.needs_a_person:
        return {
            "sentence": _("%(since)s Somebody has to change something at the source.") % {"since": since},
            "answer": last.error,
            "next": _("Until then it is tried at its usual times only, next on %(next)s.") % facts,
            "needed": "yes",
        }
    answer = last.error if last else ""
    if source.paused_at:
        tried = ngettext(
            "It was tried %(count)s time in a row.", "It was tried %(count)s times in a row.", source.failures
        )
        ask = _(
            "Ask whoever looks after the system. From now on it is tried at its usual times only, next on %(next)s."
        )
        return {
            "sentence": _("%(since)s Its source does not answer as it should.") % {"since": since},
            "answer": answer,
            "next": f"{tried} {ask}" % facts,
            "needed": "yes",
        }
    return {
        "sentence": _("%(since)s Its source did not answer as it should.") % {"since": since},
        "answer": answer,
        "next": _("Nothing needs to be done yet: it is tried again on %(next)s.") % facts,
        "needed": "",
    }
