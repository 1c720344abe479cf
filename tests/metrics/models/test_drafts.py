"""What was tried: theirs who tried it, sealed, and gone when it is kept, replaced or old."""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import File
from django_scopes import scopes_disabled

from accounts.models import Event, Job
from metrics.errors import RefusedError
from metrics.models import Metric, Pull, Snapshot, Source, SourceDraft
from metrics.models.draft import KEPT_FOR
from metrics.sources.cells import Table
from metrics.sources.http_json import HttpJsonKind
from metrics.tasks import forget_drafts
from tests.cast import NOW, Cast, make_metric

TOKEN = "planted-secret-7c2e"
GOOD = b"day;minutes\n2026-05-01;20,5\n2026-05-02;21\n"
FAULTY = GOOD + b"2026-05-03;n/a\n"


@pytest.fixture
def metric(scoped: Cast, monday: object, bell: object) -> Metric:
    return make_metric(scoped)


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path, "base_url": None}}
    settings.STORAGES = storages
    return tmp_path


def try_file(
    metric: Metric, cast: Cast, content: bytes | None = GOOD, at: Any = NOW, **settings: Any
) -> SourceDraft:
    upload = File(io.BytesIO(content), name="times.csv") if content is not None else None
    return SourceDraft.objects.try_out(
        metric, "file", settings=settings, upload=upload, by=cast.manager, at=at
    )


def kept_files(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in folder.rglob("*") if path.is_file())


def test_trying_changes_nothing_of_the_metric(metric: Metric, scoped: Cast) -> None:
    events = Event.objects.count()
    draft = try_file(metric, scoped)
    assert draft.settings == {"date_column": "day", "value_column": "minutes"}
    (series,) = draft.facts["series"]
    assert (series["points"], series["head"][0]) == (2, ["2026-05-01", 20.5, None, None, None])
    assert (Source.objects.count(), Snapshot.objects.count(), Pull.objects.count()) == (0, 0, 0)
    assert (Event.objects.count(), Job.objects.count()) == (events, 0)


def test_a_value_is_shown_in_the_unit_of_the_metric(scoped: Cast, monday: object, bell: object) -> None:
    shares = make_metric(scoped, name="Win rate", kind="proportion", unit="%", per=100.0)
    draft = try_file(shares, scoped, b"day;all;won\n2026-05-01;40;10\n")
    assert draft.facts["series"][0]["head"] == [["2026-05-01", 25.0, 10.0, 40.0, None]]


