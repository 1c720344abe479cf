"""Which of the decided pilots somebody looks at: by area, period and sponsor. The choice stands in the address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from metrics.models.metric import Category
from pilots.models import Finding, Standing

YEAR: Final = timedelta(days=365)
KINDS: Final = ("win", "chance", "none", "unclear", "harm")


class Row(NamedTuple):
    """One decided pilot, as it stands in the table."""

    pilot: int
    decided_on: date
    planned_on: date
    area: str
    sponsor: str | None
    verdict: str
    share: float | None
    low: float | None
    high: float | None
    p_value: float | None
    value: Decimal | None
    cost: Decimal | None
    currency: str
    small: bool


def rows(minimum: int) -> list[Row]:
    """All of the organisation in scope, whatever is chosen: what can be chosen is told from them too.

    Values about fewer people than ``minimum`` are marked as *small*, and shown nowhere.
    """
    small = set(Standing.objects.filter(people__lt=minimum).values_list("pilot", flat=True))
    found = Finding.objects.order_by("-decided_on", "-pk")
    return [
        Row._make((*values, values[0] in small))
        for values in found.values_list(
            "pilot_id", "decided_on", "planned_on", "area", "sponsor__name", "verdict", "share", "low", "high", "p_value",
            "value", "cost", "currency",
        )
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen. Whatever an address says that nobody could have chosen counts as nothing chosen."""

    area: str = ""
    period: str = ""
    sponsor: str = ""
    kind: str = ""
    page: int = 1

    @classmethod
    def from_address(cls, given: QueryDict) -> Chosen:
        area, period, kind, page = (given.get(name, "") for name in ("area", "period", "kind", "page"))
        return cls(
            area=area if area in Category.values else "",
            period=period if period in {"12m", "quarter"} or _is_year(period) else "",
            sponsor=given.get("sponsor", "")[:120].replace("\0", ""),
            kind=kind if kind in KINDS else "",
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 5 else 1,
        )

    def among(self, found: Iterable[Row], today: date) -> list[Row]:
        first, last = self.days(today)
        return [
            row
            for row in found
            if (not self.area or row.area == self.area)
            and (not self.sponsor or row.sponsor == self.sponsor)
            and first <= row.decided_on <= last
        ]

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day of the period."""
        match self.period:
            case "12m":
                return today - YEAR, today
            case "quarter":
                return date(today.year, 3 * ((today.month - 1) // 3) + 1, 1), today
            case year if _is_year(year):
                return date(int(year), 1, 1), date(int(year), 12, 31)
        return date.min, date.max

    def address(self, **instead: object) -> str:
        """The query of the address, with some of it replaced; without what is not chosen."""
        other = replace(self, **{"page": 1, **instead})  # type: ignore[arg-type]
        given = {name: getattr(other, name) for name in ("area", "period", "sponsor", "kind")}
        given["page"] = other.page if other.page > 1 else ""
        query = urlencode({name: value for name, value in given.items() if value})
        return f"?{query}" if query else ""

    @property
    def narrowed(self) -> bool:
        return bool(self.area or self.period or self.sponsor)

    def words(self) -> str:
        """What is chosen, for a heading: "Customer service, 2026, Dana Okafor"."""
        return ", ".join(
            filter(
                None,
                (
                    str(Category(self.area).label) if self.area else "",
                    _periods().get(self.period, self.period),
                    self.sponsor,
                ),
            )
        )


def choices(found: Iterable[Row]) -> dict[str, list[tuple[str, str]]]:
    """What there is to choose from, in words."""
    areas, years, sponsors = set(), set(), set()
    for row in found:
        areas.add(row.area)
        years.add(row.decided_on.year)
        sponsors.add(row.sponsor)
    return {
        "area": [(code, str(label)) for code, label in Category.choices if code in areas],
        "period": [*_periods().items(), *((str(year), str(year)) for year in sorted(years, reverse=True))],
        "sponsor": [(name, name) for name in sorted(name for name in sponsors if name)],
    }


def _periods() -> dict[str, str]:
    return {"12m": _("the last 12 months"), "quarter": _("this quarter")}


def _is_year(period: str) -> bool:
    return len(period) == 4 and period.isascii() and period.isdigit() and period > "1900"
