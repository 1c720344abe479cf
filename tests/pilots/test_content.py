"""What AI had a hand in is seen only after a person who did not make it approved that very version."""

import pytest

from accounts.canonical import sha256
from accounts.models import Person
from pilots.errors import RefusedError
from pilots.models import ContentItem, Pilot, Review
from pilots.models.content import CHECKLIST
from tests.cast import NOW, Cast, make_pilot

pytestmark = pytest.mark.usefixtures("monday", "bell")


@pytest.fixture
def pilot(scoped: Cast) -> Pilot:
    return make_pilot(scoped)


@pytest.fixture
def item(scoped: Cast, pilot: Pilot) -> ContentItem:
    return make(pilot, by=scoped.manager)


def make(pilot: Pilot, *, by: Person, ai_use: str = "made") -> ContentItem:
    return ContentItem.objects.make(
        pilot, title="Price pushback", kind="scenario", ai_use=ai_use, text="Too dear.", by=by, at=NOW
    )


def decide(item: ContentItem, by: Person, decision: str = "approve", note: str = "") -> Review:
    version = ContentItem.objects.get(pk=item.pk).newest_version()
    return version.review(decision=decision, checklist=list(CHECKLIST), note=note, by=by, at=NOW)


def state(item: ContentItem) -> str | None:
    return ContentItem.objects.with_state().get(pk=item.pk).state


def test_a_new_item_has_its_first_version_and_no_state(item: ContentItem) -> None:
    version = item.newest_version()
    assert (version.number, version.text, version.sha256) == (1, "Too dear.", sha256("Too dear."))
    assert state(item) is None
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
    assert (item.newest_version().number, state(item)) == (2, None)
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


def test_the_last_of_two_reviewers_decides(scoped: Cast, item: ContentItem) -> None:
    decide(item, scoped.reviewer)
    decide(item, scoped.administrator, "reject", "It is wrong.")
    assert state(item) == "reject"
    decide(item, scoped.reviewer)
    assert (state(item), Review.objects.count()) == ("approve", 3)


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
