"""One new value by a token that was seen before: one statement, and everything that the long way holds it to."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import ApiToken, Bucket
from metrics.models import Jump, Metric, Pull, Snapshot, SnapshotRevision, Source
from tests.api.client import Program, make_pushed_metric, make_token
from tests.cast import NOW, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def point(day: int, value: float = 18.4, **more: object) -> dict[str, object]:
    return {"day": f"2026-05-{day:02}", "value": value, **more}


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_pushed_metric(scoped)


@pytest.fixture
def program(scoped: Cast, metric: Metric) -> Program:
    """One that has pushed before."""
    program = Program(make_token(scoped))
    assert program.push(metric, point(1)).status_code == 200
    return program


def values(metric: Metric) -> dict[int, float | None]:
    found = Snapshot.objects.filter(series__metric=metric).order_by("day")
    return {day.day: value for day, value in found.values_list("day", "value")}


def test_one_statement_stores_it_with_where_it_came_from(program: Program, metric: Metric) -> None:
    ApiToken.objects.update(last_used_at=None)
    Source.objects.filter(pk=metric.source.pk).update(failing_since=NOW)
    with CaptureQueriesContext(connection) as asked:
        answer = program.push(metric, point(2, n=3, sum_of_squares=1100))
    assert len(asked) == 1
    pull = Pull.objects.latest("pk")
    assert answer.json() == {"pull_id": pull.pk, "new": 1, "changed": 0, "unchanged": 0, "left_out": 0}
    kept = Snapshot.objects.get(day="2026-05-02")
    assert (kept.value, kept.n, kept.sum_of_squares, kept.pull_id) == (18.4, 3, 1100, pull.pk)
    first = Pull.objects.earliest("pk")
    same = (
        "source_id",
        "state",
        "started_at",
        "finished_at",
        "rows_new",
        "token_id",
        "understood",
        "problems",
        "error",
    )
    assert [getattr(pull, name) for name in same] == [getattr(first, name) for name in same]
    assert len(pull.content_sha256) == 64
    metric.source.refresh_from_db()
    assert (metric.source.news_at, metric.source.failing_since) == (NOW, None)
    assert ApiToken.objects.get().last_used_at is not None


def test_the_same_again_and_another_value_for_the_day(program: Program, metric: Metric) -> None:
    program.push(metric, point(2))
    assert program.push(metric, point(2)).json()["unchanged"] == 1
    assert program.push(metric, point(2, 19)).json()["changed"] == 1
    assert SnapshotRevision.objects.get().value == 18.4
    assert values(metric) == {1: 18.4, 2: 19.0}


def test_what_does_not_fit_is_told_as_ever(program: Program, metric: Metric) -> None:
    for body, status in [
        ({"day": "2026-06-02", "value": 1}, 422),
        ({"day": "2026-05-02", "value": "1"}, 422),
        ({"day": "2026-05-02", "value": 1, "group": "a\0"}, 422),
    ]:
        assert program.push(metric, body).status_code == status
    assert program.ask("POST", f"/metrics/{metric.pk}/snapshots", "{").status_code == 400
    assert program.ask("POST", f"/metrics/{metric.pk}/snapshots", "{}", kind="text/plain").status_code == 415
    assert program.push(metric, point(2), key="ä").status_code == 400
    assert values(metric) == {1: 18.4}


def test_a_group_that_comes_for_the_first_time(program: Program, metric: Metric) -> None:
    assert program.push(metric, point(2, group="Team A")).json()["new"] == 1
    assert program.push(metric, point(3, group="Team A")).json()["new"] == 1
    assert Snapshot.objects.filter(series__group="Team A").count() == 2


class TestWhatHasChangedSince:
    """Nothing rests on what is remembered of a token and its metric."""

    def test_a_token_that_was_ended(self, program: Program, metric: Metric, scoped: Cast) -> None:
        ApiToken.objects.get().revoke(by=scoped.administrator, at=NOW)
        assert program.push(metric, point(2)).status_code == 401

    def test_a_token_whose_last_day_is_over(self, program: Program, metric: Metric) -> None:
        ApiToken.objects.update(expires_at=NOW - timedelta(seconds=1))
        assert program.push(metric, point(2)).status_code == 401

    def test_a_metric_that_is_another_kind(self, program: Program, metric: Metric) -> None:
        Metric.objects.update(kind="proportion")
        (error,) = program.push(metric, point(2)).json()["errors"]
        assert "A share lies between" in error["message"]

    def test_a_metric_of_weeks(self, program: Program, metric: Metric) -> None:
        Metric.objects.update(cadence="weekly")
        assert "Monday" in program.push(metric, point(2)).json()["errors"][0]["message"]

    def test_the_organisations_day(self, program: Program, metric: Metric, scoped: Cast) -> None:
        tomorrow = {"day": "2026-06-02", "value": 18.0}
        assert program.push(metric, tomorrow).status_code == 422
        scoped.organisation.time_zone = "Pacific/Kiritimati"
        scoped.organisation.save()
        assert program.push(metric, point(2)).status_code == 200  # looked up anew, and remembered anew
        kept = program.push(metric, tomorrow).status_code
        assert kept == 200

    def test_a_source_that_is_not_pushed_to(self, program: Program, metric: Metric, scoped: Cast) -> None:
        Source.objects.connect(metric, "typed", settings={}, by=scoped.manager, at=NOW)
        assert program.push(metric, point(2)).status_code == 409


def test_each_one_is_taken_from_the_bucket_and_the_last_is_refused(
    program: Program, metric: Metric, settings: Settings
) -> None:
    settings.API_PER_MINUTE = 3
    Bucket.objects.all().delete()
    answers = [program.push(metric, point(day)) for day in range(2, 7)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert len(values(metric)) == 4


def test_a_key_is_answered_once(program: Program, metric: Metric) -> None:
    first = program.push(metric, point(2), key="k1")
    again = program.push(metric, point(2), key="k1")
    assert (first.content, again["Idempotent-Replayed"]) == (again.content, "true")
    assert program.push(metric, point(3), key="k1").status_code == 422
    assert (Pull.objects.count(), values(metric)) == (2, {1: 18.4, 2: 18.4})


class TestALeap:
    """Asked about as of what is pulled (``tests/metrics/models/test_jumps.py``)."""

    def test_of_a_single_value(self, program: Program, metric: Metric) -> None:
        assert program.push(metric, point(2, 1840)).json()["new"] == 1
        jump = Jump.objects.get()
        assert (jump.day.day, jump.before, jump.after, jump.pull_id) == (
            2,
            18.4,
            1840,
            Pull.objects.latest("pk").pk,
        )
        assert program.push(metric, point(2, 18)).json()["changed"] == 1
        assert not Jump.objects.exists()

    def test_of_a_value_before_those_that_are_known(self, program: Program, metric: Metric) -> None:
        program.push(metric, {"day": "2026-04-30", "value": 0.2})
        assert Jump.objects.get().day.day == 1

    def test_of_several_at_once(self, program: Program, metric: Metric) -> None:
        program.push(metric, point(2, 17, group="a"), point(3, 170.1, group="a"), point(2, 0), point(3, 19))
        assert (Jump.objects.get().series.group, Jump.objects.get().day.day) == ("a", 3)

    def test_a_value_between_takes_the_question_back(self, program: Program, metric: Metric) -> None:
        program.push(metric, point(9, 200))
        assert Jump.objects.get().day.day == 9
        program.push(metric, point(5, 60))
        assert not Jump.objects.exists()


def test_each_way_leaves_a_line_with_the_requests_id(
    program: Program, metric: Metric, capsys: pytest.CaptureFixture[str]
) -> None:
    program.push(metric, point(2))
    program.push(metric, point(2))
    program.push(metric, {"day": "2026-06-02", "value": 1})
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    told = [(line["event"], line["code"], line["level"]) for line in lines]
    assert told == [("request_finished", 200, "info")] * 2 + [("request_finished", 422, "warning")]
    assert lines[0]["request"] == f"POST /api/v1/metrics/{metric.pk}/snapshots"
    assert (lines[0]["ip"], len({line["request_id"] for line in lines})) == ("127.0.0.1", 3)
