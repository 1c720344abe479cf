"""What is measured: two organisations, one with a hundred pilots and one with ten thousand, one pilot's page, and one outcome's.

The many are written as rows, because no bench waits an hour for their verbs: the plan, and the line that the
portfolio reads. The pilots whose pages are measured go through every verb.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from config import embedded
from config.demo.place import Place
from config.environment import BASE_DIR
from config.troubles import Trouble

if TYPE_CHECKING:
    from accounts.models import Person
    from metrics.models import Metric
    from pilots.models import Pilot, SharedLink, Standing
    from tests.cast import Cast

SMALL, LARGE = 100, 10_000
BASELINE_DAYS, WINDOW_DAYS = 126, 24  # 150 points
QUEUED: Final = 2_000
DECIDED: Final = 5_000
DAY: Final = timedelta(days=1)

#: How often each phase, and in it the days since the start, the flags and the verdicts.
_PHASES: Final = {"planning": 20, "open": 30, "stopped": 2, "closed": 43, "cancelled": 5}
_FLAGS: Final = ("not_moving", "wrong_way", "unlikely", "no_data", "source_failing")
_VERDICTS: Final = ("reached", "short", "not_moved", "wrong_way", "unclear")
_DECISIONS: Final = ("scale", "change_course", "run_again", "stop")
_TOPICS: Final = (
    "Objection coach",
    "Call notes",
    "Safety drills",
    "First week guide",
    "Ticket triage",
    "Quote helper",
)
_TEAMS: Final = (
    "mid-market",
    "service desk",
    "plant north",
    "field crews",
    "new starters",
    "claims",
    "Łódź",
    "Zürich",
)


@dataclass(frozen=True)
class World:
    slugs: dict[int, str]  # how many pilots → organisation
    emails: dict[int, str]  # how many pilots → its manager
    password: str
    pilot: int  # the one with 150 points, in the large organisation
    item: str  # the path of an item in the middle of the queue of the large organisation's reviewer
    reviewer: str  # and that reviewer's email
    decided: str  # the executive portfolio of an organisation with five thousand decided pilots
    executive: str  # and its viewer's email
    outcome: int  # the pilot whose outcome is shared, in an organisation of its own
    shared: str  # the path of its shared page

    def portfolio(self, size: int) -> str:
        return f"/{self.slugs[size]}/pilots/"


def open_world(place: Place) -> World:
    """The world of an earlier run if it is of today and of this code, else a new one."""
    told, state = place.var / "world.json", _state()
    kept = json.loads(told.read_text()) if told.exists() else {}
    if kept.get("state") != state:
        told.unlink(missing_ok=True)
        if not embedded.stop_if_unused(place.var):
            raise Trouble(f"another process uses the database under {place.var}: end it first.")
        for name in ("pg", "files"):
            shutil.rmtree(place.var / name, ignore_errors=True)
    embedded.hold(place.var)
    subprocess.run([sys.executable, "-m", "config.demo.prepare"], cwd=BASE_DIR, check=True)
    _set_up_django()
    if kept.get("state") == state:
        kept["world"] |= {
            name: {int(k): v for k, v in kept["world"][name].items()} for name in ("slugs", "emails")
        }
        return World(**kept["world"])
    world = _made()
    told.write_text(json.dumps({"state": state, "world": asdict(world)}))
    return world


def _state() -> str:
    """Changes with the day (a running pilot would end), with the tables and with what fills them."""
    seen = hashlib.sha256(datetime.now(UTC).date().isoformat().encode())
    for path in sorted(
        [*BASE_DIR.glob("*/migrations/*.py"), BASE_DIR / "tests/cast.py", BASE_DIR / "bench/world.py"]
    ):
        seen.update(path.read_bytes())
    return seen.hexdigest()


def _set_up_django() -> None:
    import logging

    import django

    django.setup()
    logging.getLogger().setLevel(logging.ERROR)


def _made() -> World:
    from django.db import connection
    from django.urls import reverse

    from tests.cast import PASSWORD

    now = datetime.now(UTC)
    casts = {size: _organisation(size, now) for size in (SMALL, LARGE)}
    pilot = _walked_pilot(casts[LARGE], now)
    for size, cast in casts.items():
        _fill(cast, size - (1 if size == LARGE else 0), now)
    item = _queue(casts[LARGE], now)
    executives = _organisation(DECIDED, now)
    _decide(executives, pilot, now)
    link = _shared_outcome(_organisation(1, now), now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # else it would be done while we measure
    return World(
        slugs={size: cast.organisation.slug for size, cast in casts.items()},
        emails={size: cast.manager.email for size, cast in casts.items()},
        password=PASSWORD,
        pilot=pilot.pk,
        item=item,
        reviewer=casts[LARGE].reviewer.email,
        decided=f"/{executives.organisation.slug}/outcomes/",
        executive=executives.viewer.email,
        outcome=link.outcome.pilot_id,
        shared=reverse("shared_outcome", args=[link.token]),
    )


def _organisation(size: int, now: datetime) -> Cast:
    from tests.cast import make_cast

    return make_cast(f"bench-{size}", at=now - timedelta(days=400))


def _walked_pilot(cast: Cast, now: datetime) -> Pilot:
    """Running since 24 days, not moving; 126 days of baseline before."""
    from django_scopes import scope

    with scope(organisation=cast.organisation):
        pilot = _walked(cast, now, days=WINDOW_DAYS, level=20.0)
        pilot.read(at=now)
        return pilot


def _shared_outcome(cast: Cast, now: datetime) -> SharedLink:
    """Decided today, after all of its 42 days, in which it fell by two and a half; shared with the board."""
    from django_scopes import scope

    from pilots.models import SharedLink

    with scope(organisation=cast.organisation):
        pilot = _walked(cast, now, days=42, level=17.5)
        words = {
            "learned": "Ten minutes before the first call do more than an hour a week.",
            "other_causes": "None.",
        }
        outcome = pilot.decide(decision="scale", by=cast.manager, at=now, **words)
        return SharedLink.objects.share(outcome, label="The board", days=365, by=cast.manager, at=now)


def _walked(cast: Cast, now: datetime, *, days: int, level: float) -> Pilot:
    from pilots.models import Pilot
    from tests.cast import connect_file, csv_of, make_metric, make_pilot, noise

    launched = now - days * DAY
    values = noise(BASELINE_DAYS) + noise(days, level=level, seed=2)
    metric = make_metric(cast, at=launched)
    first = launched.date() - BASELINE_DAYS * DAY
    connect_file(metric, csv_of(first, values[:BASELINE_DAYS]), by=cast.manager, at=launched)
    pilot = make_pilot(cast, "running", at=launched, metric=metric)
    connect_file(metric, csv_of(first, values), by=cast.manager, at=now)
    found: Pilot = Pilot.objects.get(pk=pilot.pk)
    return found


# --- rows -----------------------------------------------------------------------------------------


def _fill(cast: Cast, count: int, now: datetime) -> None:
    from django_scopes import scope

    from accounts.models import Chain
    from pilots.models import Pilot, Standing

    chance = random.Random(count)
    with scope(organisation=cast.organisation):
        owners, metrics = _owners(cast), _metrics(cast, now)
        chains = Chain.objects.bulk_create(Chain(subject="pilot") for _ in range(count))
        pilots = Pilot.objects.bulk_create(
            _pilot(chance, number, chain, chance.choice(owners), chance.choice(metrics), now)
            for number, chain in enumerate(chains)
        )
        Standing.objects.bulk_create(_standing(chance, pilot, now.date()) for pilot in pilots)


def _queue(cast: Cast, now: datetime) -> str:
    """Two thousand items that wait for a review, of a hundred pilots in planning; the path of one of them."""
    from django_scopes import scope

    from pilots.models import ContentItem, ContentVersion, Pilot

    with scope(organisation=cast.organisation):
        pilots = list(Pilot.objects.filter(standing__phase="planning").order_by("pk")[:100])
        items = ContentItem.objects.bulk_create(
            ContentItem(
                pilot=pilots[number % len(pilots)], title=f"Item {number}", kind="scenario", ai_use="made",
                maker=cast.manager, waits_for="first", waiting_since=now - number * timedelta(minutes=7),
            )
            for number in range(QUEUED)
        )  # fmt: skip
        ContentVersion.objects.bulk_create(
            ContentVersion(item=item, number=1, text="Ask twice, then wait.\n" * 20, sha256="0" * 64, made_by=cast.manager, at=now)
            for item in items
        )  # fmt: skip
    item = items[QUEUED // 2]
    return f"/{cast.organisation.slug}/pilots/{item.pilot_id}/content/{item.pk}/"


def _decide(cast: Cast, walked: Pilot, now: datetime) -> None:
    """Five thousand decided pilots: each with the outcome that a walked one would have, and a line of its own."""
    from django_scopes import scope

    from accounts.canonical import canonical_json
    from accounts.models import Chain
    from pilots import outcome
    from pilots.models import Finding, Outcome, Pilot, Stakeholder, Standing

    chance = random.Random(DECIDED)
    with scope(organisation=walked.organisation):
        reading = walked.latest_reading()
        assert reading
        words = {
            "learned": "Practise daily. " * 12,
            "other_causes": "None.",
            "reason": "",
            "next_step": "More.",
        }
        content = canonical_json(
            outcome.frozen(
                walked, reading, decision="stop", recommended="stop", by=walked.owner, at=now, **words
            )
        )
    with scope(organisation=cast.organisation):
        owners, metrics = _owners(cast), _metrics(cast, now)
        chains = Chain.objects.bulk_create(Chain(subject="pilot") for _ in range(DECIDED))
        pilots = Pilot.objects.bulk_create(
            _pilot(chance, number, chain, chance.choice(owners), chance.choice(metrics), now)
            for number, chain in enumerate(chains)
        )
        sponsors = Stakeholder.objects.bulk_create(
            Stakeholder(pilot=pilot, name=f"Sponsor {number % 40}", email=f"s{number}@bench.example", stance="neutral", is_sponsor=True)
            for number, pilot in enumerate(pilots)
        )  # fmt: skip
        Outcome.objects.bulk_create(
            Outcome(pilot=pilot, by=cast.manager, at=now, decision="stop", recommended="stop", verdict="not_moved",
                    content=content, sha256="0" * 64)
            for pilot in pilots
        )  # fmt: skip
        Standing.objects.bulk_create(
            Standing(pilot=pilot, organisation=cast.organisation, phase="closed", people=40)
            for pilot in pilots
        )
        Finding.objects.bulk_create(
            _finding(chance, *of, now.date()) for of in zip(pilots, sponsors, strict=True)
        )


def _finding(chance: random.Random, pilot: Pilot, sponsor: Any, today: date) -> Any:
    from pilots.models import Finding

    share, error = chance.gauss(0.5, 0.6), chance.uniform(0.05, 0.4)
    low, high = share - 1.96 * error, share + 1.96 * error
    verdict = "wrong_way" if high < 0 else "not_moved" if low <= 0 else "reached" if share >= 1 else "short"
    decided = today - chance.randint(0, 900) * DAY
    return Finding(
        pilot=pilot, organisation_id=pilot.organisation_id, decided_on=decided, planned_on=decided - chance.randint(50, 150) * DAY,
        area=chance.choice(("service", "sales", "operations", "people")), sponsor=sponsor, verdict=verdict, decision="stop",
        share=share, low=low, high=high, relative=share / 8, p_value=math.erfc(abs(share / error) / math.sqrt(2)),
        value=chance.choice((None, 12_000, 40_000)), cost=9_000, currency="€",
    )  # fmt: skip


def _owners(cast: Cast) -> list[Person]:
    from accounts.models import Person

    names = [f"{first} {last}" for first in ("Ines", "Tomasz", "Lena", "Yusuf", "Chloé", "Arjun")
             for last in ("Okafor", "Lindqvist", "García", "Nowak", "Sato")]  # fmt: skip
    slug = cast.organisation.slug
    return Person.objects.bulk_create(
        Person(name=name, email=f"owner{number}@{slug}.example", password="!")
        for number, name in enumerate(names)
    )


def _metrics(cast: Cast, now: datetime) -> list[Metric]:
    from metrics.models import Metric

    kinds = (("Handling time", "min", "mean", "lower", 1), ("Win rate", "%", "proportion", "higher", 0),
             ("Tickets", "", "total", "lower", 0), ("Revenue per rep", "€", "mean", "higher", 0))  # fmt: skip
    return Metric.objects.bulk_create(
        Metric(
            organisation=cast.organisation, name=f"{name}, {team}", unit=unit, kind=kind, direction=direction,
            decimals=decimals, cadence="daily", category="service", created_by=cast.manager, created_at=now,
        )
        for name, unit, kind, direction, decimals in kinds for team in _TEAMS
    )  # fmt: skip


def _pilot(
    chance: random.Random, number: int, chain: Any, owner: Person, metric: Metric, now: datetime
) -> Pilot:
    from pilots.models import Pilot

    return Pilot(
        organisation_id=metric.organisation_id, chain=chain, owner=owner, metric=metric,
        title=f"{chance.choice(_TOPICS)} for {chance.choice(_TEAMS)} {number}", problem="It hurts every month.",
        target=chance.uniform(5, 90), planned_reach=chance.randint(10, 200), created_at=now - 60 * DAY,
    )  # fmt: skip


def _standing(chance: random.Random, pilot: Pilot, today: date) -> Standing:
    from pilots.models import Standing

    (phase,) = chance.choices(list(_PHASES), list(_PHASES.values()))
    # One open pilot in eight is past its last day and waits for a decision.
    start = (
        today + chance.randint(1, 40) * DAY if phase == "planning" else today - chance.randint(0, 48) * DAY
    )
    read = phase in {"open", "stopped", "closed"}
    flags = chance.choice((0, 0, 0, 1, 1, 2)) if phase == "open" else 0
    ended = phase in {"stopped", "closed"} or (phase == "open" and start + 42 * DAY <= today)
    verdict = chance.choice(_VERDICTS) if ended else "running"
    return Standing(
        pilot=pilot, organisation_id=pilot.organisation_id, phase=phase, start=start, ends_on=start + 42 * DAY,
        open_flags=flags, top_flag=chance.choice(_FLAGS) if flags else "", verdict=verdict if read else "",
        latest=chance.uniform(5, 90) if read else None, baseline=chance.uniform(5, 90) if read else None,
        decision=chance.choice(_DECISIONS) if phase == "closed" else "", moving=chance.random() < 0.3,
        spark="M" + " ".join(f"{6 * week} {chance.randint(0, 20)}" for week in range(18)) if read else "",
    )  # fmt: skip
