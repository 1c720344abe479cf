"""What success looks like to a stakeholder, word for word; never overwritten, never left without a reply."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from pilots.errors import RefusedError
from pilots.models import Answer, Mapping, Pilot, Stakeholder
from tests.cast import NOW, Cast, make_pilot, make_stakeholder

pytestmark = pytest.mark.usefixtures("monday", "bell")
WORDS = "  Reps stop giving discounts.\r\n\r\n“Really.” \N{FACE WITH TEARS OF JOY} <b>مرحبا</b> cafe\u0301  "


@pytest.fixture
def sven(scoped: Cast) -> Stakeholder:
    return make_stakeholder(scoped, make_pilot(scoped, "planned"))


def say(sven: Stakeholder, text: str = WORDS) -> Answer:
    return Answer.objects.receive(sven, text=text, at=NOW)


def test_it_is_kept_to_the_letter(sven: Stakeholder) -> None:
    say(sven)
    kept = Answer.objects.get()
    assert kept.text == WORDS
    event = sven.pilot.chain.events.latest("number")
    assert (event.verb, event.detail.details["answer"]) == ("question.answered", WORDS)
    assert "discounts" not in str(event.facts)


def test_the_same_words_again_are_the_same_answer(sven: Stakeholder) -> None:
    assert say(sven) == say(sven)
    assert sven.pilot.chain.events.filter(verb="question.answered").count() == 1


def test_other_words_are_another_answer_beside_it(sven: Stakeholder) -> None:
    say(sven, "One.")
    say(sven, "Two.")
    assert [answer.text for answer in sven.answers.all()] == ["One.", "Two."]


def test_it_cannot_be_altered(sven: Stakeholder) -> None:
    answer = say(sven)
    answer.text = "Other words."
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        answer.save()


def test_it_is_mapped_or_declined_and_the_last_word_counts(scoped: Cast, sven: Stakeholder) -> None:
    answer = say(sven)
    assert Answer.objects.waiting().count() == 1
    answer.map_to_plan(delivered_by="The target.", by=scoped.manager, at=NOW)
    answer.decline(reason="It takes a year.", by=scoped.manager, at=NOW)
    mapping = Mapping.objects.get()
    assert (mapping.delivered_by, mapping.declined_because) == ("", "It takes a year.")
    assert not Answer.objects.waiting().exists()
    verbs = sven.pilot.chain.events.order_by("number").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["answer.mapped", "answer.declined"]


def test_an_empty_mapping_is_refused_by_the_database(scoped: Cast, sven: Stakeholder) -> None:
    answer = say(sven)
    with pytest.raises(IntegrityError, match="mapped_or_declined"), transaction.atomic():
        answer.map_to_plan(delivered_by="", by=scoped.manager, at=NOW)
    assert not Mapping.objects.exists()


def test_after_the_launch_answers_still_come_and_the_plan_stays(scoped: Cast) -> None:
    pilot = make_pilot(scoped, "running")
    late = say(pilot.stakeholders.get(), "One more thing.")
    with pytest.raises(RefusedError, match="fixed"):
        late.map_to_plan(delivered_by="The target.", by=scoped.manager, at=NOW)
    assert Pilot.objects.get().plan_is_as_agreed()
