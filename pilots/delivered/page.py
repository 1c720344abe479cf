"""The executive portfolio as a page: the sentence, four figures, the picture, and what came of each pilot."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Exists, FloatField, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.templatetags.pilotlight import figure
from metrics.charts import Effect, Effects, EffectWords, draw_effects
from metrics.charts.effects import MOST_ROWS, per_line, percent
from pilots.delivered.chosen import KINDS, Chosen, choices, rows
from pilots.delivered.figures import Delivered, Placed, Sum, standing_now
from pilots.models import Flag, Outcome, Pilot, Reading, Standing
from pilots.models.flag_kind import FlagKind
from pilots.models.standing import Phase
from pilots.outcome_page import outcome_line

if TYPE_CHECKING:
    from accounts.models import Organisation

PAGE: Final = 25
GROUPS: Final = {
    "win": gettext_lazy("moved"),
    "chance": gettext_lazy("may be chance"),
    "none": gettext_lazy("no effect"),
    "unclear": gettext_lazy("cannot tell"),
    "harm": gettext_lazy("wrong way"),
}
HEADINGS: Final = {
    "win": gettext_lazy("What moved its metric"),
    "chance": gettext_lazy("Improved, but among so many pilots it may be chance"),
    "none": gettext_lazy("Honest no-effects, and what they taught"),
    "unclear": gettext_lazy("What six weeks could not tell"),
    "harm": gettext_lazy("What went the wrong way, and what was learned"),
}
_TONES: Final = {"win": "good", "harm": "concern"}


def delivered_page(organisation: Organisation, chosen: Chosen, today: date) -> dict[str, Any]:
    known = rows(organisation.minimum_group)
    found = Delivered(chosen.among(known, today))
    shown = [one for one in found.placed if not chosen.kind or one.kind == chosen.kind]
    page = shown[(chosen.page - 1) * PAGE : chosen.page * PAGE]
    return {
        **delivered_words(found),
        "chosen": chosen,
        "query": chosen.address(kind=""),
        "choices": choices(known) if known else {},
        "any": bool(known),
        "tiles": tiles_of(found, chosen),
        "picture": _picture(found) if not chosen.kind else None,
        # Which of the running ones a choice would hold is not told: no period, and no decision, is theirs yet.
        "in_flight": "" if chosen.narrowed else _in_flight(today),
        "groups": lines_of(page, found),
        "previous": chosen.address(page=chosen.page - 1) if chosen.page > 1 else "",
        "next": chosen.address(page=chosen.page + 1) if len(shown) > chosen.page * PAGE else "",
        "first": (chosen.page - 1) * PAGE + 1,
        "last": (chosen.page - 1) * PAGE + len(page),
        "all": len(shown),
    }


def delivered_words(found: Delivered) -> dict[str, Any]:
    """The sentence that leads page and slide, and the sentences below it: never stronger than the evidence."""
    decided = len(found.rows)
    if not decided:
        return {"sentence": _("No pilot was decided here."), "lede": "", "value": ""}
    if decided == 1:
        sentence = _of_one(found.placed[0].kind)
    elif found.moved:
        sentence = ngettext(
            "%(moved)s of %(decided)s pilot moved its metric.",
            "%(moved)s of %(decided)s pilots moved their metric.",
            decided,
        ) % {"moved": f"{found.moved:,}", "decided": f"{decided:,}"}
    else:
        sentence = ngettext(
            "None of %(decided)s pilot has moved its metric so far.",
            "None of %(decided)s pilots has moved its metric so far.",
            decided,
        ) % {"decided": f"{decided:,}"}
    return {
        "sentence": sentence,
        "lede": " ".join(filter(None, [_noise(found), _others(found), _worth(found), _cost(found)])),
        "value": _together(found.sums),
    }


def _of_one(kind: str) -> str:
    return {
        "win": _("The one pilot that was decided moved its metric."),
        "chance": _("The one pilot that was decided improved its metric, but that may be chance."),
        "none": _("The one pilot that was decided did not move its metric."),
        "unclear": _("The one pilot that was decided cannot tell whether its metric moved."),
        "harm": _("The one pilot that was decided moved its metric the wrong way."),
    }[kind]


def _noise(found: Delivered) -> str:
    if not found.moved:
        return ""
    return ngettext(
        "Of twenty such wins, expect at most one to be noise.",
        "Of these %(moved)s, expect at most %(noise)s to be noise.",
        found.moved,
    ) % {"moved": f"{found.moved:,}", "noise": f"{found.noise:,}"}


def _others(found: Delivered) -> str:
    """What became of the rest, said before anybody asks."""
    counts = found.counts
    if len(found.rows) == 1:
        return ""  # the sentence says it
    told = [
        words % {"count": f"{counts[kind]:,}"}
        for kind, words in (
            ("chance", ngettext("%(count)s improved but may be chance", "%(count)s improved but may be chance", counts["chance"])),
            ("none", ngettext("%(count)s had no effect", "%(count)s had no effect", counts["none"])),
            ("unclear", ngettext("%(count)s stayed unclear", "%(count)s stayed unclear", counts["unclear"])),
            ("harm", ngettext("%(count)s went the wrong way", "%(count)s went the wrong way", counts["harm"])),
        )
        if counts[kind]
    ]  # fmt: skip
    if not told:
        return ""
    return _("The others: %(told)s.") % {"told": ", ".join(told)} if found.moved else f"{', '.join(told)}."


def _worth(found: Delivered) -> str:
    """By the conservative rules alone; what nobody vouches for is counted as a gap and not as money."""
    if not found.sums:
        return _("Nobody has vouched for what a result is worth in money yet.") if found.moved else ""
    valued, gap = sum(one.pilots for one in found.sums), found.without_value
    told = ngettext(
        "The win with a credible value is worth at least %(value)s in its first year.",
        "The %(count)s wins with a credible value are worth at least %(value)s in their first year.",
        valued,
    ) % {"count": f"{valued:,}", "value": _together(found.sums)}
    if not gap:
        return told
    none = ngettext(
        "%(gap)s win has none and counts as nothing here.",
        "%(gap)s wins have none and count as nothing here.",
        gap,
    ) % {"gap": f"{gap:,}"}
    return f"{told} {none}"


def _cost(found: Delivered) -> str:
    """Of how many the costs are known: where nobody stated any, that does not mean that there were none."""
    known, decided = sum(one.pilots for one in found.costs), len(found.rows)
    told = {"known": f"{known:,}", "decided": f"{decided:,}", "cost": _together(found.costs)}
    if not known:
        return ""
    if known == decided:
        return (
            ngettext("The pilot cost %(cost)s.", "The %(decided)s pilots together cost %(cost)s.", decided)
            % told
        )
    return (
        ngettext(
            "The one pilot whose costs are stated cost %(cost)s.",
            "The %(known)s pilots whose costs are stated cost %(cost)s.",
            known,
        )
        % told
    )


def _together(sums: list[Sum]) -> str:
    return " + ".join(money(one.amount, one.currency) for one in sums)


def money(amount: float, currency: str) -> str:
    """€1.2m would hide what was agreed: whole units, with their thousands."""
    return str(figure(round(amount), currency, 0))


def tiles_of(found: Delivered, chosen: Chosen) -> list[dict[str, Any]]:
    days = found.days
    weeks = None if days is None else max(1, round(days / 7))
    share = f"{round(100 * found.moved / len(found.rows))}" if found.rows else "0"
    return [
        {"count": f"{len(found.rows):,}", "label": _("pilots decided"), "url": chosen.address(kind="") or "?"},
        {"count": share, "unit": "%", "label": _("moved their metric"), "url": chosen.address(kind="win")},
        {
            "count": _together(found.sums) or "\N{EN DASH}",
            "label": _("worth at least, first year") if found.sums else _("no credible value in money yet"),
        },
        {
            "count": weeks if weeks is not None else "\N{EN DASH}",
            "unit": ngettext("week", "weeks", weeks) if weeks is not None else "",
            "label": _("from idea to decision; half took less"),
        },
    ]  # fmt: skip


def effects_of(found: Delivered) -> Effects:
    """The picture of all effects; titles are looked up only where there is room to name each."""
    drawn = found.drawn
    words = {kind: str(label) for kind, label in GROUPS.items()}  # looked up once, not once a pilot
    tones: dict[str, Any] = {kind: _TONES.get(kind, "ordinary") for kind in KINDS}
    few = len(drawn) <= MOST_ROWS
    titles = (
        dict(Pilot.objects.filter(pk__in=[one.row.pilot for one in drawn]).values_list("pk", "title"))
        if few
        else {}
    )
    return Effects(
        [
            Effect(titles.get(row.pilot, ""), row.share or 0.0, row.low or 0.0, row.high or 0.0, tones[kind], words[kind])
            for row, kind, _rank in drawn
        ],
        EffectWords(
            nothing=_("no change"),
            target=_("target"),
            said=_("Each pilot’s change as a share of its target: 0 is no change, 100 % is the target."),
            said_one=_("{name}: {share}, likely between {low} and {high}."),
            said_group=_("{group}: {count} pilots, in the middle {share}."),
        ),
    )  # fmt: skip


def _picture(found: Delivered) -> dict[str, Any] | None:
    effects = effects_of(found)
    if not effects.effects:
        return None
    per = per_line(effects)
    caption = [
        _(
            "Each pilot’s change as a share of the one that was agreed, with the range that it is likely to lie in. "
            "A pilot whose range crosses “no change” has shown none."
        ),
        _("The largest effects are drawn towards the others before they are put in order, because the largest of many is partly luck."),
    ]  # fmt: skip
    if effects.many:
        groups = [f"{found.counts[kind]:,} {GROUPS[kind]}" for kind in KINDS if found.counts[kind]]
        caption.append(_("From left to right: %(groups)s.") % {"groups": ", ".join(groups)})
    if per > 1:
        caption.append(
            _("There is a line for about %(count)s pilots: the middle of them and of their ranges.")
            % {"count": per}
        )
    elif per_line(effects, wide=False) > 1:
        caption.append(
            _("On a narrow screen neighbours share a line: the middle of them and of their ranges.")
        )
    if missing := len(found.rows) - len(effects.effects):
        caption.append(
            ngettext(
                "%(count)s has no place in it: its effect could not be told, or is about too few people to be shown.",
                "%(count)s have no place in it: their effect could not be told, or is about too few people to be shown.",
                missing,
            )
            % {"count": f"{missing:,}"}
        )
    return {
        "wide": draw_effects(effects),
        "narrow": draw_effects(effects, width="narrow"),
        "caption": " ".join(caption),
        "rows": []
        if effects.many
        else [
            (one.name, one.group, percent(one.share), percent(one.low), percent(one.high))
            for one in effects.effects
        ],
    }


def lines_of(page: list[Placed], found: Delivered) -> list[dict[str, Any]]:
    """What came of each, told as on its own page, under the kind of result that it is."""
    outcomes = {
        outcome.pilot_id: outcome
        for outcome in Outcome.objects.filter(pilot__in=[one.row.pilot for one in page]).select_related(
            "pilot__standing", "pilot__organisation"
        )
    }
    groups: list[dict[str, Any]] = []
    for kind in KINDS:
        lines = [
            {
                **outcome_line(outcomes[one.row.pilot]),
                "learned": outcomes[one.row.pilot].facts["decision"]["learned"] if kind != "win" else "",
                "sponsor": one.row.sponsor,
                # Beside no effect a share of the target would read like one.
                "share": percent(one.row.share)
                if one.kind == "win" and one.row.share is not None and not one.row.small
                else "",
            }
            for one in page
            if one.kind == kind and one.row.pilot in outcomes
        ]
        if lines:
            groups.append(
                {"kind": kind, "heading": HEADINGS[kind], "count": found.counts[kind], "lines": lines}
            )
    return groups


def _in_flight(today: date) -> str:
    """What the running ones show today, by evidence that may be looked at every day and among all of them."""
    running = Standing.objects.filter(phase=Phase.OPEN, ends_on__gt=today)
    count, moving = running.aggregate(all=Count("pk"), moving=Count("pk", filter=Q(moving=True))).values()
    if not count:
        return ""
    e_values = _evidence(running) if moving else []
    standing = standing_now(e_values, count)
    told = ngettext("%(count)s pilot is running.", "%(count)s pilots are running.", count) % {
        "count": f"{count:,}"
    }
    if not standing:
        return told + " " + _("None of them shows an improvement yet that would stand among all of them.")
    return (
        told
        + " "
        + ngettext(
            "%(count)s of them shows an improvement today that stands among all of them.",
            "%(count)s of them show an improvement today that stands among all of them.",
            standing,
        )
        % {"count": f"{standing:,}"}
    )


def _evidence(running: QuerySet[Standing]) -> list[float]:
    """Today's e-values of those that move: those of the others are too small to decide anything.

    Where no values come any more, nobody knows what is so today.
    """
    silent = Flag.objects.filter(
        pilot=OuterRef("pilot"), kind__in=(FlagKind.NO_DATA, FlagKind.SOURCE_FAILING), cleared_at=None
    )
    pilots = running.filter(~Exists(silent), moving=True).values("pilot")
    latest = Reading.objects.filter(pilot__in=pilots).order_by("pilot", "-pk").distinct("pilot")
    e_values = latest.annotate(e=Cast(KT("facts__e_moving"), FloatField())).values_list("e", flat=True)
    return [e for e in e_values if e is not None]
