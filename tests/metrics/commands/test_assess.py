"""`manage.py assess`: a file in, an answer out, without a database."""

import json
from datetime import date, timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

START = date(2026, 3, 2)
FIRST = START - timedelta(days=60)


def said(path, *options):
    out, problems = StringIO(), StringIO()
    call_command("assess", str(path), "--start", START.isoformat(), *options, stdout=out, stderr=problems)
    return out.getvalue(), problems.getvalue()


def answer(path, *options):
    return json.loads(said(path, *options, "--json")[0])


def rows(count=102, effect=-3.0, seed=1):
    rng = np.random.default_rng(seed)
    days = [FIRST + timedelta(days=i) for i in range(count)]
    values = 12 + rng.standard_normal(count) + effect * (np.arange(count) >= 60)
    return list(zip(days, values, strict=True))


@pytest.fixture
def table(tmp_path):
    def write(lines, head="date,value", name="table.csv"):
        path = tmp_path / name
        path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def minutes(table):
    return table([f"{day},{value:.2f}" for day, value in rows()])


def test_an_answer_in_plain_words(minutes):
    words, problems = said(minutes, "--target", "-2", "--direction", "lower", "--unit", "min")
    assert words.startswith("value fell by 3")
    assert "The target of" in words
    assert "The change is most likely between −" in words
    assert "not why" in words
    assert problems == ""


def test_the_same_as_json(minutes):
    found = answer(minutes, "--target", "-2", "--direction", "lower")
    assert found["verdict"] == "reached"
    assert found["low"] < found["estimate"] < found["high"] < 0
    assert (found["n_used"], found["n_missing"], found["design"]["baseline"]) == (102, 0, 60)
    assert found["design"]["cadence"] == "daily"
    assert found["first_day"] == FIRST.isoformat()


def test_a_level_is_a_change_from_the_baseline(minutes):
    found = answer(minutes, "--target-level", "10", "--direction", "lower")
    assert found["target_level"] == pytest.approx(10)
    assert found["target"] == pytest.approx(10 - found["baseline_mean"])


def test_counts_are_a_share(table):
    rng = np.random.default_rng(3)
    won = [rng.binomial(40, 0.3 + 0.2 * (i >= 60)) for i in range(102)]
    path = table(
        [f"{day},{x},40" for (day, _), x in zip(rows(), won, strict=True)], "date,numerator,denominator"
    )
    found = answer(path, "--target", "0.1")
    assert (found["design"]["kind"], found["verdict"]) == ("proportion", "reached")


def test_order_gaps_and_repeats(table):
    lines = [f"{day},{value:.2f}" for day, value in rows()]
    path = table([*reversed(lines[:50]), *lines[52:], f"{FIRST + timedelta(days=9)},99"])
    found = answer(path, "--target", "-2", "--direction", "lower")
    assert found["n_missing"] == 2  # of a day that is told twice the last line counts
    assert "and 99 in line 102" in found["problems"][0]


def test_weeks_and_decimal_commas(table):
    rng = np.random.default_rng(4)
    lines = [
        f"{(START + timedelta(weeks=i - 26)):%d.%m.%Y};{20 + rng.standard_normal() + 5 * (i >= 26):.2f}".replace(
            ".", ",", 0
        )
        for i in range(32)
    ]
    path = table([line[:11] + line[11:].replace(".", ",") for line in lines], "Woche;Wert")
    found = answer(path, "--target", "3")
    assert (found["design"]["cadence"], found["design"]["window"], found["verdict"]) == (
        "weekly",
        6,
        "reached",
    )


def test_a_point_is_decimal_where_nothing_else_is_said(table):
    path = table([f"{day},{value:.3f}" for day, value in rows()])
    found = answer(path, "--target", "-2", "--direction", "lower")
    assert found["baseline_mean"] == pytest.approx(12, abs=0.5)
    assert "--decimal-mark" in found["problems"][0]


def test_groups_are_told_one_by_one(table):
    lines = [
        f"{day},{name},{value:.2f}" for name, seed in (("A", 1), ("B", 2)) for day, value in rows(seed=seed)
    ]
    path = table(lines, "date,team,value")
    options = ("--target", "-2", "--direction", "lower", "--group-column", "team")
    assert [one["group"] for one in answer(path, *options)["groups"]] == ["A", "B"]
    assert answer(path, *options, "--group", "B")["group"] == "B"
    compared = answer(path, *options, "--group", "A", "--comparison-group", "B")
    assert abs(compared["estimate"]) < 1


def test_before_the_start_it_plans(table):
    path = table([f"{day},{value:.2f}" for day, value in rows(60)])
    words, _ = said(path, "--target", "-2", "--direction", "lower")
    assert "six weeks will show it with a chance of" in words
    assert answer(path, "--target", "-2", "--direction", "lower")["plan"]["mde"] < 0


def test_while_it_runs_it_forecasts(table):
    path = table([f"{day},{value:.2f}" for day, value in rows(80)])
    words, _ = said(path, "--target", "-2", "--direction", "lower")
    assert "so far" in words
    assert "most likely end between" in words


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", "2", "--direction", "lower"), "the target must be negative"),
        (("--target", "-2"), "the target must be positive"),
        (("--target", "1", "--value-column", "nope"), "There is no column"),
        (("--target", "1", "--group-column", "value", "--group", "Z", "--value-column", "value"), "no group"),
        (("--target", "1", "--lag", "50"), "no point of the window"),
        (("--target", "1", "--path", "soon"), "Path must be"),
    ],
)
def test_refused_in_plain_words(minutes, options, words):
    with pytest.raises(CommandError, match=words):
        said(minutes, *options)


def test_files_that_are_none(tmp_path, table):
    for path, words in (
        (tmp_path / "none.csv", "There is no file"),
        (tmp_path, "cannot be read"),
        (table([], name="empty.csv"), "no rows"),
        (table(["soon,1"], name="bad.csv"), "not a date"),
        (table(["2026-03-05,1"], name="late.csv"), "No value lies before the start"),
        (table(["2026-03-05,1,2"], "date,a,b", name="wide.csv"), "Which column"),
    ):
        with pytest.raises(CommandError, match=words):
            said(path, "--target", "1")