def test_keeping_connects_what_was_tried_and_the_pull_brings_just_that(
    metric: Metric, scoped: Cast, files: Path, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        source = try_file(metric, scoped).keep(leave_out=False, by=scoped.manager, at=NOW)
    assert source.settings["leave_out"] == {"rows": 0, "of": 2}
    assert source.pull(at=NOW).rows_new == 2
    assert SourceDraft.objects.count() == 0
    assert "drafts" not in kept_files(files)


def test_what_does_not_fit_is_left_out_only_when_somebody_agrees(metric: Metric, scoped: Cast) -> None:
    draft = try_file(metric, scoped, FAULTY)
    assert draft.facts["problems"] == [[4, "There is no value."]]
    with pytest.raises(RefusedError, match="not agreed"):
        draft.keep(leave_out=False, by=scoped.manager, at=NOW)
    source = draft.keep(leave_out=True, by=scoped.manager, at=NOW)
    assert source.settings["leave_out"] == {"rows": 1, "of": 3}
    assert source.pull(at=NOW).rows_new == 2


def test_a_later_pull_with_many_more_misfits_stores_nothing_and_says_why(
    metric: Metric, scoped: Cast
) -> None:
    try_file(metric, scoped, FAULTY).keep(leave_out=True, by=scoped.manager, at=NOW)
    broken = GOOD + b"".join(b"2026-05-%02d;?\n" % day for day in range(3, 20))
    source = Source.objects.connect(
        metric, "file", settings=Source.objects.get().settings, upload=File(io.BytesIO(broken), name="b.csv"), by=scoped.manager, at=NOW,
    )  # fmt: skip
    pull = source.pull(at=NOW)
    assert (pull.state, pull.needs_a_person, Snapshot.objects.count()) == ("failed", True, 0)
    assert "17 of 19 rows do not fit" in pull.error


def test_an_open_question_keeps_the_file_and_nothing_else(metric: Metric, scoped: Cast) -> None:
    draft = try_file(metric, scoped, b"day;minutes\n01.02.2026;20\n")
    assert draft.facts["error"]["field"] == "day_order"
    with pytest.raises(RefusedError, match="Nothing was understood"):
        draft.keep(leave_out=True, by=scoped.manager, at=NOW)
    answered = try_file(metric, scoped, None, day_order="dmy", **draft.settings)
    assert (answered.pk, answered.facts["error"]) == (draft.pk, None)
    assert answered.facts["series"][0]["first"] == "2026-02-01"


def test_a_new_file_replaces_the_one_before(metric: Metric, scoped: Cast, files: Path) -> None:
    try_file(metric, scoped)
    try_file(metric, scoped, FAULTY)
    assert kept_files(files) == ["drafts"]


def test_it_belongs_to_whoever_tried_it(metric: Metric, scoped: Cast) -> None:
    draft = try_file(metric, scoped)
    assert SourceDraft.objects.mine(metric, "file", by=scoped.manager, at=NOW) == draft
    assert SourceDraft.objects.mine(metric, "file", by=scoped.administrator, at=NOW) is None
    assert SourceDraft.objects.mine(metric, "folder", by=scoped.manager, at=NOW) is None


def test_it_is_gone_after_some_hours(
    metric: Metric, scoped: Cast, files: Path, django_capture_on_commit_callbacks: Any
) -> None:
    try_file(metric, scoped, at=NOW - KEPT_FOR + timedelta(seconds=1))
    assert forget_drafts() == 0
    SourceDraft.objects.update(expires_at=NOW)
    assert SourceDraft.objects.mine(metric, "file", by=scoped.manager, at=NOW) is None
    with django_capture_on_commit_callbacks(execute=True):
        assert forget_drafts() == 1
    assert kept_files(files) == []


def answering_address(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """An address that answers with one row; which secrets it was asked with."""
    asked: list[dict[str, str]] = []

    def tables(kind: Any, ask: Any) -> Any:
        asked.append(dict(ask.secrets))
        rows = [(1, ("2026-05-01", "Planted Person", 1))]
        return nullcontext([Table(("day", "who", "x"), lambda: iter(rows))])

    monkeypatch.setattr(HttpJsonKind, "tables", tables)
    return asked


def test_a_stored_key_goes_to_no_other_address(
    metric: Metric, scoped: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering_address(monkeypatch)
    given: dict[str, Any] = {"by": scoped.manager, "at": NOW}
    here, elsewhere = {"url": "https://figures.example/"}, {"url": "https://elsewhere.example/"}
    SourceDraft.objects.try_out(
        metric, "http_json", settings=here, secrets={"bearer_token": TOKEN}, **given
    ).keep(leave_out=False, **given)
    metric.refresh_from_db()
    asked.clear()
    draft = SourceDraft.objects.try_out(metric, "http_json", settings=elsewhere, **given)
    assert "type the key again" in draft.facts["error"]["message"]
    assert asked == []
    SourceDraft.objects.try_out(
        metric, "http_json", settings=elsewhere, secrets={"headers": "X-A: 1"}, **given
    ).keep(leave_out=False, **given)
    Source.objects.get().fetch(at=NOW)
    assert asked == [{"headers": "X-A: 1"}] * 2  # the key of the old address ended with it


def test_keys_and_first_rows_stand_in_no_table(
    metric: Metric, scoped: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering_address(monkeypatch)
    given: dict[str, Any] = {"settings": {"url": "https://figures.example/"}, "by": scoped.manager, "at": NOW}
    SourceDraft.objects.try_out(metric, "http_json", secrets={"bearer_token": TOKEN}, **given)
    draft = SourceDraft.objects.try_out(metric, "http_json", **given)
    assert asked == [{"bearer_token": TOKEN}] * 2  # typed once
    assert draft.facts["rows"] == [[1, ["2026-05-01", "Planted Person", "1"]]]
    with scopes_disabled():
        rows = json.dumps([list(model._base_manager.values()) for model in apps.get_models()], default=str)
    assert TOKEN not in rows
    assert "Planted Person" not in rows
    draft.keep(leave_out=False, by=scoped.manager, at=NOW)
    Source.objects.get().fetch(at=NOW)
    assert asked[-1] == {"bearer_token": TOKEN}
