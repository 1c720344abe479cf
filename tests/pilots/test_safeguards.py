"""Learner data as rows that learners can read, the consultation with its workers' line, and the law's questions."""

from datetime import date, timedelta

import pytest
from django.test import Client

from pilots.errors import RefusedError
from pilots.labels import RolesForNames, data_path
from pilots.models import DataSheet, LawCheck, LawDates, LearnerData
from pilots.models.law import QUESTIONS
from tests.cast import NOW, TODAY, Cast, make_pilot, make_stakeholder

pytestmark = pytest.mark.usefixtures("monday", "bell")
ROW = {
    "data": "Call recordings", "purpose": "Feedback", "source": "The coach", "access": "Mia Lindqvist and two coaches",
    "kept_until": TODAY + timedelta(days=30), "personal": "yes",
}  # fmt: skip


def test_a_row_is_written_changed_and_struck(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    row = LearnerData.objects.write_down(pilot, by=scoped.manager, at=NOW, **ROW)
    assert LearnerData.objects.write_down(pilot, by=scoped.manager, at=NOW, **ROW) == row
    row.change(by=scoped.manager, at=NOW, **{**ROW, "personal": "coded"})
    row.change(by=scoped.manager, at=NOW, **{**ROW, "personal": "coded"})
    row.strike(by=scoped.manager, at=NOW)
    verbs = list(pilot.chain.events.order_by("number").values_list("verb", flat=True))
    assert verbs[1:] == ["data_sheet.row_added", "data_sheet.row_changed", "data_sheet.row_struck"]
    assert not LearnerData.objects.exists()


def test_learners_read_it_with_roles_in_place_of_names(scoped: Cast, client: Client) -> None:
    pilot = make_pilot(scoped)
    DataSheet.objects.answer(
        pilot, rows=[ROW], told="Mia Lindqvist tells you.", oversight="Ada Berg", by=scoped.manager, at=NOW
    )
    page = client.get(data_path(pilot)).content.decode()
    for words in (
        "Call recordings",
        "a manager of learning and development and two coaches",
        "No page shows a value about fewer than 5",
    ):
        assert words in page
    for person in (scoped.manager, scoped.administrator):
        assert person.name not in page
    assert client.get(data_path(pilot)[:-2] + "x/").status_code == 404
    assert client.get(data_path(pilot).replace("/data/", "/")).status_code == 404, (
        "each purpose has links of its own"
    )


def test_a_name_within_a_longer_word_stays(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    make_stakeholder(scoped, pilot, "Ann")
    make_stakeholder(
        scoped, pilot, "Ann Lee", email="lee@customer.example", is_sponsor=False, position="Head of care"
    )
    assert RolesForNames(pilot)("Ann Lee, Ann and Annex") == "Head of care, Head of sales and Annex"


def test_the_law_s_questions_are_all_answered(scoped: Cast) -> None:
    pilot = make_pilot(scoped)
    answers = dict.fromkeys(QUESTIONS, "no")
    with pytest.raises(RefusedError, match="each question"):
        LawCheck.objects.answer(
            pilot, answers={**answers, "work": "perhaps"}, counsel="", by=scoped.manager, at=NOW
        )
    check = LawCheck.objects.answer(
        pilot, answers={**answers, "work": "unsure", "emotions": "yes"}, counsel="", by=scoped.manager, at=NOW
    )
    assert check.to_ask() == [QUESTIONS["emotions"], QUESTIONS["work"]]


def test_the_dates_are_the_organisation_s_to_keep(scoped: Cast) -> None:
    number, dates = LawDates.objects.current(scoped.organisation)
    assert (number, dates["outcomes"]) == (0, date(2027, 12, 2))
    later = {**dates, "outcomes": date(2028, 6, 1)}
    for _twice in range(2):
        LawDates.objects.change(scoped.organisation, dates=later, expected=0, by=scoped.administrator, at=NOW)
    assert LawDates.objects.current(scoped.organisation) == (1, later)
    with pytest.raises(RefusedError, match="Somebody else"):
        LawDates.objects.change(scoped.organisation, dates=dates, expected=0, by=scoped.administrator, at=NOW)
