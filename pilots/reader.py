"""Reads pilots, hundreds at once: what was known of their series, what the maths says of it, which flags follow.

One pilot is read by the same lines as ten thousand. Everything that many have in common is asked for once and written
once; only where a flag is raised or cleared, or a baseline turns out to be restated, one pilot costs more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import connection, models, transaction

from accounts.canonical import sha256
from accounts.lookup import Lookup
from accounts.models import SYSTEM
from metrics.models import Jump
from pilots import assessment
from pilots.causes import causes
from pilots.models.agreement import When
from pilots.models.baseline import Frozen, FrozenBaseline, Known, digest_of, known_of, thaw
from pilots.models.flag import Flag
from pilots.models.flag_kind import OF_PEOPLE
from pilots.models.reading import Reading
from pilots.models.standing import Standing

if TYPE_CHECKING:
    from pilots.assessment import Course
    from pilots.models import Pilot


@dataclass(slots=True)
class _Read:
    """One pilot, as far as it is read."""

    pilot: Pilot
    today: date
    course: Course
    final: bool
    last: Reading | None
    # What is read by the plan as amended, where what is judged was amended.
    second: Course | None = None
    reading: Reading | None = None

    @property
    def digest(self) -> str:
        return sha256(self.course.digest + self.second.digest) if self.second else self.course.digest

    @property
    def says_the_same(self) -> bool:
        """Whether the latest reading read just this, on this day, under this plan."""
        last = self.last
        if last is None or (self.pilot.has("stop") and last.verdict == "running"):
            return False
        now = (self.pilot.launch.plan_version_id, self.today, self.digest, self.final)
        return (last.plan_version_id, last.day, last.series_sha256, last.final) == now


@transaction.atomic
def read_all(pilots: Iterable[int], *, at: datetime) -> dict[int, Reading]:
    """Read launched and open pilots as they were known at ``at``; the newest reading of each.

    The same data on the same day say the same: then nothing is written. Their rows are locked, in one order, until the
    transaction ends: two workers that read one pilot read it one after the other.
    """
    found = _locked(pilots)
    if not found:
        return {}
    reads = [_looked_at(pilot, *known, at=at) for pilot, known in _known(found, at)]
    anew: list[_Read] = []
    again: list[_Read] = []
    for read in reads:
        (again if read.says_the_same else anew).append(read)
    _recall([read.last for read in again if read.last])
    _judge(anew, at)
    changed = _settle(reads, at)
    _keep_standing(anew, again, changed, at)
    return {read.pilot.pk: _newest(read) for read in reads}


def _locked(pilots: Iterable[int]) -> list[Pilot]:
    """In two statements: one that locks a row and joins others has these as they were before it waited."""
    asked = list(pilots)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [asked])
    return _OPEN.all(asked)


_LOCK: Final = "SELECT 1 FROM pilots_pilot WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def _open() -> models.QuerySet[Pilot]:
    from pilots.models.pilot import Pilot

    found = Pilot._base_manager.filter(launch__isnull=False, outcome__isnull=True).order_by("pk")
    joined = found.select_related("organisation", "metric__source", "launch", "stop", "amended")
    texts = ("problem", "visible_because", "ai_use", "audience")
    return joined.defer(*texts)


_OPEN: Final = Lookup(_open, pk__among=[0])


def _newest(read: _Read) -> Reading:
    reading = read.reading or read.last
    assert reading is not None, "what says the same says it like an earlier one"
    return reading


# --- what is known --------------------------------------------------------------------------------


def _known(pilots: list[Pilot], at: datetime) -> list[tuple[Pilot, tuple[date, Course, Reading | None]]]:
    """Each pilot with its day, its course and its latest reading."""
    days = {pilot.pk: pilot.organisation.day_of(at) for pilot in pilots}
    ended = {pilot.pk: pilot.ended_by(days[pilot.pk]) for pilot in pilots}
    known = known_of(
        [
            (series, span[0], span[-1] + timedelta(days=1))
            for pilot in pilots
            if (span := assessment.days_of(pilot, ended[pilot.pk]))
            for series in _series(pilot)
        ]
    )
    frozen = _frozen(pilots, days, known, at)
    jumps = _jumps(known)
    # What it says is wanted only where it says the same again.
    last = {reading.pilot_id: reading for reading in _LATEST.all([pilot.pk for pilot in pilots])}
    courses = (
        _with_jump(assessment.course(pilot, ended[pilot.pk], frozen[pilot.pk], known), pilot, jumps)
        for pilot in pilots
    )
    return [
        (pilot, (days[pilot.pk], course, last.get(pilot.pk)))
        for pilot, course in zip(pilots, courses, strict=True)
    ]


_LATEST: Final = Lookup(
    lambda: Reading._base_manager.order_by("pilot", "-pk").distinct("pilot").defer("facts"),
    pilot__among=[0],
)


def _series(pilot: Pilot) -> list[int]:
    return [series for series in (pilot.series_id, pilot.comparison_id) if series]


def _frozen(
    pilots: list[Pilot], days: Mapping[int, date], known: Known, at: datetime
) -> defaultdict[int, Frozen]:
    """What each is judged by of its baseline, where that is not what is known; days that only just came are frozen now."""
    kept: dict[int, str] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DIGESTS, [[pilot.pk for pilot in pilots]])
        for number, digest in cursor:
            kept[number] = digest or kept.get(number, "")
    frozen: defaultdict[int, Frozen] = defaultdict(dict)
    differ = []
    for pilot in pilots:
        if pilot.pk not in kept or pilot.awaits_baseline(days[pilot.pk]):
            frozen[pilot.pk] = pilot.freeze_baseline(at=at)
        elif kept[pilot.pk] != _baseline_digest(pilot, known):
            differ.append(pilot.pk)
    if differ:
        rows = FrozenBaseline.objects.filter(pilot__in=differ).order_by("pk")
        for number, points in rows.values_list("pilot", "points"):
            thaw(points, frozen[number])
    return frozen


_DIGESTS: Final = "SELECT pilot_id, sha256 FROM pilots_frozenbaseline WHERE pilot_id = ANY(%s) ORDER BY id"


def _baseline_digest(pilot: Pilot, known: Known) -> str:
    """That of what is known now of a pilot's baseline."""
    first, past = pilot.baseline_days()
    parts = [(one, known[one].between(first, past)) for one in _series(pilot) if one in known]
    return digest_of((one, part) for one, part in parts if part.days)


