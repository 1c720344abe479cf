"""Every operation × every caller answers as the API's table in ``docs/access.md`` says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
from django.test import override_settings
from django_scopes import scope

from accounts.models import ApiToken, Bucket, Event
from config.api import api
from metrics.models import Pull
from tests.api.client import Program, acting_token, make_pushed_metric, make_token
from tests.api.operations import table
from tests.cast import NOW, Cast, make_cast, make_measured_metric, make_pilot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday", "bell")]

CALLERS: Final = ("no token", "read", "push", "act for a viewer", "act for a manager", "a foreign token")
BODIES: Final = {
    "POST /metrics": {
        "name": "Win rate", "kind": "proportion", "unit": "%", "direction": "higher", "cadence": "weekly", "category": "sales",
    },
    "POST /metrics/{metric_id}/snapshots": {"points": [{"day": "2026-05-29", "value": 1}]},
    "POST /pilots/{pilot_id}/content/{item_id}/releases": {"number": 1, "to": "All reps"},
}  # fmt: skip


@dataclass(frozen=True)
class Rooms:
    """One organisation's numbers, by the names that they have in addresses."""

    cast: Cast
    metric_id: int
    source_id: int
    pull_id: int
    series_id: int
    pushed_id: int
    pilot_id: int
    item_id: int


def furnish(slug: str) -> Rooms:
    cast = make_cast(slug)
    with scope(organisation=cast.organisation):
        metric = make_measured_metric(cast)
        pushed = make_pushed_metric(cast, name="Pushed")
        pull = Pull.objects.get()
        pilot = make_pilot(cast, "ready", metric=metric)
        return Rooms(
            cast, metric.pk, metric.source.pk, pull.pk, metric.series.get().pk, pushed.pk, pilot.pk, pilot.content.get().pk
        )  # fmt: skip


@pytest.fixture
def rooms(db: None) -> Rooms:
    return furnish("northwind")


def operations() -> list[str]:
    paths = api.get_openapi_schema()["paths"]
    return [
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in paths.items()
        for method in methods
    ]


def address(operation: str, rooms: Rooms) -> str:
    path = operation.partition(" ")[2]
    if path.endswith("/snapshots") and operation.startswith("POST"):
        return path.format(metric_id=rooms.pushed_id)
    return path.format(**{name: getattr(rooms, name) for name in re.findall(r"{(\w+)}", path)})


def token_of(caller: str, rooms: Rooms) -> str:
    match caller.split():
        case ["no", "token"]:
            return ""
        case ["act", "for", "a", role]:
            return acting_token(rooms.cast, role)
        case [scope]:
            return make_token(rooms.cast, scope)
    return acting_token(make_cast("southwind"), "manager")


def ask(operation: str, path: str, token: str) -> Any:
    return Program(token).ask(operation.partition(" ")[0], path, BODIES.get(operation, b""))


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert sorted(table()) == sorted(operations())
    assert {tuple(row) for row in table().values()} == {CALLERS}


@pytest.mark.parametrize("operation", table())
def test_answers(rooms: Rooms, operation: str) -> None:
    path = address(operation, rooms)
    given = {}
    for caller in CALLERS:
        token = token_of(caller, rooms)
        events = Event.objects.count()
        answer = ask(operation, path, token)
        given[caller] = str(answer.status_code)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert Event.objects.count() == events
    assert given == table()[operation]


