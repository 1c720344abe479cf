"""Dates as files write them. Day first or month first is read off the whole column, or asked, never guessed."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .base import EARLIEST, SourceError
from .cells import EPOCH_1900, EPOCH_1904, REMEMBERED, Cell, MisfitError, shown, text_of

ORDERS = ("dmy", "mdy", "iso")

_TIME = r"(?:[T ,]+\d{1,2}:\d{2}.{0,24})?"
_ISO = re.compile(rf"(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.ASCII)
_NUMERIC = re.compile(rf"(\d{{1,2}})([-/.]) ?(\d{{1,2}})\2 ?(\d{{4}}|\d{{2}}){_TIME}", re.ASCII)
_NAMED = re.compile(rf"(\d{{1,2}})\.?[ -]([^\W\d_]{{3,9}})\.?[ -](\d{{4}}){_TIME}")
_NAMED_US = re.compile(rf"([^\W\d_]{{3,9}})\.? (\d{{1,2}}),? (\d{{4}}){_TIME}")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)

# English and German, by their first three letters.
_MONTHS = {
    **{
        name: n
        for n, name in enumerate(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
        )
    },
    "mär": 3,
    "mrz": 3,
    "mai": 5,
    "okt": 10,
    "dez": 12,
}
# A moment, where its offset or its Z is written with it.
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)",
    re.ASCII | re.IGNORECASE,
)
# The sixty-first second of a minute, such as 23:59:60, belongs to the day that it ends.
_LEAP_SECOND = re.compile(r"([T ]\d{2}:\d{2}):60(?!\d)", re.ASCII)
# 1954 to 2119: numbers outside are more likely a quantity than a date.
_SERIALS = range(20_000, 80_000)


@dataclass(slots=True)
class DaySense:
    """Looks at every cell of the date column first, then reads them by the one order that they show."""

    order: str = ""
    epoch: date = EPOCH_1900
    zone: tzinfo = UTC
    earliest: date = EARLIEST
    examples: dict[str, str] = field(default_factory=dict)
    styles: set[str] = field(default_factory=set)
    looked_at: set[str] = field(default_factory=set)
    days: dict[str, date] = field(default_factory=dict)

    def look(self, cell: Cell) -> None:
        if isinstance(cell, datetime) and cell.tzinfo is not None:
            self.styles.add("moment")
        elif isinstance(cell, datetime) and cell.time() != datetime.min.time():
            self.styles.add("time")
        if not isinstance(cell, str):
            if isinstance(cell, int | float) and not isinstance(cell, bool) and int_or_none(cell) in _SERIALS:
                self.styles.add("serial")
            return
        if cell in self.looked_at:
            return
        if len(self.looked_at) < REMEMBERED:
            self.looked_at.add(cell)
        text = cell.strip()
        if _MOMENT.fullmatch(text):
            self.styles.add("moment")
        elif ":" in text:
            self.styles.add("time")
        if match := _NUMERIC.fullmatch(text):
            self._look_at_order(int(match[1]), int(match[3]), match)
        elif _WEEK.fullmatch(text):
            self.styles.add("week")
        elif _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
            self.styles.add("iso")
        elif _SERIAL.fullmatch(text):
            self.styles.add("serial")

    def _look_at_order(self, first: int, second: int, match: re.Match[str]) -> None:
        if first > 12 >= second:
            self.examples.setdefault("dmy", match[0])
        elif second > 12 >= first:
            self.examples.setdefault("mdy", match[0])
        elif first != second:
            self.examples.setdefault("either", match[0])
        self.styles.add("numeric")

    def settle(self) -> list[str]:
        """Fixes the order and returns what was understood. Asks by SourceError where the column does not tell."""
        if not self.order and "numeric" in self.styles:
            self.order = self._order_seen()
        return self._sentences()

    def _order_seen(self) -> str:
        if "dmy" in self.examples and "mdy" in self.examples:
            examples = {"one": self.examples["dmy"], "other": self.examples["mdy"]}
            message = _(
                "Dates are written in two orders (%(one)s and %(other)s). Please say which one counts."
            )
            raise SourceError(message % examples, field="day_order", readings=_readings(examples["one"]))
        if "dmy" in self.examples or "mdy" in self.examples:
            return "dmy" if "dmy" in self.examples else "mdy"
        if "either" in self.examples:
            message = _(
                "%(example)s can be read in two ways. Please say whether the day or the month comes first."
            )
            example = self.examples["either"]
            raise SourceError(message % {"example": example}, field="day_order", readings=_readings(example))
        return "dmy"  # only days like 03/03: both orders say the same

    def _sentences(self) -> list[str]:
        sentences = []
        if "numeric" in self.styles and self.order in ("dmy", "mdy"):
            sentences.append(
                _("Dates read as day.month.year")
                if self.order == "dmy"
                else _("Dates read as month/day/year")
            )
        if "iso" in self.styles:
            sentences.append(_("Dates read as year-month-day"))
        if "week" in self.styles:
            sentences.append(_("Weeks read as calendar weeks; each counts from its Monday"))
        if "serial" in self.styles:
            start = _("1904") if self.epoch == EPOCH_1904 else _("1900")
            sentences.append(
                _("Numbers like 45292 read as Excel dates (counted from %(year)s)") % {"year": start}
            )
        if "time" in self.styles:
            sentences.append(_("Times of day left out: the day counts as it is written"))
        if "moment" in self.styles:
            sentences.append(
                _("Moments count on the day that it was then in the time zone %(zone)s") % {"zone": self.zone}
            )
        return sentences

    def read(self, cell: Cell, today: date) -> date:
        if not isinstance(cell, str):
            return self._read(cell, today)
        day = self.days.get(cell)
        if day is None:
            day = self._read(cell, today)
            if len(self.days) < REMEMBERED:
                self.days[cell] = day
        return day

    def _read(self, cell: Cell, today: date) -> date:
        if text_of(cell) == "":
            raise MisfitError(_("There is no date."))
        day = self._day(cell)
        if day is None:
            raise MisfitError(_("“%(text)s” is not a date.") % {"text": shown(cell)})
        if day > today:
            raise MisfitError(_("%(text)s lies in the future.") % {"text": shown(cell)})
        if day < self.earliest:
            raise MisfitError(_("%(text)s lies too far in the past.") % {"text": shown(cell)})
        return day

    def _day(self, cell: Cell) -> date | None:
        if isinstance(cell, datetime):
            return (cell.astimezone(self.zone) if cell.tzinfo else cell).date()
        if isinstance(cell, date):
            return cell
        if isinstance(cell, bool) or cell is None:
            return None
        if isinstance(cell, int | float):
            return self._from_number(cell)
        try:
            return self._from_text(cell.strip())
        except ValueError:
            return None

    def _from_number(self, number: int | float) -> date | None:
        whole = int_or_none(number)
        if whole in _SERIALS:
            return self.epoch + timedelta(days=whole)
        compact = _COMPACT.fullmatch(str(whole))
        try:
            return date(*map(int, compact.groups())) if compact else None
        except ValueError:
            return None

    def _from_text(self, text: str) -> date | None:
        if m := _ISO.fullmatch(text):
            if ":" in text and _MOMENT.fullmatch(text):
                return moment_of(text).astimezone(self.zone).date()
            return date(int(m[1]), int(m[3]), int(m[4]))
        if m := _COMPACT.fullmatch(text):
            return date(int(m[1]), int(m[2]), int(m[3]))
        if m := _WEEK.fullmatch(text):
            return date.fromisocalendar(int(m[1]), int(m[2]), 1)
        if m := _NUMERIC.fullmatch(text):
            return self._from_numeric(m)
        if m := _NAMED.fullmatch(text):
            return _named(m[1], m[2], m[3])
        if m := _NAMED_US.fullmatch(text):
            return _named(m[2], m[1], m[3])
        if _SERIAL.fullmatch(text) and int(float(text)) in _SERIALS:
            return self.epoch + timedelta(days=int(float(text)))
        return None

    def _from_numeric(self, m: re.Match[str]) -> date | None:
        # '24-01-02' could have its year in front: two-digit years are only read with dots and slashes.
        if self.order == "iso" or (len(m[4]) == 2 and m[2] == "-"):
            return None
        year = int(m[4]) + (2000 if len(m[4]) == 2 else 0)
        day, month = (m[1], m[3]) if self.order == "dmy" else (m[3], m[1])
        return date(year, int(month), int(day))


def moment_of(text: str) -> datetime:
    """ValueError where it is none. Python reads neither a blank before the offset, nor the word UTC, nor a leap second."""
    text = _LEAP_SECOND.sub(r"\1:59", text)
    return datetime.fromisoformat(
        re.sub(r"\s?(?:Z|UTC)$", "+00:00", text, flags=re.IGNORECASE).replace(" +", "+")
    )


def looks_like_a_day(cell: Cell) -> bool:
    """Whether a cell can only be a day: not a bare number, which may be anything."""
    if not isinstance(cell, str):
        return isinstance(cell, date)
    text = cell.strip()
    if any(shape.fullmatch(text) for shape in (_ISO, _NUMERIC, _WEEK)):
        return True
    named = _NAMED.fullmatch(text) or _NAMED_US.fullmatch(text)
    return named is not None and any(part[:3].casefold() in _MONTHS for part in named.groups() if part)


def _readings(example: str) -> dict[str, str]:
    """What a day means when its day, or its month, comes first; where it is no day, only the order is named."""
    found = {}
    for order, label in (("dmy", _("Day first")), ("mdy", _("Month first"))):
        match = _NUMERIC.fullmatch(example)
        try:
            day = DaySense(order)._from_numeric(match) if match else None
        except ValueError:
            day = None
        if day:
            words = {"label": label, "text": example, "day": date_format(day, "j F Y")}
            found[order] = _("%(label)s: %(text)s is %(day)s") % words
        else:
            found[order] = label
    return found


def _named(day: str, month: str, year: str) -> date | None:
    number = _MONTHS.get(month[:3].casefold())
    return date(int(year), number, int(day)) if number else None


def int_or_none(number: int | float) -> int:
    """The whole days of a serial number; -1 for NaN and infinity."""
    try:
        return int(number)
    except (ValueError, OverflowError):
        return -1
