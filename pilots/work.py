"""What works by itself, and whether it does: sources that are pulled, pilots that are read, mails that are sent.

Jobs know no organisation, only a kind and a subject; here stands whose subjects they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Channel, Delivery, Job, Message, Pulse
from metrics import sources
from metrics.models import Backfill, Pull, Source
from pilots.models import Flag, Pilot, StakeholderLink, Standing
from pilots.models.flag_kind import FlagKind

if TYPE_CHECKING:
    from accounts.models import Organisation, Person

#: From how long a silence on something has stopped: beat rings every ten seconds.
SILENCE: Final = timedelta(minutes=5)
#: Pilots are read once a day at least; with the longest backoff, and a night, they are late.
LATE: Final = timedelta(hours=30)
MOST: Final = 100

NAMES: Final = {
    Job.Kind.PULL: gettext_lazy("A source is pulled"),
    Job.Kind.BACKFILL: gettext_lazy("Earlier days are pulled"),
    Job.Kind.READ: gettext_lazy("A pilot is read"),
    Job.Kind.DELIVER: gettext_lazy("A mail is sent"),
    Job.Kind.TELL: gettext_lazy("A member is told the news"),
    Job.Kind.TELL_CHANNEL: gettext_lazy("A channel is told the news"),
    Job.Kind.POST: gettext_lazy("A message is posted"),
    Job.Kind.ESCALATE: gettext_lazy("A sponsor is told of a flag"),
    Job.Kind.REMIND: gettext_lazy("A stakeholder is reminded"),
    Job.Kind.DIGEST: gettext_lazy("A digest is written"),
    Job.Kind.DIGEST_CHANNEL: gettext_lazy("A digest is written for a channel"),
}

# Whose subjects: in the organisation's scope, or through it.
_SUBJECTS: Final[Mapping[str, Callable[[Organisation], QuerySet[Any]]]] = {
    Job.Kind.PULL: lambda _organisation: Source.objects.all(),
    Job.Kind.BACKFILL: lambda _organisation: Backfill.objects.all(),
    Job.Kind.READ: lambda _organisation: Pilot.objects.all(),
    Job.Kind.DELIVER: lambda organisation: Message.objects.filter(organisation=organisation, sent_at=None),
    Job.Kind.TELL: lambda organisation: organisation.memberships.all(),
    Job.Kind.TELL_CHANNEL: lambda organisation: Channel.objects.filter(organisation=organisation),
    Job.Kind.POST: lambda organisation: Delivery.objects.filter(channel__organisation=organisation),
    Job.Kind.ESCALATE: lambda _organisation: Flag.objects.all(),
    Job.Kind.REMIND: lambda _organisation: StakeholderLink.objects.all(),
    Job.Kind.DIGEST: lambda organisation: organisation.memberships.all(),
    Job.Kind.DIGEST_CHANNEL: lambda organisation: Channel.objects.filter(organisation=organisation),
}


def jobs_of(organisation: Organisation) -> QuerySet[Job]:
    """The organisation's jobs. In its scope."""
    mine = Q()
    for kind, subjects in _SUBJECTS.items():
        mine |= Q(kind=kind, subject__in=subjects(organisation).order_by().values("pk"))
    return Job.objects.filter(mine)


@transaction.atomic
def try_again(job: Job, organisation: Organisation, *, by: Person, at: datetime) -> None:
    """Do it now, instead of when it would come round."""
    Job.objects.want(job.kind, job.subject, at=at)
    organisation.chain.record("job.retried", by=by.actor, at=at, kind=job.kind, subject=job.subject)


def work_page(organisation: Organisation, at: datetime) -> dict[str, Any]:
    """When what was done last, what waits, and what failed and why."""
    jobs = jobs_of(organisation)
    due = dict(jobs.filter(due_at__lte=at).values_list("kind").annotate(count=Count("pk")).order_by("kind"))
    failed = [
        _failure(job)
        for job in jobs.exclude(last_error="").exclude(due_at=None).order_by("-attempts", "pk")[:MOST]
    ]
    pulled = _sources(at)
    read = Standing.objects.filter(phase__in=["open", "stopped"]).aggregate(
        count=Count("pk"),
        oldest=Min("read_at"),
        newest=Max("read_at"),
        unread=Count("pk", filter=Q(read_at=None)),
    )
    late = bool(read["oldest"] and at - read["oldest"] > LATE)
    beating = Pulse.objects.heard("beat", within=SILENCE)
    return {
        "headline": _headline(
            beating, len(failed), sum(not row["well"] or row["silent"] for row in pulled), late=late
        ),
        "beating": beating,
        "due": [(NAMES[Job.Kind(kind)], count) for kind, count in due.items()],
        "failed": failed,
        "sources": pulled,
        "read": {**read, "late": late},
    }


def _headline(beating: bool, failed: int, sick: int, *, late: bool) -> str:
    if not beating:
        return _("Nothing happens by itself: the clock that rings for work has been silent for five minutes.")
    if failed or sick or late:
        count = failed + sick + late
        return ngettext("%(count)s thing needs an eye.", "%(count)s things need an eye.", count) % {
            "count": count
        }
    return _("Everything runs by itself.")


def _failure(job: Job) -> dict[str, Any]:
    return {
        "job": job,
        "name": NAMES[Job.Kind(job.kind)],
        "reason": job.last_error,
        "again": job.due_at,
        "tries": job.attempts,
    }


def _sources(at: datetime) -> list[dict[str, Any]]:
    """Each source: those that fail first, then those that were not pulled for longest."""
    last = Pull.objects.filter(source=OuterRef("pk")).exclude(state="running").order_by("-pk")
    # It answers, but a pilot whose days go on has been told for long enough that nothing new came.
    silent = Flag.objects.standing().filter(kind=FlagKind.NO_DATA, pilot__metric=OuterRef("metric"))
    rows = (
        Source.objects.select_related("metric", "owner")
        .annotate(last_at=Subquery(last.values("started_at")[:1]), error=Subquery(last.values("error")[:1]))
        .annotate(silent=Exists(silent))
        .order_by(F("failing_since").asc(nulls_last=True), F("last_at").asc(nulls_first=True), "pk")[:MOST]
    )
    found = list(rows)
    jobs = Job.objects.filter(kind=Job.Kind.PULL, subject__in=[source.pk for source in found])
    next_at = dict(jobs.values_list("subject", "due_at"))
    return [
        {
            "metric": source.metric,
            "kind": sources.kind(source.kind).label,
            "owner": source.owner,
            "last": getattr(source, "last_at", None),
            "next": next_at.get(source.pk),
            "well": source.failing_since is None,
            "silent": getattr(source, "silent", False),
            "paused": source.paused_at is not None,
            "since": source.failing_since,
            "error": getattr(source, "error", "") if source.failing_since else "",
            "pulled": sources.kind(source.kind).is_pulled,
        }
        for source in found
    ]
