"""Pushing values: what is stored, once, and what is said of what does not fit."""

from __future__ import annotations

import hashlib
import json

import pytest

from metrics.models import Metric, Pull, Series, Snapshot, SnapshotRevision
from tests.api.client import Program, acting_token, make_pushed_metric, make_token
from tests.cast import Cast, make_measured_metric

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

POINT = {"day": "2026-05-29", "value": 18.4}


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_pushed_metric(scoped)


@pytest.fixture
def program(scoped: Cast) -> Program:
    return Program(make_token(scoped))


def values(metric: Metric, group: str = "") -> dict[str, float | None]:
    found = Snapshot.objects.filter(series__metric=metric, series__group=group)
    return {day.isoformat(): value for day, value in found.values_list("day", "value")}


class TestWhatIsStored:
    def test_points_with_where_they_came_from(self, program: Program, metric: Metric) -> None:
        answer = program.push(
            metric, POINT, {"day": "2026-05-30", "value": 19, "n": 3, "sum_of_squares": 1100}
        )
        pull = Pull.objects.get()
        assert answer.json() == {"pull_id": pull.pk, "new": 2, "changed": 0, "unchanged": 0, "left_out": 0}
        assert values(metric) == {"2026-05-29": 18.4, "2026-05-30": 19.0}
        assert (pull.state, pull.rows_new, pull.token and pull.token.name) == ("done", 2, "A push token")
        body = json.dumps(
            {"points": [POINT, {"day": "2026-05-30", "value": 19, "n": 3, "sum_of_squares": 1100}]}
        )
        assert pull.content_sha256 == hashlib.sha256(body.encode()).hexdigest()
        metric.source.refresh_from_db()
        assert metric.source.news_at == pull.finished_at

    def test_the_same_again_changes_nothing_and_another_value_keeps_the_earlier_one(
        self, program: Program, metric: Metric
    ) -> None:
        program.push(metric, POINT)
        assert program.push(metric, POINT).json()["unchanged"] == 1
        assert program.push(metric, {**POINT, "value": 20}).json()["changed"] == 1
        earlier = SnapshotRevision.objects.get()
        first, _again, last = Pull.objects.order_by("pk")
        assert (earlier.value, earlier.pull_id, earlier.replaced_by_id) == (18.4, first.pk, last.pk)
        assert values(metric) == {"2026-05-29": 20.0}

    def test_counts_stand_in_the_metrics_unit(self, program: Program, scoped: Cast) -> None:
        share = make_pushed_metric(scoped, kind="proportion", unit="%", per=100.0)
        assert (
            program.push(share, {"day": "2026-05-29", "numerator": 22, "denominator": 88}).status_code == 200
        )
        assert values(share) == {"2026-05-29": 25.0}

    def test_groups_have_series_of_their_own(self, program: Program, metric: Metric) -> None:
        program.push(metric, {**POINT, "group": " Team A "}, {**POINT, "group": "Team B"}, POINT)
        assert set(Series.objects.values_list("group", flat=True)) == {"", "Team A", "Team B"}

    def test_lines_of_json(self, program: Program, metric: Metric) -> None:
        lines = '\n{"day": "2026-05-28", "value": 1}\r\n\n{"day": "2026-05-29", "value": 2}'
        answer = program.ask("POST", f"/metrics/{metric.pk}/snapshots", lines, kind="application/x-ndjson")
        assert answer.json()["new"] == 2

    def test_a_token_that_acts_for_a_manager_may_push(self, scoped: Cast, metric: Metric) -> None:
        assert Program(acting_token(scoped, "manager")).push(metric, POINT).status_code == 200
        assert Program(acting_token(scoped, "reviewer")).push(metric, POINT).status_code == 403

    def test_ten_thousand_at_once(self, program: Program, metric: Metric) -> None:
        points = [{"day": f"20{year:02}-{month:02}-{day:02}", "value": day, "group": f"g{group}"}
                  for group in range(10) for year in range(23, 26) for month in range(1, 13) for day in range(1, 29)][:10_000]  # fmt: skip
        assert program.push(metric, *points).json()["new"] == len(points) == 10_000
        assert program.push(metric, *points, POINT).status_code == 413


