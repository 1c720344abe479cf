"""LINKS: that the time of an answer does not tell which link there is: what is unknown, over or deleted costs what any other does.

Every kind is asked for in turn, five hundred times, on one connection that is kept open.
"""

from __future__ import annotations

import http.client
import random
import sys
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from django.urls import reverse
from django_scopes import scopes_disabled

from accounts.links import hashed, token_for
from bench.kinds import Bar, Bench, Costs
from bench.load import HOST
from bench.servers import cookies, get, open_form, running
from bench.world import World
from config.demo.place import Place
from config.environment import VAR_DIR
from config.troubles import Trouble

if TYPE_CHECKING:
    from pilots.models import Outcome

TRIES: Final = 500
WARM_UP: Final = 10
MOST: Final = 5  # milliseconds between the medians of two kinds
PASSWORD: Final = "a long enough sentence"


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of link, as it is asked for: by a form if there is one."""

    name: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


def _judge(world: World, costs: Costs) -> list[Bar]:
    from pilots.models import Outcome

    with scopes_disabled():
        outcome = Outcome.objects.select_related("pilot__organisation__chain", "pilot__chain", "by").get(
            pilot=world.outcome
        )
        shared, locked = _shared(outcome)
        keys, invitations = _mailed(outcome), _invitations(outcome)
    with running(Place(VAR_DIR), "links", "config.wsgi") as web:
        groups = {
            "shared outcomes that lead nowhere": shared,
            "a password, wrong or right": _passwords(web.port, locked),
            "mailed links, known or not": _doors(keys),
            "mailed links' pages that lead nowhere": _pages(web.port, keys),
            "invitations that lead nowhere": invitations,
        }
        return [
            Bar(f"{name}: between medians", MOST, _spread(web.port, kinds), " ms")
            for name, kinds in groups.items()
        ]


# --- what is asked for ------------------------------------------------------------------------------


def _shared(outcome: Outcome) -> tuple[list[Kind], str]:
    """Links to an outcome that open nothing any more, and the path of one behind a password."""
    from pilots.models import SharedLink

    now, by = datetime.now(UTC), outcome.by

    def share(*, days: int = 30, password: str = "") -> SharedLink:
        return SharedLink.objects.share(
            outcome, label="A bench", days=days, password=password, by=by, at=now - timedelta(days=8)
        )

    def path(link: SharedLink) -> str:
        return reverse("shared_outcome", args=[link.token])

    ended, deleted, locked = share(), share(), share(password=PASSWORD)
    ended.revoke(by=by, at=now)
    SharedLink.objects.filter(pk=deleted.pk).delete()  # as it is when its pilot is
    paths = {"run out": path(share(days=7)), "ended": path(ended), "deleted": path(deleted)}
    kinds = [Kind(name, path, 404) for name, path in paths.items()]
    kinds.append(Kind("guessed", reverse("shared_outcome", args=["x" * 43]), 404))
    kinds.append(Kind("a file behind a password", f"{path(locked)}outcome.json", 404))
    return kinds, path(locked)


def _passwords(port: int, path: str) -> list[Kind]:
    headers, token = open_form(port, path)
    return [
        Kind(name, path, status, headers, {"password": password, "csrfmiddlewaretoken": token})
        for name, status, password in (("wrong", 422, PASSWORD.upper()), ("right", 302, PASSWORD))
    ]


def _mailed(outcome: Outcome) -> dict[str, UUID]:
    """The keys of links to one stakeholder, by how they stand."""
    from pilots.models import StakeholderLink

    now = datetime.now(UTC)
    stakeholder = outcome.pilot.stakeholders.earliest("pk")
    ends = {"good": {}, "run out": {"expires_at": now}, "replaced": {"replaced_at": now}, "deleted": {}}
    keys = {name: uuid4() for name in ends}
    for name, end in ends.items():
        StakeholderLink.objects.create(
            key=keys[name], token_hash=hashed(_token(keys[name])), stakeholder=stakeholder, purpose="question", sent_at=now,
            **{"expires_at": now + timedelta(days=30), **end},
        )  # fmt: skip
    return keys


def _doors(keys: Mapping[str, UUID]) -> list[Kind]:
    """Where the token of a mail is exchanged for a cookie."""
    kinds = [Kind(name, f"/s/{_token(key)}/", 302) for name, key in keys.items() if name != "deleted"]
    return [*kinds, Kind("guessed", f"/s/{'x' * 43}/", 404)]


def _pages(port: int, keys: Mapping[str, UUID]) -> list[Kind]:
    """What is behind, for a browser that came by a link which holds no more; and for one that never did."""
    from pilots.models import StakeholderLink

    kinds = []
    for name in ("run out", "replaced", "deleted"):
        answer, _page = get(port, f"/s/{_token(keys[name])}/")
        kinds.append(Kind(name, f"/s/{keys[name]}/", 404, {"Cookie": cookies(answer)}))
    with scopes_disabled():
        StakeholderLink.objects.filter(key=keys["deleted"]).delete()  # as it is when its pilot is
    kinds.append(Kind("another's, without a cookie", f"/s/{keys['good']}/", 404))
    return [*kinds, Kind("guessed", f"/s/{uuid4()}/", 404)]


def _token(key: UUID) -> str:
    return token_for("stakeholder", key.hex)


def _invitations(outcome: Outcome) -> list[Kind]:
    from accounts.models import Invitation

    now = datetime.now(UTC)
    ends = {
        "run out": {"expires_at": now},
        "withdrawn": {"withdrawn_at": now},
        "accepted": {"accepted_at": now},
    }
    tokens = {name: token_for("invitation", uuid4().hex) for name in ends}
    for name, end in ends.items():
        Invitation.objects.filter(email=f"{name[:3]}@bench.example").delete()
        Invitation.objects.create(
            organisation=outcome.pilot.organisation, email=f"{name[:3]}@bench.example", role="viewer", invited_by=outcome.by,
            token_hash=hashed(tokens[name]), created_at=now, **{"expires_at": now + timedelta(days=14), **end},
        )  # fmt: skip
    return [
        Kind(name, reverse("invitation", args=[token]), 404)
        for name, token in {**tokens, "guessed": "x" * 43}.items()
    ]


# --- how long it takes ------------------------------------------------------------------------------


def _spread(port: int, kinds: list[Kind]) -> float:
    """The most by which the medians of two kinds differ. What leads nowhere is told with the very same bytes."""
    took: dict[str, list[float]] = {kind.name: [] for kind in kinds}
    nowhere: set[bytes] = set()
    connection, chance = http.client.HTTPConnection(HOST, port, timeout=30), random.Random(TRIES)
    for number in range(TRIES + WARM_UP):
        for kind in chance.sample(kinds, len(kinds)):
            milliseconds, body = _asked(connection, kind)
            if number >= WARM_UP:
                took[kind.name].append(milliseconds)
            if kind.status == http.client.NOT_FOUND:
                nowhere.add(body)
    connection.close()
    if len(nowhere) > 1:
        raise Trouble(f"{', '.join(took)} are not told alike.")
    medians = {name: median(times) for name, times in took.items()}
    sys.stderr.write(f"LINKS: {', '.join(f'{name} {middle:.2f} ms' for name, middle in medians.items())}.\n")
    return max(medians.values()) - min(medians.values())


def _asked(connection: http.client.HTTPConnection, kind: Kind) -> tuple[float, bytes]:
    if kind.form:
        from accounts.models import Bucket

        Bucket.objects.all().delete()  # or the sixth try of a minute would be none
    begun = time.perf_counter()
    connection.request(
        "POST" if kind.form else "GET", kind.path, urllib.parse.urlencode(kind.form), dict(kind.headers)
    )
    answer = connection.getresponse()
    body = answer.read()
    took = 1000 * (time.perf_counter() - begun)
    if answer.status != kind.status:
        raise Trouble(
            f"{kind.name} answers {answer.status} instead of {kind.status}: see {VAR_DIR / 'logs'}."
        )
    return took, body


BENCH = Bench("LINKS", "Links tell nothing by their time", _judge)
