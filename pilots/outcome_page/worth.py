"""What an outcome is worth, in words and rows: with the rules shown, or with the reason why nobody can say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.templatetags.pilotlight import figure
from metrics.amounts import Amounts
from pilots import money

if TYPE_CHECKING:
    from pilots.models import Worth
    from pilots.outcome_page.seen import Seen


@dataclass(frozen=True, slots=True)
class Valued:
    """``rows`` are term, how it comes about, amount."""

    sentence: str
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stated: Worth | None = None
    money: money.Money | None = None


def unstated() -> str:
    """What page, document and slide say where nobody has said what it is worth."""
    return _("Nobody has vouched for a value in money, so none is claimed.")


def worth(seen: Seen, stated: Worth | None) -> Valued | None:
    """What was stated, for the page; None when nobody has said anything."""
    if stated is None:
        return None
    if seen.small:
        return Valued(
            _("What it is worth follows from values about too few people to be shown."), stated=stated
        )
    cost = sum(stated.costs.values())
    spent = _spent(stated, cost)
    if stated.no_value_because:
        words = _("It is not converted into money: %(why)s") % {"why": seen.text(stated.no_value_because)}
        return Valued(words, [spent] if cost else [], stated=stated)
    change = money.cautious_change(seen.reading["verdict"], seen.reading.get("low"), seen.reading.get("high"))
    found = stated.money(seen.facts)
    assert found is not None, "what is not converted says why"
    if not found.gain:
        return Valued(_nothing(seen, stated, cost), [spent] if cost else [], stated=stated, money=found)
    rows = [_gain(seen, stated, change, found), spent, *_balance(stated, found)]
    return Valued(_sentence(stated, found), rows, _notes(seen, stated), stated, found)


def _cash(stated: Worth, amount: float) -> str:
    cents = 0 < abs(amount) < 100 and amount != round(amount)
    return str(figure(amount, stated.currency, 2 if cents else 0))


def _sentence(stated: Worth, found: money.Money) -> str:
    told = {"benefit": _cash(stated, found.benefit), "cost": _cash(stated, found.cost)}
    if found.roi is None:
        return _("Worth at least %(benefit)s in its first year; no cost was stated.") % told
    roi = {"roi": figure(round(found.roi), "%", 0)}
    if found.net > 0:
        return _(
            "Worth at least %(benefit)s in its first year, for a cost of %(cost)s: a return of %(roi)s."
        ) % {**told, **roi}
    if found.net == 0:
        return _("Worth at least %(benefit)s in its first year, which is what it cost.") % told
    return (
        _(
            "At the cautious end it does not pay for itself in its first year: worth %(benefit)s, for a cost of %(cost)s."
        )
        % told
    )


def _nothing(seen: Seen, stated: Worth, cost: float) -> str:
    harm = seen.reading["verdict"] == "wrong_way"
    words = (
        _("It did harm; no benefit is claimed.")
        if harm
        else _("No benefit is claimed: “no change” is not ruled out.")
    )
    return f"{words} {_('It cost %(cost)s.') % {'cost': _cash(stated, cost)}}" if cost else words


def _gain(seen: Seen, stated: Worth, change: float, found: money.Money) -> tuple[str, str, str]:
    value, share = float(stated.value or 0), seen.metric["kind"] == "proportion"
    amounts = Amounts("" if share else seen.metric["unit"], _places(seen, stated, change, found.benefit))
    by = amounts.level(change)
    parts = {
        "by": _("%(by)s of 100") % {"by": by} if share and "%" in seen.metric["unit"] else by,
        "volume": _in_a_year(seen, float(stated.volume or 0)),
        "value": figure(value, stated.currency, _decimals(value)),
    }
    how = _("%(by)s × %(volume)s × %(value)s each") % parts
    if stated.share < 100:
        how = _("%(how)s × %(share)s due to the pilot") % {"how": how, "share": figure(stated.share, "%")}
    return _("Cautious end of the gain"), how, _cash(stated, found.benefit)


def _in_a_year(seen: Seen, volume: float) -> str:
    """How many of what, as the form asks for it: cases, days or weeks of a total, or what a rate is counted per."""
    many, count = int(volume) if volume == 1 else 2, {"count": figure(volume, "", _decimals(volume))}
    match seen.metric["kind"]:
        case "rate":
            what = seen.metric["unit"].partition("per ")[2]  # 1,000 hours
            if what[:1].isdigit():
                return _("%(count)s times %(what)s a year") % {**count, "what": what}
            return _("%(count)s a year") % count
        case "total" if seen.metric["cadence"] == "weekly":
            return ngettext("%(count)s week a year", "%(count)s weeks a year", many) % count
        case "total":
            return ngettext("%(count)s day a year", "%(count)s days a year", many) % count
    return ngettext("%(count)s case a year", "%(count)s cases a year", many) % count


def _spent(stated: Worth, cost: float) -> tuple[str, str, str]:
    fields: dict[str, Any] = {
        f.name: f.verbose_name for f in stated._meta.get_fields() if hasattr(f, "verbose_name")
    }
    parts = [f"{fields[name]} {_cash(stated, amount)}" for name, amount in stated.costs.items()]
    return _("Cost, fully loaded"), ", ".join(parts), _cash(stated, cost)


def _balance(stated: Worth, found: money.Money) -> list[tuple[str, str, str]]:
    rows = [(_("What is left"), "", _cash(stated, found.net))]
    if found.roi is not None:
        rows.append((_("Return on what was spent"), "", str(figure(round(found.roi), "%", 0))))
    return rows


def _notes(seen: Seen, stated: Worth) -> list[str]:
    notes = [
        _("First year only, at the end of the range that promises less, rounded down."),
        _("The value of one comes from: %(source)s. %(who)s vouches for it.")
        % {"source": seen.text(stated.source), "who": _voucher(seen, stated.vouched_by)},
    ]
    if stated.share < 100 and stated.share_because:
        notes.append(
            _("Why %(share)s: %(why)s")
            % {"share": figure(stated.share, "%"), "why": seen.text(stated.share_because)}
        )
    return notes


def _voucher(seen: Seen, who: str) -> str:
    """Name and position; before the public the position alone."""
    _name, comma, position = who.partition(",")
    return capfirst(position.strip()) if seen.public and comma and position.strip() else seen.text(who)


def _places(seen: Seen, stated: Worth, change: float, benefit: float) -> int:
    """How many digits the change is shown with: as many as it takes for what is shown to come to what is claimed."""

    def comes_to_it(places: int) -> bool:
        told = round(change, places)
        shown = stated.money_of(told, seen.metric) if told else None
        return shown is not None and math.isclose(shown.benefit, benefit, abs_tol=0.5)

    return next(filter(comes_to_it, range(13)), 13)


def _decimals(value: float) -> int:
    return next((places for places in (0, 2, 4) if round(value, places) == value), 4)
