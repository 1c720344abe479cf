"""Idempotency keys: the same request once, another one never under the same key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Answered
from metrics.models import Metric, Pull, Snapshot
from tests.api.client import Program, make_pushed_metric, make_token
from tests.cast import NOW, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

POINT = {"day": "2026-05-29", "value": 18.4}


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_pushed_metric(scoped)


def test_the_same_again_is_answered_alike_and_done_once(scoped: Cast, metric: Metric) -> None:
    program = Program(make_token(scoped))
    first, again = (program.push(metric, POINT, key="k1") for _twice in range(2))
    assert (first.content, first.get("Idempotent-Replayed")) == (again.content, None)
    assert again["Idempotent-Replayed"] == "true"
    assert Pull.objects.count() == 1


def test_another_request_under_the_key_is_refused(scoped: Cast, metric: Metric) -> None:
    program, other = Program(make_token(scoped)), make_pushed_metric(scoped, name="Other")
    program.push(metric, POINT, key="k1")
    assert program.push(metric, {**POINT, "value": 1}, key="k1").status_code == 422
    assert program.push(other, POINT, key="k1").status_code == 422
    assert Snapshot.objects.get().value == 18.4


def test_a_key_belongs_to_its_token(scoped: Cast, metric: Metric) -> None:
    for value in (1, 2):
        assert (
            Program(make_token(scoped)).push(metric, {**POINT, "value": value}, key="k1").status_code == 200
        )


def test_what_was_refused_may_come_again_put_right(scoped: Cast, metric: Metric) -> None:
    program = Program(make_token(scoped))
    assert program.push(metric, {"day": "x"}, key="k1").status_code == 422
    assert program.push(metric, POINT, key="k1").status_code == 200


def test_a_fault_in_the_middle_leaves_neither_values_nor_key(
    scoped: Cast, metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(make_token(scoped), raise_request_exception=False)
    with monkeypatch.context() as broken:
        broken.setattr(Answered.objects, "keep", lambda *args: 1 / 0)
        assert program.push(metric, POINT, key="k1").status_code == 500
    assert not Snapshot.objects.exists()
    assert program.push(metric, POINT, key="k1").json()["new"] == 1


@pytest.mark.parametrize("key", ["", "two words", "ü", "k" * 201])
def test_keys_that_are_none(scoped: Cast, metric: Metric, key: str) -> None:
    answer = Program(make_token(scoped)).ask(
        "POST", f"/metrics/{metric.pk}/snapshots", {"points": [POINT]}, **{"Idempotency-Key": key}
    )
    assert answer.status_code == 400


def test_after_a_day_a_key_is_forgotten(scoped: Cast, metric: Metric) -> None:
    program = Program(make_token(scoped))
    program.push(metric, POINT, key="k1")
    Answered.objects.update(at=NOW - timedelta(days=400))
    assert program.push(metric, {**POINT, "value": 2}, key="k1").json()["changed"] == 1
    assert Answered.objects.forget_old() == 0
    Answered.objects.update(at=NOW - timedelta(days=400))
    assert Answered.objects.forget_old() == 1
