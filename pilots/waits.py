"""What people are waited for: answers that do not come, reviews that do not happen, notes that nobody wrote.

No verb tells that nothing happened, so somebody has to look: once in a while, all pilots of an organisation in a few
queries, and only where something changed a flag is raised or cleared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q

from pilots.models.check_in import ASKED_FROM, REACH_FROM, WEEKS, CheckIn, CheckInReminder
from pilots.models.content import ContentItem
from pilots.models.flag import Flag
from pilots.models.flag_kind import FlagKind
from pilots.models.link import Purpose, StakeholderLink
from pilots.models.pilot import Pilot
from pilots.models.usage import Usage, newer
from pilots.words import ASKED_ON

if TYPE_CHECKING:
    from accounts.models import Organisation

type Causes = Mapping[int, dict[str, Any]]


def settle(
    organisation: Organisation, *, at: datetime, only: Pilot | None = None, kind: FlagKind | None = None
) -> int:
    """Have the flags standing that say whom a pilot waits for; how many changed. In the organisation's scope."""
    kinds = [kind] if kind else list(_CAUSES)
    return sum(_settle_kind(organisation, one, _CAUSES[one], at, only) for one in kinds)


def ask_for_check_ins(organisation: Organisation, *, at: datetime) -> int:
    """Ask the owners of running pilots how their week was, on the fifth day of it; how many were asked."""
    local = at.astimezone(organisation.zone)
    if local.time() < ASKED_FROM:
        return 0
    asked = 0
    for pilot in owed_a_check_in(local.date()).select_related("owner", "chain"):
        pilot.organisation = organisation
        asked += pilot.ask_for_check_in(at=at)
    return asked


def owed_a_check_in(today: date, *, reminded: bool = False) -> Any:
    """Running pilots far enough in a week whose owner wrote no note about it and, not ``reminded``, was not asked either."""
    wanted = Q()
    for week in range(1, WEEKS + 1):
        begun = today - timedelta(days=7 * (week - 1))
        wrote = CheckIn.objects.filter(pilot=OuterRef("pk"), week=week)
        asked = CheckInReminder.objects.filter(pilot=OuterRef("pk"), week=week)
        this_week = Q(start__gt=begun - timedelta(days=7), start__lte=begun - timedelta(days=ASKED_ON))
        wanted |= this_week & ~Exists(wrote) & (Q() if reminded else ~Exists(asked))
    return Pilot.objects.running(today).filter(wanted).order_by("pk")


def _settle_kind(
    organisation: Organisation,
    kind: FlagKind,
    causes: Callable[[Organisation, datetime, Pilot | None], Causes],
    at: datetime,
    only: Pilot | None,
) -> int:
    found = causes(organisation, at, only)
    flags = Flag.objects.standing().filter(kind=kind)
    standing = set((flags.filter(pilot=only) if only else flags).values_list("pilot_id", flat=True))
    differing = standing ^ set(found)
    changed = 0
    for pilot in Pilot.objects.filter(pk__in=differing).select_related("chain", "metric").order_by("pk"):
        pilot.organisation = organisation
        with transaction.atomic():
            if only is None:  # looked for without a lock: once more with it, before anything is said
                pilot.locked()
                found = causes(organisation, at, pilot)
            if Flag.objects.settle_one(pilot, kind, found.get(pilot.pk, {}), at=at):
                pilot.refresh_standing()
                changed += 1
    return changed


def _answers(organisation: Organisation, at: datetime, only: Pilot | None) -> Causes:
    """Who was asked the question, or to sign, and has not answered for some days. After a launch nobody is waited for."""
    waiting = (
        StakeholderLink.objects.filter(stakeholder__pilot__launch=None, stakeholder__pilot__cancel=None)
        .filter(
            Q(purpose=Purpose.QUESTION, stakeholder__answers=None)
            | (
                Q(purpose=Purpose.SIGN_OFF, replaced_at=None, stakeholder__sign_off_required=True)
                & ~Q(stakeholder__sign_offs__plan_version=F("plan_version"))
            )
        )
        .values("stakeholder__pilot", "stakeholder", "purpose")
        .annotate(since=Min("sent_at"))
        .filter(since__lte=at - timedelta(days=organisation.answer_within))
        .order_by("since", "stakeholder")
    )
    if only:
        waiting = waiting.filter(stakeholder__pilot=only)
    found: dict[int, dict[str, Any]] = {}
    for row in waiting:
        told = found.setdefault(
            row["stakeholder__pilot"],
            {
                "stakeholder": row["stakeholder"],
                "asked": row["purpose"],
                "since": organisation.day_of(row["since"]).isoformat(),
                "count": 0,
            },
        )
        told["count"] += 1
    return found


def _reviews(organisation: Organisation, at: datetime, only: Pilot | None) -> Causes:
    """Which pilots have items that nobody has decided on for some working days."""
    waiting = ContentItem.objects.needs_review().filter(
        pilot__cancel=None,
        pilot__outcome=None,
        waiting_since__lte=at - timedelta(days=organisation.review_within),
    )
    if only:
        waiting = waiting.filter(pilot=only)
    today = organisation.day_of(at)
    overdue: defaultdict[int, list[tuple[int, date]]] = defaultdict(list)
    for pilot, item, since in waiting.order_by("waiting_since", "pk").values_list(
        "pilot", "pk", "waiting_since"
    ):
        assert since is not None, "it was filtered by it"
        day = organisation.day_of(since)
        if working_days(day, today) >= organisation.review_within:
            overdue[pilot].append((item, day))
    return {
        pilot: {"item": items[0][0], "since": items[0][1].isoformat(), "count": len(items)}
        for pilot, items in overdue.items()
    }


def _reach(organisation: Organisation, at: datetime, only: Pilot | None) -> Causes:
    """Which running pilots are used by far fewer than was planned, as far as notes or a metric say how many."""
    today = organisation.day_of(at)
    pilots = Pilot.objects.running(today).filter(start__lte=today - REACH_FROM, planned_reach__gt=0)
    if only:
        pilots = pilots.filter(pk=only.pk)
    notes = CheckIn.objects.filter(pilot__in=pilots).exclude(reach=None).only("pilot", "reach", "week", "at")
    newest = {note.pilot_id: note for note in notes.order_by("pilot", "-pk").distinct("pilot")}
    told = Usage.objects.told(pilots)
    found = {}
    for pilot, planned in pilots.values_list("pk", "planned_reach"):
        reach = newer(newest.get(pilot), told.get(pilot), organisation)
        if planned and reach and 100 * (reach.people or 0) < organisation.few_below * planned:
            found[pilot] = {"planned": planned, **reach.figures}
    return found


def working_days(since: date, today: date) -> int:
    """How many working days have passed after a day: from Friday to Monday it is one."""
    return int(np.busday_count(since, today))


_CAUSES: Final[Mapping[FlagKind, Callable[[Organisation, datetime, Pilot | None], Causes]]] = {
    FlagKind.ANSWER_MISSING: _answers,
    FlagKind.REVIEW_OVERDUE: _reviews,
    FlagKind.FEW_USING: _reach,
}
