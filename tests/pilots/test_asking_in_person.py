"""An answer given to somebody's face is written down word for word, marked as such, and confirmed by whoever gave it."""

import pytest
from django.db import DatabaseError, transaction

from pilots.errors import RefusedError
from pilots.evidence.records import records
from pilots.models import Answer, Confirmation, Pilot, SignOff, Stakeholder
from pilots.models.answer import PlanLine
from tests.cast import NOW, Cast, make_pilot, make_stakeholder, sign
from tests.links import newest_link

pytestmark = pytest.mark.usefixtures("monday", "bell")

SAID = "  Reps stop giving discounts.\nAnd I see it. 🙂  "


def taken_down(cast: Cast, stage: str = "planned") -> tuple[Pilot, Stakeholder, Answer]:
    pilot = make_pilot(cast, stage)
    stakeholder = make_stakeholder(cast, pilot)
    answer = Answer.objects.take_down(stakeholder, text=SAID, by=cast.manager, at=NOW)
    answer.map_to_plan(
        delivered_by="The discount stands beside it.", line=PlanLine.TARGET, by=cast.manager, at=NOW
    )
    return pilot, stakeholder, answer


def test_it_is_kept_word_for_word_with_who_wrote_it_down(scoped: Cast) -> None:
    pilot, stakeholder, answer = taken_down(scoped)
    again = Answer.objects.take_down(stakeholder, text=SAID, by=scoped.manager, at=NOW)
    assert (answer.text, answer.taken_down_by, answer.to_be_confirmed) == (SAID, scoped.manager, True)
    assert again == answer
    event = pilot.chain.events.get(verb="question.answered_in_person")
    assert (event.actor_kind, event.actor_id) == ("person", scoped.manager.pk)


def test_it_is_marked_in_the_plan_that_is_signed_and_in_the_evidence(scoped: Cast) -> None:
    pilot, _stakeholder, _answer = taken_down(scoped)
    version = pilot.request_sign_off(by=scoped.manager, at=NOW)
    (said,) = version.facts["success"]
    assert (said["taken_down_by"], said["line"]) == ("Mia Lindqvist", "target")
    (kept,) = records(pilot, NOW)["answers.json"]
    assert (kept["taken_down_by"], kept["confirmed"]) == ("Mia Lindqvist", None)


def test_nothing_is_signed_before_they_said_that_these_are_their_words(scoped: Cast) -> None:
    pilot, stakeholder, answer = taken_down(scoped)
    pilot.request_sign_off(by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="what you said"):
        sign(stakeholder)
    answer.confirm(at=NOW)
    assert sign(stakeholder).decision == "approve"
    (kept,) = records(pilot, NOW)["answers.json"]
    assert kept["confirmed"]["right"] is True


def test_their_own_words_instead_make_a_new_answer_and_a_new_version(scoped: Cast) -> None:
    pilot, stakeholder, answer = taken_down(scoped)
    version = pilot.request_sign_off(by=scoped.manager, at=NOW)
    answer.confirm(instead="Discounts fall, and win rate does not.", at=NOW)
    assert Answer.objects.get(pk=answer.pk).text == SAID
    assert [one.text for one in Answer.objects.waiting()] == ["Discounts fall, and win rate does not."]
    with pytest.raises(RefusedError, match="changed since"):
        sign(stakeholder)
    Answer.objects.waiting().get().decline(reason="Both cannot be had.", by=scoped.manager, at=NOW)
    newer = Pilot.objects.get(pk=pilot.pk).request_sign_off(by=scoped.manager, at=NOW)
    assert (newer.number, [one["said"] for one in newer.facts["success"]]) == (
        version.number + 1,
        ["Discounts fall, and win rate does not."],
    )
    assert SignOff.objects.count() == 0


def test_said_once_it_stays_said(scoped: Cast) -> None:
    pilot, _stakeholder, answer = taken_down(scoped)
    answer.confirm(at=NOW)
    answer.confirm(instead="No.", at=NOW)
    assert (Confirmation.objects.get().right, Answer.objects.count()) == (True, 1)
    assert pilot.chain.events.filter(verb__startswith="answer.co").count() == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Confirmation.objects.update(right=False)


def test_whoever_wrote_it_themselves_confirms_nothing(scoped: Cast) -> None:
    stakeholder = make_stakeholder(scoped, make_pilot(scoped, "planned"))
    stakeholder.ask_the_question(by=scoped.manager, at=NOW)
    answer = Answer.objects.receive(newest_link(stakeholder).stakeholder, text="Calm.", at=NOW)
    assert not answer.to_be_confirmed
    with pytest.raises(RefusedError, match="written by"):
        answer.confirm(at=NOW)


def test_after_the_launch_nothing_is_taken_down(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    with pytest.raises(RefusedError, match="fixed"):
        Answer.objects.take_down(pilot.stakeholders.get(), text="More.", by=scoped.manager, at=NOW)
