"""``manage.py import_snapshots``: all of a file or nothing of it, once, with what it restates kept."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Event
from metrics.models import Metric, Pull, Series, Snapshot, SnapshotRevision
from tests.api.client import make_pushed_metric
from tests.cast import Cast, make_metric

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday", "bell")]


@pytest.fixture
def metric(scoped: Cast) -> Metric:
    return make_pushed_metric(scoped)


@pytest.fixture
def load(tmp_path: Path) -> object:
    def load(text: str | bytes, **options: str) -> str:
        path = tmp_path / "values.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        out = StringIO()
        call_command("import_snapshots", str(path), stdout=out, **options)
        return out.getvalue().strip()

    return load


def kept() -> dict[tuple[str, str], float]:
    rows = Snapshot.objects.values_list("series__group", "day", "value")
    return {(group, day.isoformat()): value for group, day, value in rows}


FIRST = "metric,group,date,value\nHandling time,a,2026-05-28,1.5\nHandling time,b,2026-05-28,2\nHandling time,a,2026-05-29,3\n"


def test_a_first_load_and_the_same_again(metric: Metric, load, scoped: Cast) -> None:
    assert load(FIRST, by=scoped.manager.email) == "3 new, 0 restated, 0 as they were."
    assert kept() == {("a", "2026-05-28"): 1.5, ("b", "2026-05-28"): 2.0, ("a", "2026-05-29"): 3.0}
    assert load(FIRST) == "0 new, 0 restated, 3 as they were."
    last, first = Pull.objects.all()
    assert (first.rows_new, first.person, last.rows_unchanged, last.person) == (3, scoped.manager, 3, None)
    assert first.content_sha256 == last.content_sha256 != ""
    assert Event.objects.filter(verb="values.imported").count() == 2


def test_what_it_restates_is_kept_and_a_new_series_comes_with_it(metric: Metric, load) -> None:
    load(FIRST)
    text = FIRST.replace("1.5", "9") + "Handling time,c,2026-05-28,4\n"
    assert load(text) == "1 new, 1 restated, 2 as they were."
    assert SnapshotRevision.objects.get().value == 1.5
    assert kept()["a", "2026-05-28"] == 9.0
    assert kept()["c", "2026-05-28"] == 4.0


def test_an_old_series_after_a_new_one(metric: Metric, load) -> None:
    """From straight COPY to the longer way in the middle of a file."""
    load(FIRST)
    rows = "".join(
        f"Handling time,new,2025-{month:02}-{day:02},1\n" for month in range(1, 13) for day in range(1, 29)
    )
    assert (
        load("metric,group,date,value\n" + rows + "Handling time,a,2026-05-28,7\n")
        == "336 new, 1 restated, 0 as they were."
    )


def test_shares_counts_and_squares(scoped: Cast, load) -> None:
    make_pushed_metric(scoped, name="Win rate", kind="proportion", unit="%", per=100.0)
    mean = make_pushed_metric(scoped, name="Days")
    load("metric;date;numerator;denominator;n;value;sum_of_squares\n"
         f"Win rate;2026-05-28;22;88;;;\nWin rate;2026-05-29;1;2;2;;\n{mean.pk};2026-05-28;;;3;2;14\n")  # fmt: skip
    rows = list(Snapshot.objects.order_by("series_id", "day").values_list("value", "numerator", "denominator", "n", "sum_of_squares"))  # fmt: skip
    assert rows == [(25.0, 22.0, 88.0, None, None), (50.0, 1.0, 2.0, 2, None), (2.0, None, None, 3, 14.0)]


def test_lines_of_json(metric: Metric, load) -> None:
    lines = [{"metric": metric.pk, "date": "2026-05-28", "value": 1}, {"metric": "Handling time", "day": "2026-05-29", "value": 2}]  # fmt: skip
    assert load("\n".join(map(json.dumps, lines))) == "2 new, 0 restated, 0 as they were."
    assert Pull.objects.count() == 1


HEAD = "metric,group,date,value\n"
ROW = "Handling time,a,2026-05-28,1\n"
UNFIT = [
    (HEAD + ROW + "Nothing,a,2026-05-28,1\n", "line 3: metric: there is no metric “Nothing”"),
    (HEAD + ROW + "Handling time,a,28.05.2026,1\n", "line 3: day: “28.05.2026” is not a day"),
    (HEAD + ROW + "Handling time,a,2026-05-29,\n", "line 3: value: It is missing"),
    (HEAD + ROW + 'Handling time,a,2026-05-29,"1,5"\n', "line 3: value: “1,5” is not a number"),
    (HEAD + ROW + "Handling time,a,2026-05-29,nan\n", "line 3: value: Not a number"),
    (HEAD + ROW + "Handling time,a,2026-05-29,1_000\n", "line 3: value: “1_000” is not a number"),
    (HEAD + ROW + "Handling time,a,2026-06-02,1\n", "line 3: day: 2026-06-02 is still to come"),
    (HEAD + ROW + ROW, "line 3: date: 2026-05-28 stands here a second time"),
    (HEAD + ROW + "Handling time,a\n", "line 3: there are 2 cells"),
    (HEAD + '"Handling\ntime",a,2026-05-28,1\n' + "Handling time,a,x,1\n", "line 4: day"),
    (HEAD + 'Handling time,"a,2026-05-28,1\n', "quotation mark"),
    ("metric,when,value\n", "no column “when”"),
    ("metric,value\n", "Metric and date are needed"),
    ("metric,date,date\n", "same heading"),
    (HEAD, "no rows"),
    ("", "names the columns"),
    (HEAD.encode() + b"Handling time,\xff,2026-05-28,1\n", "UTF-8"),
    (HEAD + "Handling time," + "g" * 200_000, "too long"),
    ('{"metric": "Handling time"\n', "line 1: this is not JSON"),
    ('{"metric": ' + "[" * 90_000, "line 1: this is not JSON"),
    ('{"metric": "Handling time", "date": "2026-05-28", "value": 1}\n[1]\n', "line 2: this is no object"),
    (HEAD + "".join(f"Handling time,g{number},2026-05-28,1\n" for number in range(51)), "at most 50 groups"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), UNFIT, ids=[words[:40] for _text, words in UNFIT])
def test_a_line_that_does_not_fit_is_named_and_nothing_is_stored(
    metric: Metric, load, text: str, words: str
) -> None:
    with pytest.raises(CommandError) as refused:
        load(text)
    assert words in str(refused.value)
    assert (Snapshot.objects.count(), Series.objects.count(), Pull.objects.count()) == (0, 0, 0)


def test_at_most_twenty_lines_are_named(metric: Metric, load) -> None:
    with pytest.raises(CommandError) as refused:
        load(HEAD + "Handling time,a,x,1\n" * 30)
    assert str(refused.value).count("line ") == 20


def test_a_metric_without_a_source_says_so(scoped: Cast, load) -> None:
    make_metric(scoped)
    with pytest.raises(CommandError, match="has no source yet"):
        load(HEAD + ROW)
    assert load(HEAD + ROW, by=scoped.manager.email) == "1 new, 0 restated, 0 as they were."


def test_whose_values_they_are_is_never_guessed(metric: Metric, load, tmp_path: Path) -> None:
    from tests.cast import make_cast

    make_cast("southwind")
    for options, words in (({}, "several organisations"), ({"organisation": "nobody"}, "no organisation"),
                           ({"organisation": "northwind", "by": "mia@southwind.example"}, "no member"),
                           ({"organisation": "southwind"}, "no metric")):  # fmt: skip
        with pytest.raises(CommandError, match=words):
            load(FIRST, **options)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_snapshots", str(tmp_path / "none.csv"), organisation="northwind")
