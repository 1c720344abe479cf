"""What stands behind values in the database, and values that a person types in or pastes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from metrics.models import Metric, Pull, Series, Snapshot, SnapshotRevision, Source
from tests.access.house import House
from tests.cast import NOW, Cast, make_measured_metric, make_metric
from tests.pages.page import Page

pytestmark = pytest.mark.django_db


class TestTheDatabaseKeepsWhatForeignKeysWould:
    def insert(self, series: int, pull: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO metrics_snapshot (series_id, day, value, pull_id) VALUES (%s, '2026-01-01', 1, %s)",
                [series, pull],
            )

    @pytest.fixture
    def source(self, scoped: Cast) -> Source:
        return make_measured_metric(scoped, values=[20.5, 21.5, 22.5]).source

    def test_no_snapshot_without_its_series_or_pull(self, source: Source) -> None:
        series, pull = source.metric.series.get().pk, source.pulls.get().pk
        for wrong in ((series + 1000, pull), (series, pull + 1000)):
            with pytest.raises(IntegrityError, match="a snapshot of no"):
                self.insert(*wrong)
        self.insert(series, pull)

    @pytest.mark.parametrize("missing", ["series", "pull"])
    def test_nor_among_others_that_have_theirs(self, source: Source, missing: str) -> None:
        known = {"series": source.metric.series.get().pk, "pull": source.pulls.get().pk}
        wrong = {**known, missing: known[missing] + 1000}
        with (
            pytest.raises(IntegrityError, match=f"a snapshot of no {missing}"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "INSERT INTO metrics_snapshot (series_id, day, value, pull_id)"
                " VALUES (%s, '2026-01-01', 1, %s), (%s, '2026-01-02', 1, %s)",
                [*known.values(), *wrong.values()],
            )

    def test_nor_by_a_change(self, source: Source) -> None:
        with pytest.raises(IntegrityError, match="a snapshot of no pull"), transaction.atomic():
            Snapshot.objects.update(pull_id=10**9)

    @pytest.mark.parametrize("table", ["metrics_series", "metrics_pull"])
    def test_series_and_pulls_stay_while_snapshots_need_them(self, source: Source, table: str) -> None:
        with (
            pytest.raises(IntegrityError, match="still needs its"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table}")


def test_a_source_that_is_not_pulled_is_not_pulled(scoped: Cast, monday: object) -> None:
    from accounts.models import Job
    from metrics.tasks import pull_source
    from tests.cast import work

    metric = make_measured_metric(scoped, values=[20.5, 21.5, 22.5])
    Source.objects.connect(metric, "push", settings={}, by=scoped.manager, at=NOW)
    job = Job.objects.get(kind=Job.Kind.PULL, subject=metric.source.pk)
    assert job.due_at is None
    Job.objects.update(due_at=NOW)  # as a bell that was already on its way
    work(pull_source, Job.Kind.PULL, metric.source.pk)
    assert Pull.objects.count() == 1


# --- typed in -----------------------------------------------------------------------------------------


class TestTypedIn:
    @pytest.fixture
    def metric(self, house: House) -> Metric:
        return house.ours.typed

    def send(self, house: House, metric: Metric, pasted: bool = False, **form: str) -> object:
        path = f"/{house.ours.slug}/metrics/{metric.pk}/values/{'pasted/' if pasted else ''}"
        given = {"day": "2026-05-29", "value": "", "group": "", "rows": "", "pasted_group": "", "day_order": "", "decimal_mark": ""}  # fmt: skip
        return house.browser("manager").post(path, {**given, **form})

    def values(self, metric: Metric) -> dict[str, float]:
        rows = Snapshot.objects.filter(series__metric=metric).values_list("day", "value")
        return {day.isoformat(): value for day, value in rows}

    @pytest.fixture(autouse=True)
    def inside(self, house: House) -> object:
        from django_scopes import scope

        with scope(organisation=house.ours.organisation):
            yield

    @pytest.mark.parametrize(
        ("text", "number"),
        [("12,5", 12.5), ("12.5", 12.5), ("€ 1.234,50", 1234.5), ("22 %", 22.0), ("(3)", -3.0)],
    )
    def test_a_value_as_people_write_it(self, house: House, metric: Metric, text: str, number: float) -> None:
        assert self.send(house, metric, value=text).status_code == 302
        assert self.values(metric) == {"2026-05-29": number}
        pull = Pull.objects.latest("pk")
        assert (pull.person, pull.token, pull.finished_at) == (house.ours.cast.manager, None, NOW)

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"value": "1.234"}, "without a mark between thousands"),
            ({"value": "many"}, "is not a number"),
            ({"value": "1", "day": "2026-06-02"}, "still to come"),
            ({"value": "1", "day": "29/05"}, "valid date"),
        ],
    )
    def test_what_is_doubtful_is_asked(
        self, house: House, metric: Metric, form: dict[str, str], words: str
    ) -> None:
        response = self.send(house, metric, **form)
        assert (response.status_code, words in response.content.decode()) == (422, True)
        assert self.values(metric) == {}

    def test_typing_another_value_keeps_the_earlier_one(self, house: House, metric: Metric) -> None:
        self.send(house, metric, value="1")
        self.send(house, metric, value="2")
        assert self.values(metric) == {"2026-05-29": 2.0}
        assert SnapshotRevision.objects.get().value == 1.0
        page = Page(house.browser("viewer").get(f"/{house.ours.slug}/metrics/{metric.pk}/").content)
        assert "typed in by Mia Lindqvist" in page.text
        assert "Keep it" not in page.text

    def test_a_share_is_typed_as_two_counts(self, house: House) -> None:
        share = make_metric(house.ours.cast, name="Share", kind="proportion", unit="%", per=100.0)
        Source.objects.connect(share, "typed", settings={}, by=house.ours.cast.manager, at=NOW)
        assert self.send(house, share, numerator="3", denominator="2").status_code == 422
        assert self.send(house, share, numerator="22", denominator="88").status_code == 302
        assert self.values(share) == {"2026-05-29": 25.0}

    def test_several_rows_are_pasted(self, house: House, metric: Metric) -> None:
        rows = "Tag\tWert\n28.05.2026\t1.234,5\n29.05.2026\t(7)\n"
        assert self.send(house, metric, pasted=True, rows=rows, pasted_group="Team A").status_code == 302
        assert self.values(metric) == {"2026-05-28": 1234.5, "2026-05-29": -7.0}
        assert Series.objects.get(metric=metric).group == "Team A"

    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            ("2026-05-28;1\n2026-05-29;x", "Line 2: “x” is not a number"),
            ("2026-05-28,12,5", "more cells than there are headings"),
            ("04/05/2026;1", "can be read in two ways"),
            ("2026-05-28;1\n2026-05-28;2", "Line 1: 2026-05-28 has the value 1 here, and 2 in line 2."),
            ("2026-06-28;1", "2026-06-28"),
        ],
    )
    def test_one_row_that_does_not_fit_and_none_is_kept(
        self, house: House, metric: Metric, rows: str, words: str
    ) -> None:
        response = self.send(house, metric, pasted=True, rows=rows)
        assert (response.status_code, words in response.content.decode()) == (422, True), (
            response.content.decode()
        )
        assert self.values(metric) == {}

    def test_only_where_values_are_typed_in(self, house: House) -> None:
        assert self.send(house, house.ours.metric, value="1").status_code == 404


def test_a_pushed_metrics_page_says_how(house: House) -> None:
    from django_scopes import scope

    rooms = house.ours
    with scope(organisation=rooms.organisation):
        Source.objects.connect(rooms.typed, "push", settings={}, by=rooms.cast.manager, at=NOW)
    path = f"/{rooms.slug}/metrics/{rooms.typed.pk}/"
    text = Page(house.browser("administrator").get(path).content).text
    assert f"/api/v1/metrics/{rooms.typed.pk}/snapshots" in text
    assert "Authorization: Bearer plt_" in text
    assert "Pull it now" not in text
