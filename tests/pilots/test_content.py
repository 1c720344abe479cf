"""What AI had a hand in is seen only after a person who did not make it approved that very version."""

import pytest

from accounts.canonical import sha256
from accounts.models import Person
from pilots.errors import RefusedError
from pilots.models import ContentItem, Pilot, Review
from pilots.models.checklist import CHECKLIST
from tests.cast import NOW, Cast, make_pilot

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    return make_pilot(scoped)


@pytest.fixture
def item(scoped: Cast, pilot: Pilot) -> ContentItem:
    return make(pilot, by=scoped.manager)


def make(pilot: Pilot, *, by: Person, ai_use: str = "made", **fields: bool) -> ContentItem:
    return ContentItem.objects.make(
        pilot,
        title="Price pushback",
        kind="scenario",
        ai_use=ai_use,
        text="Too dear.",
        by=by,
        at=NOW,
        **fields,
    )


def decide(item: ContentItem, by: Person, decision: str = "approve", note: str = "") -> Review:
    version = ContentItem.objects.get(pk=item.pk).newest_version()
    return version.review(decision=decision, checklist=list(CHECKLIST), note=note, by=by, at=NOW)


def state(item: ContentItem) -> str:
    return ContentItem.objects.get(pk=item.pk).state


def test_a_new_item_has_its_first_version_and_no_state(item: ContentItem) -> None:
    version = item.newest_version()
    assert (version.number, version.text, version.sha256) == (1, "Too dear.", sha256("Too dear."))
    assert (state(item), item.waits_for) == ("", "first")
    assert list(ContentItem.objects.needs_review()) == [item]


@pytest.mark.parametrize("decision", ["approve", "changes", "reject"])
def test_a_decision_is_the_item_s_state(scoped: Cast, item: ContentItem, decision: str) -> None:
    decide(item, scoped.reviewer, decision)
    assert state(item) == decision
    assert not ContentItem.objects.needs_review().exists()
    assert ContentItem.objects.not_approved().exists() == (decision != "approve")
    event = item.pilot.chain.events.latest("number")
    assert (event.verb, event.facts["decision"], event.facts["number"]) == ("content.reviewed", decision, 1)


def test_a_newer_version_has_to_be_reviewed_itself(scoped: Cast, item: ContentItem) -> None:
    decide(item, scoped.reviewer)
    item.add_version(text="Still too dear.", by=scoped.manager, at=NOW)
    assert (item.newest_version().number, state(item), item.waits_for) == (2, "", "changed")
    assert item.versions.get(number=1).reviews.get().decision == "approve"
    assert list(ContentItem.objects.not_approved()) == [item]


def test_an_older_version_is_not_decided_on(scoped: Cast, item: ContentItem) -> None:
    opened = item.newest_version()
    item.add_version(text="Still too dear.", by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="newer version"):
        opened.review(decision="approve", checklist=list(CHECKLIST), note="", by=scoped.reviewer, at=NOW)


def test_nobody_approves_what_they_made(scoped: Cast, item: ContentItem) -> None:
    with pytest.raises(RefusedError, match="You made this item"):
        decide(item, scoped.manager)
    item.add_version(text="Mended.", by=scoped.reviewer, at=NOW)
    item.add_version(text="Mended again.", by=scoped.manager, at=NOW)
    with pytest.raises(RefusedError, match="You made this item"):
        decide(item, scoped.reviewer)
    decide(item, scoped.administrator)
    assert state(item) == "approve"


@pytest.mark.parametrize("missing", CHECKLIST)
def test_approving_takes_every_line_of_the_checklist(scoped: Cast, item: ContentItem, missing: str) -> None:
    checked = [key for key in CHECKLIST if key != missing]
    version = item.newest_version()
    with pytest.raises(RefusedError, match="every line"):
        version.review(decision="approve", checklist=checked, note="", by=scoped.reviewer, at=NOW)
    review = version.review(decision="changes", checklist=checked, note="No.", by=scoped.reviewer, at=NOW)
    assert [key for key, _question, checked in review.checklist if not checked] == [missing]
    assert all(question for _key, question, _checked in review.checklist)


