"""The same push many times at once; two pushes to one series; a program that dies with its key."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, connections, transaction

from accounts.models import Answered, ApiToken
from metrics.models import Metric, Pull, Snapshot, SnapshotRevision
from tests.api.client import Program, make_pushed_metric, make_token
from tests.cast import Cast
from tests.races.together import CHANCES, together

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]
POINTS = [{"day": f"2026-05-{day:02}", "value": day} for day in range(1, 29)]


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_pushed_metric(scoped)


def test_the_same_request_at_once_is_carried_out_once(scoped: Cast, metric: Metric) -> None:
    token = make_token(scoped)
    for number in range(CHANCES):
        push = lambda key=f"key-{number}": Program(token).push(metric, *POINTS, key=key)  # noqa: E731
        answers = together(scoped.organisation, *[push] * 5)
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) <= {200, 409}
        assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
        assert all(answer["Retry-After"] == "1" for answer in answers if answer.status_code == 409)
        assert push().content in {answer.content for answer in answers}
    assert Pull.objects.count() == CHANCES
    assert Snapshot.objects.count() == len(POINTS)


def test_two_values_for_a_day_at_once_keep_one_of_them_as_a_revision(scoped: Cast, metric: Metric) -> None:
    programs = [Program(make_token(scoped)) for _two in range(2)]
    for number in range(CHANCES):
        values = [100 + 2 * number, 101 + 2 * number]
        pushes = [
            lambda program=program, value=value: program.push(metric, {"day": "2026-05-29", "value": value})
            for program, value in zip(programs, values, strict=True)
        ]
        assert {answer.status_code for answer in together(scoped.organisation, *pushes)} == {200}
    assert Snapshot.objects.count() == 1
    assert SnapshotRevision.objects.count() == 2 * CHANCES - 1


def test_one_new_value_pushed_by_several_at_once_is_stored_once(scoped: Cast, metric: Metric) -> None:
    programs = [Program(make_token(scoped)) for _three in range(3)]
    for program in programs:
        program.push(metric, {"day": "2026-04-01", "value": 100})
    for number in range(1, CHANCES + 1):
        point = {"day": f"2026-05-{number:02}", "value": 100}
        answers = together(
            scoped.organisation,
            *[lambda program=one, point=point: program.push(metric, point) for one in programs],
        )
        assert sorted(answer.json()["new"] for answer in answers) == [0, 0, 1]
    assert Snapshot.objects.count() == 1 + CHANCES
    assert not SnapshotRevision.objects.exists()


def test_a_connection_that_broke_while_it_was_idle_is_made_again(scoped: Cast, metric: Metric) -> None:
    program = Program(make_token(scoped))
    program.push(metric, {"day": "2026-05-01", "value": 100})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()

    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    together(scoped.organisation, end)
    assert program.push(metric, {"day": "2026-05-02", "value": 100}).json()["new"] == 1


def test_a_killed_connection_frees_its_key_at_once(scoped: Cast, metric: Metric) -> None:
    token = make_token(scoped)
    pk = ApiToken.objects.get().pk

    def hold_and_die() -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                assert Answered.objects.claim(pk, "k1")[0]
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        except OperationalError:
            pass
        connections.close_all()

    together(scoped.organisation, hold_and_die)
    assert Program(token).push(metric, *POINTS, key="k1").json()["new"] == len(POINTS)


def test_while_a_key_is_held_the_repeat_is_told_to_wait(scoped: Cast, metric: Metric) -> None:
    token = make_token(scoped)
    pk = ApiToken.objects.get().pk
    with transaction.atomic():
        assert Answered.objects.claim(pk, "k1")[0]
        (answer,) = together(scoped.organisation, lambda: Program(token).push(metric, *POINTS, key="k1"))
    assert (answer.status_code, answer["Retry-After"]) == (409, "1")
    assert Program(token).push(metric, *POINTS, key="k1").status_code == 200