@pytest.mark.parametrize("given", [False, True, "1", 1.5, None])
def test_what_is_no_whole_number_counts_as_none(rooms: Rooms, given: object) -> None:
    program = Program(acting_token(rooms.cast, "administrator"))
    metric = {**BODIES["POST /metrics"], "decimals": given}
    release = {"number": given, "to": "All reps"}
    answers = [
        program.ask("POST", "/metrics", metric),
        program.ask("POST", f"/pilots/{rooms.pilot_id}/content/{rooms.item_id}/releases", release),
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert [answer.json()["errors"][0]["field"] for answer in answers] == ["decimals", "number"]


@pytest.mark.parametrize("operation", [one for one in table() if "{" in one])
def test_what_is_foreign_is_missing_byte_for_byte(rooms: Rooms, operation: str) -> None:
    theirs = furnish("southwind")
    names = re.findall(r"{(\w+)}", operation)
    missing = operation.partition(" ")[2].format(**dict.fromkeys(names, 999_999_999))
    token = acting_token(rooms.cast, "administrator")
    answers = [ask(operation, path, token) for path in (address(operation, theirs), missing)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


# --- tokens -------------------------------------------------------------------------------------------


class TestTokensEnd:
    @pytest.fixture
    def program(self, rooms: Rooms) -> Program:
        return Program(acting_token(rooms.cast, "manager"))

    def test_when_they_are_revoked(self, rooms: Rooms, program: Program) -> None:
        assert program.get("/metrics").status_code == 200
        ApiToken.objects.get().revoke(by=rooms.cast.administrator, at=NOW)
        assert program.get("/metrics").status_code == 401

    def test_when_their_time_is_over(self, rooms: Rooms) -> None:
        program = Program(make_token(rooms.cast, "read", expires_at=NOW))
        assert program.get("/metrics").status_code == 401

    def test_when_the_member_leaves(self, rooms: Rooms, program: Program) -> None:
        rooms.cast.organisation.memberships.get(person=rooms.cast.manager).end(
            by=rooms.cast.administrator, at=NOW
        )
        assert program.get("/metrics").status_code == 401

    def test_when_the_member_has_a_lesser_role(self, rooms: Rooms, program: Program) -> None:
        member = rooms.cast.organisation.memberships.get(person=rooms.cast.manager)
        member.change_role("viewer", by=rooms.cast.administrator, at=NOW)
        assert program.get("/metrics").status_code == 401

    def test_but_a_greater_role_makes_no_greater_token(self, rooms: Rooms) -> None:
        program = Program(acting_token(rooms.cast, "viewer"))
        member = rooms.cast.organisation.memberships.get(person=rooms.cast.viewer)
        member.change_role("administrator", by=rooms.cast.administrator, at=NOW)
        assert program.get("/metrics").status_code == 200
        assert program.ask("POST", f"/sources/{rooms.source_id}/pulls").status_code == 403

    def test_when_the_account_is_closed(self, rooms: Rooms, program: Program) -> None:
        rooms.cast.manager.is_active = False
        rooms.cast.manager.save()
        assert program.get("/metrics").status_code == 401


def test_what_a_token_does_for_somebody_is_in_their_name_and_in_its_own(rooms: Rooms) -> None:
    Program(acting_token(rooms.cast, "manager")).ask("POST", f"/sources/{rooms.source_id}/pulls")
    event = Event.objects.latest("pk")
    assert event.verb == "source.pull_asked"
    assert event.detail.details["actor"] == "Mia Lindqvist (by the token “A act token”)"


def test_the_sweep_forgets_what_nobody_can_ask_for(rooms: Rooms) -> None:
    from accounts.tasks import sweep

    Program(make_token(rooms.cast, "read")).get("/metrics")
    sweep()
    assert Bucket.objects.count() == 1
    Bucket.objects.update(filled_at=NOW - timedelta(days=400))
    sweep()
    assert not Bucket.objects.exists()


def test_last_use_is_known_and_not_written_each_time(rooms: Rooms) -> None:
    program = Program(make_token(rooms.cast, "read"))
    program.get("/metrics")
    first = ApiToken.objects.get().last_used_at
    program.get("/metrics")
    assert first is not None
    assert ApiToken.objects.get().last_used_at == first


def test_only_the_digest_of_a_token_is_kept(rooms: Rooms) -> None:
    raw = make_token(rooms.cast)
    assert raw not in str(ApiToken.objects.values().get())
    assert len(raw) > 40


# --- limits -------------------------------------------------------------------------------------------


class TestLimits:
    def test_a_token_that_comes_too_often_is_told_to_wait(self, rooms: Rooms) -> None:
        program, other = Program(make_token(rooms.cast, "read")), Program(make_token(rooms.cast, "read"))
        with override_settings(API_PER_MINUTE=3):
            answers = [program.get("/metrics") for _request in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            assert answers[-1]["Retry-After"] == "20"
            assert other.get("/metrics").status_code == 200
            Bucket.objects.update(filled_at=NOW - timedelta(days=400))
            assert program.get("/metrics").status_code == 200

    def test_an_address_that_tries_many_tokens_is_told_to_wait(self, rooms: Rooms) -> None:
        good = Program(make_token(rooms.cast, "read"))
        with override_settings(API_FAILURES_PER_MINUTE=2):
            statuses = [Program("plt_guess").get("/metrics").status_code for _try in range(3)]
            assert statuses == [401, 401, 429]
            assert good.get("/metrics").status_code == 200

    @pytest.mark.parametrize(("proxies", "statuses"), [(0, [401, 429]), (1, [401, 401]), (2, [401, 429])])
    def test_only_what_our_own_proxies_saw_counts_as_the_address(
        self, rooms: Rooms, proxies: int, statuses: list[int]
    ) -> None:
        """The last address changes, as a proxy of ours sees it; what stands left of it anybody can write."""
        given = []
        with override_settings(API_FAILURES_PER_MINUTE=1, ALLAUTH_TRUSTED_PROXY_COUNT=proxies):
            for seen in ("198.51.100.1", "198.51.100.2"):
                headers = {"X-Forwarded-For": f"192.0.2.{seen[-1]}, 203.0.113.9, {seen}"}
                given.append(Program().ask("GET", "/metrics", **headers).status_code)
        assert given == statuses


def test_addresses_that_do_not_exist(rooms: Rooms) -> None:
    for path in ("", "/", "/nothing", "/metrics/", "/../"):
        answer = Program().client.get(f"/api/v1{path}")
        assert (path, answer.status_code, answer["Content-Type"]) == (path, 404, "application/problem+json")


def test_other_methods_are_refused(rooms: Rooms) -> None:
    answer = Program(acting_token(rooms.cast, "manager")).ask("DELETE", "/metrics")
    assert (answer.status_code, set(answer["Allow"].split(", "))) == (405, {"GET", "POST"})


def test_the_answer_has_the_headers_of_the_house(rooms: Rooms) -> None:
    answer = Program(make_token(rooms.cast, "read")).get("/metrics")
    assert answer["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