# A name of the case, the point, the field, and a piece of what is said.
UNFIT = [
    ("no object", 3, "", "no point"),
    ("no day", {"value": 1}, "day", "no day"),
    ("another order", {"day": "29.05.2026", "value": 1}, "day", "is not a day"),
    ("no such day", {"day": "2026-02-30", "value": 1}, "day", "is not a day"),
    ("a week", {"day": "2026-W01-1", "value": 1}, "day", "is not a day"),
    ("a number for a day", {"day": 20260529, "value": 1}, "day", "is not a day"),
    ("tomorrow", {"day": "2026-06-02", "value": 1}, "day", "still to come"),
    ("long ago", {"day": "1969-12-31", "value": 1}, "day", "too long ago"),
    ("no value", {"day": "2026-05-29"}, "value", "missing"),
    ("null", {"day": "2026-05-29", "value": None}, "value", "missing"),
    ("a text", {"day": "2026-05-29", "value": "12,5"}, "value", "“12,5” is not a number"),
    ("a boolean", {"day": "2026-05-29", "value": True}, "value", "is not a number"),
    ("a list", {"day": "2026-05-29", "value": [1]}, "value", "a list"),
    ("too large", {"day": "2026-05-29", "value": 1e300}, "value", "too large"),
    ("both", {"day": "2026-05-29", "value": 1, "numerator": 1, "denominator": 2}, "value", "not both"),
    ("half", {"day": "2026-05-29", "numerator": 1}, "denominator", "missing"),
    ("of none", {"day": "2026-05-29", "numerator": 1, "denominator": 0}, "denominator", "no value"),
    ("negative", {"day": "2026-05-29", "numerator": 1, "denominator": -2}, "denominator", "below zero"),
    ("half a case", {**POINT, "n": 1.5}, "n", "whole number"),
    ("no cases", {**POINT, "n": 0}, "n", "at least 1"),
    ("too many cases", {**POINT, "n": 2**31}, "n", "whole number"),
    ("squares alone", {**POINT, "sum_of_squares": 400}, "sum_of_squares", "needs n"),
    ("impossible squares", {**POINT, "n": 2, "sum_of_squares": 10}, "sum_of_squares", "too small"),
    ("a group of blanks", {**POINT, "group": "\u200d"}, "group", "can be read"),
    ("NUL", {**POINT, "group": "a\0b"}, "group", "can be read"),
    ("half a letter", {**POINT, "group": "a\ud800"}, "group", "can be read"),
    ("a long group", {**POINT, "group": "g" * 121}, "group", "120"),
    ("a group of numbers", {**POINT, "group": 7}, "group", "is a text"),
    ("an unknown field", {**POINT, "vlaue": 1}, "vlaue", "no field “vlaue”"),
]  # fmt: skip