def _jumps(known: Known) -> dict[int, list[Jump]]:
    """Leaps that nobody has explained, by series."""
    found: defaultdict[int, list[Jump]] = defaultdict(list)
    for jump in _UNEXPLAINED.all(list(known)):
        found[jump.series_id].append(jump)
    return found


_UNEXPLAINED: Final = Lookup(
    lambda: Jump._base_manager.filter(answered_at=None).order_by("pk"), series__among=[0]
)


def _with_jump(course: Course, pilot: Pilot, jumps: Mapping[int, list[Jump]]) -> Course:
    asked = [jump for series in _series(pilot) for jump in jumps.get(series, ())] if jumps else []
    jump = next((jump for jump in asked if jump.day in course.days), None)
    if jump is None:
        return course
    told = {"day": jump.day.isoformat(), "before": jump.before, "after": jump.after}
    return replace(course, remarks={**course.remarks, "jump": told})


def _looked_at(pilot: Pilot, today: date, course: Course, last: Reading | None, *, at: datetime) -> _Read:
    return _Read(pilot, today, course, pilot.all_is_in(course, today), last, _second_course(pilot, today, at))


def _second_course(pilot: Pilot, today: date, at: datetime) -> Course | None:
    """Rare enough to be asked for one by one."""
    plan = pilot.as_amended()
    if plan is pilot or pilot.amended is None:
        return None
    course = assessment.course(plan, pilot.ended_by(today), pilot.freeze_amended_baseline(at=at))
    return replace(course, remarks={**course.remarks, "amendment": pilot.amended.pk})


def _recall(readings: Sequence[Reading]) -> None:
    """What readings said, asked for at once."""
    if readings:
        numbers = [reading.pk for reading in readings]
        said = dict(Reading.objects.filter(pk__in=numbers).values_list("pk", "facts"))
        for reading in readings:
            reading.facts = said[reading.pk]


# --- what it says ---------------------------------------------------------------------------------


def _judge(reads: list[_Read], at: datetime) -> None:
    """Write down what the maths says of those that say something new."""
    said = assessment.assessed([_case(read) for read in reads])
    for read, judged in zip(reads, said, strict=True):
        facts = {**judged, **read.course.remarks, **_judged_second(read)}
        read.reading = Reading(
            pilot=read.pilot, plan_version_id=read.pilot.launch.plan_version_id, day=read.today,
            series_sha256=read.digest, final=read.final, previous=read.last, verdict=facts["verdict"],
            facts=facts, made_at=at,
        )  # fmt: skip
    over = _over_at_last(reads)
    Reading.objects.write([read.reading for read in reads if read.reading], at=at)
    for read in reads:
        _note_restatement(read, at)
        if read.pilot.pk in over:
            read.pilot.tell_that_it_is_over(at=at)