def test_a_double_click_is_one_review(scoped: Cast, item: ContentItem) -> None:
    assert decide(item, scoped.reviewer) == decide(item, scoped.reviewer)
    assert item.pilot.chain.events.filter(verb="content.reviewed").count() == 1


def test_an_objection_stands_until_whoever_made_it_takes_it_back(scoped: Cast, item: ContentItem) -> None:
    decide(item, scoped.reviewer)
    decide(item, scoped.administrator, "reject", "It is wrong.")
    decide(item, scoped.reviewer, note="I still think that it is right.")
    assert (state(item), Review.objects.count()) == ("reject", 3)
    decide(item, scoped.administrator)
    assert state(item) == "approve"


@pytest.mark.parametrize("asked_for_by", ["organisation", "item"])
def test_two_reviewers_where_two_are_asked_for(scoped: Cast, pilot: Pilot, asked_for_by: str) -> None:
    scoped.organisation.two_reviewers = asked_for_by == "organisation"
    scoped.organisation.save()
    pilot.refresh_from_db()
    item = make(pilot, by=scoped.manager, high_stakes=asked_for_by == "item")
    decide(item, scoped.reviewer)
    decide(item, scoped.reviewer, note="Once more by the same.")
    item.refresh_from_db()
    assert (state(item), item.waits_for) == ("", "second")
    assert list(ContentItem.objects.waiting_for(scoped.reviewer, scoped.organisation)) == []
    assert list(ContentItem.objects.waiting_for(scoped.administrator, scoped.organisation)) == [item]
    decide(item, scoped.administrator)
    assert state(item) == "approve"


def test_a_viewer_and_a_stranger_review_nothing(scoped: Cast, item: ContentItem) -> None:
    for person in (scoped.viewer, Person.objects.create_user("someone@elsewhere.example")):
        with pytest.raises(RefusedError, match="more than a viewer"):
            decide(item, person)


def test_a_comment_is_about_words_that_are_there(scoped: Cast, item: ContentItem) -> None:
    version = item.newest_version()
    with pytest.raises(RefusedError, match="not in this version"):
        version.review(
            decision="changes", checklist=[], passages=[("Too cheap", "No.")], by=scoped.reviewer, at=NOW
        )
    assert not Review.objects.exists()
    version.review(
        decision="changes", checklist=[], passages=[("Too  dear", "By how much?")], by=scoped.reviewer, at=NOW
    )
    assert [passage.words for passage in Review.objects.get().passages.all()] == ["By how much?"]


def test_a_version_is_written_over_the_one_that_was_seen(scoped: Cast, item: ContentItem) -> None:
    item.add_version(text="Mended.", by=scoped.manager, at=NOW, after=1)
    with pytest.raises(RefusedError, match="newer version by now, number 2"):
        item.add_version(text="Mended otherwise.", by=scoped.reviewer, at=NOW, after=1)
    assert item.newest_version().text == "Mended."


@pytest.mark.parametrize("given", [{}, {"text": "a", "url": "https://e.example"}, {"text": ""}])
def test_content_is_given_in_exactly_one_way(scoped: Cast, pilot: Pilot, given: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="in one way"):
        ContentItem.objects.make(
            pilot, title="X", kind="lesson", ai_use="none", by=scoped.manager, at=NOW, **given
        )


def test_what_people_made_alone_needs_no_review(scoped: Cast, pilot: Pilot) -> None:
    make(pilot, by=scoped.manager, ai_use="none")
    assert not ContentItem.objects.needs_review().exists()
    assert not ContentItem.objects.not_approved().exists()


def test_what_waits_for_somebody_is_never_their_own(scoped: Cast, item: ContentItem) -> None:
    mine = make(item.pilot, by=scoped.reviewer)
    waiting = ContentItem.objects.waiting_for
    assert list(waiting(scoped.reviewer, scoped.organisation)) == [item]
    assert list(waiting(scoped.manager, scoped.organisation)) == [mine]
    item.pilot.cancel_planning(reason="No budget.", by=scoped.manager, at=NOW)
    assert not waiting(scoped.reviewer, scoped.organisation).exists()