class TestWhatDoesNotFit:
    @pytest.mark.parametrize(
        ("point", "field", "words"), [case[1:] for case in UNFIT], ids=[case[0] for case in UNFIT]
    )
    def test_row_and_field_are_named_and_nothing_is_stored(
        self, program: Program, metric: Metric, point: object, field: str, words: str
    ) -> None:
        answer = program.push(metric, {"day": "2026-05-28", "value": 1}, point)
        (error,) = answer.json()["errors"]
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        expected = "needs n" if field == "sum_of_squares" and words == "needs n" else words
        assert (error["row"], expected in error["message"]) == (2, True), error
        assert error["field"] in {field, "n"}
        assert not Snapshot.objects.exists()
        assert not Pull.objects.exists()

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
    def test_what_is_no_number_in_json_either(self, program: Program, metric: Metric, number: str) -> None:
        body = f'{{"points": [{{"day": "2026-05-29", "value": {number}}}]}}'
        answer = program.ask("POST", f"/metrics/{metric.pk}/snapshots", body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "value")

    def test_a_day_twice_names_the_first_row(self, program: Program, metric: Metric) -> None:
        (error,) = program.push(metric, POINT, {**POINT, "group": "a"}, POINT).json()["errors"]
        assert (error["row"], error["message"]) == (
            3,
            "2026-05-29 stands in row 1 already. A day comes once.",
        )

    def test_a_field_twice(self, program: Program, metric: Metric) -> None:
        body = '{"points": [{"day": "2026-05-29", "value": 1, "value": 2}]}'
        answer = program.ask("POST", f"/metrics/{metric.pk}/snapshots", body)
        assert "twice" in answer.json()["errors"][0]["message"]

    @pytest.mark.parametrize(
        ("kind", "point", "words"),
        [
            ("proportion", {"value": 101}, "between 0 and 100"),
            ("proportion", {"numerator": 3, "denominator": 2}, "larger than the denominator"),
            ("rate", {"value": -1}, "below zero"),
            ("rate", {"numerator": -1, "denominator": 2}, "below zero"),
        ],
    )  # fmt: skip
    def test_shares_and_rates_have_bounds(
        self, program: Program, scoped: Cast, kind: str, point: dict[str, float], words: str
    ) -> None:
        metric = make_pushed_metric(scoped, kind=kind, unit="%", per=100.0)
        (error,) = program.push(metric, {"day": "2026-05-29", **point}).json()["errors"]
        assert words in error["message"]

    def test_a_weekly_value_stands_on_its_monday(self, program: Program, scoped: Cast) -> None:
        weekly = make_pushed_metric(scoped, cadence="weekly")
        (error,) = program.push(weekly, POINT).json()["errors"]
        assert "2026-05-25 or 2026-06-01" in error["message"]
        assert program.push(weekly, {"day": "2026-05-25", "value": 1}).status_code == 200

    def test_what_fits_is_kept_where_that_was_asked_for(self, program: Program, metric: Metric) -> None:
        answer = program.push(metric, POINT, {"day": "x", "value": 1}, query="?keep=fitting")
        assert (answer.json()["new"], answer.json()["left_out"]) == (1, 1)
        assert "is not a day" in Pull.objects.get().problems[0][1]
        assert program.push(metric, {"day": "x", "value": 1}, query="?keep=fitting").status_code == 422

    def test_names_of_people_are_no_groups(self, program: Program, metric: Metric) -> None:
        answer = program.push(metric, *({**POINT, "group": f"g{number}"} for number in range(51)))
        assert (answer.status_code, "50 groups" in answer.json()["detail"]) == (422, True)
        assert not Series.objects.filter(metric=metric).exists()

    def test_a_metric_that_is_pulled_takes_no_pushed_values(self, program: Program, scoped: Cast) -> None:
        pulled = make_measured_metric(scoped, name="Pulled")
        before = values(pulled)
        assert program.push(pulled, POINT).status_code == 409
        assert values(pulled) == before

    @pytest.mark.parametrize(
        ("body", "kind", "status", "words"),
        [
            (b"{", "application/json", 400, "not JSON"),
            (b"[" * 100_000, "application/json", 400, "deeply"),
            (b'{"points": [' + b"[" * 100_000, "application/json", 400, "deeply"),
            (b'{"a":' * 100_000, "application/x-ndjson", 400, "deeply"),
            (b"\xff\xfe\xfa", "application/json", 400, "UTF-8"),
            (b'{"points": [' + b"9" * 5000 + b"]}", "application/json", 400, "too long"),
            (b"[]", "application/json", 400, "points"),
            (b'{"points": {}}', "application/json", 400, "points"),
            (b'{"points": []}', "application/json", 422, "no points"),
            (b'{"points": [], "more": 1}', "application/json", 400, "points"),
            (b'{"day": 1}\n{', "application/x-ndjson", 400, "Line 2"),
            (b"day=1", "application/x-www-form-urlencoded", 415, "Content-Type"),
            (b" " * 5_000_001, "application/json", 413, "5 MB"),
        ],
        ids=lambda value: None if isinstance(value, bytes) else str(value),
    )  # fmt: skip
    def test_bodies_that_cannot_be_read(
        self, program: Program, metric: Metric, body: bytes, kind: str, status: int, words: str
    ) -> None:
        answer = program.ask("POST", f"/metrics/{metric.pk}/snapshots", body, kind=kind)
        assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.content
        assert not Snapshot.objects.exists()