def _over_at_last(reads: list[_Read]) -> set[int]:
    """Those whose last figures are in for the first time: a value can be taken back, and a day begins again further west."""
    ended = {read.pilot.pk for read in reads if read.final and not (read.last and read.last.final)}
    if not ended:
        return ended
    told = Reading.objects.filter(pilot__in=ended, final=True).values_list("pilot", flat=True)
    return ended - set(told)


def _judged_second(read: _Read) -> dict[str, Any]:
    """What the amended plan would say. It stands second: a plan that was changed on the way promises less."""
    pilot, course = read.pilot, read.second
    if course is None or pilot.amended is None:
        return {}
    plan = pilot.as_amended()
    assert plan.metric and plan.target is not None
    case = assessment.Case(course, plan.metric, plan.target, plan.ramp_weeks, pilot.has("stop"))
    (judged,) = assessment.assessed([case])
    return {"amended": {**judged, "number": pilot.amended.number, "series": plan.series_id}}


def _case(read: _Read) -> assessment.Case:
    pilot = read.pilot
    assert pilot.metric and pilot.target is not None, "a launched plan is whole"
    return assessment.Case(read.course, pilot.metric, pilot.target, pilot.ramp_weeks, pilot.has("stop"))


def _note_restatement(read: _Read, at: datetime) -> None:
    """A baseline that was restated is an event, each time that it says something else."""
    for remark in ("restated", "restated_comparison"):
        told = read.course.remarks.get(remark)
        if told and not (read.last and read.last.facts.get(remark) == told):
            facts = {name: told[name] for name in ("days", "was", "now")}
            read.pilot.chain.record("pilot.baseline_restated", by=SYSTEM, at=at, of=remark, **facts)


# --- what follows ---------------------------------------------------------------------------------


def _settle(reads: list[_Read], at: datetime) -> set[int]:
    """Have the flags standing that have a cause; the pilots of which that changed any."""
    pilots = [read.pilot.pk for read in reads]
    standing: defaultdict[int, list[Flag]] = defaultdict(list)
    for flag in _FLAGS.all(pilots):
        standing[flag.pilot_id].append(flag)
    conditions = _conditions(pilots)
    changed = set()
    for read in reads:
        pilot, facts = read.pilot, _newest(read).facts
        mine = standing[pilot.pk]
        found = causes(
            pilot, facts, read.course, read.today, conditions=conditions.get(pilot.pk, 0),
            standing={flag.kind for flag in mine},
        )  # fmt: skip
        if (found or mine) and Flag.objects.settle(pilot, mine, found, judged="refused" not in facts, at=at):
            changed.add(pilot.pk)
    return changed


_FLAGS: Final = Lookup(
    lambda: (
        Flag._base_manager.filter(cleared_at=None).exclude(kind__in=OF_PEOPLE).select_for_update(of=("self",))
    ),
    pilot__among=[0],
)
_CONDITIONS: Final = """
    SELECT launch.pilot_id, count(*)
      FROM pilots_condition AS asked
      JOIN pilots_signoff AS sign_off ON sign_off.id = asked.sign_off_id
      JOIN pilots_launch AS launch ON launch.plan_version_id = sign_off.plan_version_id
     WHERE launch.pilot_id = ANY(%s) AND asked."when" = %s AND asked.closed_at IS NULL
     GROUP BY launch.pilot_id
"""


def _conditions(pilots: list[int]) -> dict[int, int]:
    """How many things that were asked for during a pilot are not met yet."""
    with connection.cursor() as cursor:
        cursor.execute(_CONDITIONS, [pilots, When.DURING.value])
        return dict(cursor.fetchall())


def _keep_standing(anew: list[_Read], again: list[_Read], changed: set[int], at: datetime) -> None:
    """The portfolio's lines of what says something new; where only a flag changed, as each verb does."""
    Standing.objects.read([(read.pilot, read.course, _newest(read)) for read in anew], changed=changed, at=at)
    if not again:
        return
    lines = Standing.objects.filter(pilot__in=[read.pilot.pk for read in again])
    read_at = dict(lines.values_list("pilot", "read_at"))
    for read in again:
        if read.pilot.pk in changed:
            read.pilot.refresh_standing()
    # Without this they would be read again and again.
    seen = [read.pilot.pk for read in again if _is_news(read.pilot, read_at[read.pilot.pk])]
    if seen:
        Standing.objects.filter(pilot__in=seen).update(read_at=at)


def _is_news(pilot: Pilot, told: datetime | None) -> bool:
    """Whether the source brought something since the line says that it was read; a pilot without news costs no write."""
    source = getattr(pilot.metric, "source", None)
    return told is None or bool(source and source.news_at and source.news_at > told)
