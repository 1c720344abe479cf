"""Days that an address or a body leaves open: {since}, {until}, {last}, {today}, filled in at each pull."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext as _

from .base import Ask, SourceError

# A baseline of 126 days and six weeks after it, with two weeks to spare.
WINDOW_DAYS = 182
MOST_DAYS = 3660

_PLACEHOLDER = re.compile(r"\{(since|until|last|today)(?::(moment|ms|s))?\}")
_LEFT_OPEN = re.compile(r"\{([A-Za-z_]{1,40})\}")


def ask_for_days(*texts: str) -> bool:
    """Whether one of these leaves the first day open, so that a shorter period is a shorter answer."""
    return any(match[1] == "since" for text in texts for match in _PLACEHOLDER.finditer(text))


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are asked for; `until` is the day after the last."""

    since: date
    until: date
    today: date
    zone: tzinfo

    @classmethod
    def of(cls, ask: Ask) -> "Days":
        """The period of a backfill, else those up to today that the settings name."""
        window = ask.settings.get("window_days") or WINDOW_DAYS
        since, until = ask.period or (
            ask.today - timedelta(days=min(int(window), MOST_DAYS)),
            ask.today + timedelta(days=1),
        )
        return cls(since, until, ask.today, ask.zone)

    def fill(self, text: str) -> str:
        return _PLACEHOLDER.sub(self._filled, text)

    def start_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self.zone)

    def _filled(self, match: re.Match[str]) -> str:
        days = {
            "since": self.since,
            "until": self.until,
            "last": self.until - timedelta(days=1),
            "today": self.today,
        }
        day, form = days[match[1]], match[2]
        if form is None:
            return day.isoformat()
        seconds = int(self.start_of(day).timestamp())
        if form == "moment":  # in UTC, because the + of an offset means a space in an address
            return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return str(seconds * 1000 if form == "ms" else seconds)


def check_filled(text: str, field: str) -> None:
    """What a recipe left for the person to fill in must not be asked for as it stands."""
    left = _LEFT_OPEN.search(_PLACEHOLDER.sub("", text))
    if left:
        raise SourceError(
            _("“{%(name)s}” still stands there. Please put your own in its place.") % {"name": left[1]},
            field=field,
        )


# Any days will do where a form only wants to know what an address becomes.
EXAMPLE = Days(date(2026, 1, 1), date(2026, 7, 2), date(2026, 7, 1), UTC)
