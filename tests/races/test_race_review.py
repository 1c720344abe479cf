"""Two reviewers decide, and a reviewer decides while the maker writes the next version."""

import pytest

from accounts.models import Person
from pilots.models import ContentItem, ContentVersion, Review
from pilots.models.checklist import CHECKLIST
from tests.cast import NOW, Cast, make_pilot
from tests.races.together import (
    ROUNDS,
    Result,
    errors,
    ignore_triggers,
    lasting,
    meeting,
    slow,
    together,
    unlock,
)

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]


@pytest.fixture
def item(scoped: Cast) -> ContentItem:
    return ContentItem.objects.make(
        make_pilot(scoped),
        title="Price pushback",
        kind="scenario",
        ai_use="made",
        text="0",
        by=scoped.manager,
        at=NOW,
    )


def review(item: ContentItem, by: Person, decision: str) -> Review:
    version = ContentItem.objects.get(pk=item.pk).newest_version()
    return version.review(decision=decision, checklist=list(CHECKLIST), note="", by=by, at=NOW)


def write(cast: Cast, item: ContentItem, text: str) -> ContentVersion:
    return ContentItem.objects.get(pk=item.pk).add_version(text=text, by=cast.manager, at=NOW)


def state(item: ContentItem) -> str:
    return ContentItem.objects.get(pk=item.pk).state


class TestTwoReviewers:
    def test_both_are_written_down_and_the_objection_holds(
        self, scoped: Cast, item: ContentItem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slow(monkeypatch, Review, "save")
        for number in range(ROUNDS):
            write(scoped, item, str(number))
            results = together(
                scoped.organisation,
                lambda: review(item, scoped.reviewer, "approve"),
                lambda: review(item, scoped.administrator, "reject"),
            )
            assert errors(results) == []
            said = item.newest_version().reviews.values_list("decision", flat=True)
            assert (sorted(said), state(item)) == (["approve", "reject"], "reject")
        assert item.pilot.chain.first_break() is None


class TestADoubleClick:
    def race(self, cast: Cast, item: ContentItem, number: int) -> int:
        write(cast, item, str(number))
        together(cast.organisation, *[lambda: review(item, cast.reviewer, "approve")] * 2)
        return Review.objects.filter(version=item.newest_version()).count()

    def test_it_is_one_review(self, scoped: Cast, item: ContentItem, monkeypatch: pytest.MonkeyPatch) -> None:
        slow(monkeypatch, Review, "save")
        assert {self.race(scoped, item, number) for number in range(ROUNDS)} == {1}

    def test_without_the_lock_it_is_two(
        self, scoped: Cast, item: ContentItem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unlock(monkeypatch, ContentItem)
        meeting(monkeypatch, Review, "save")
        assert any(self.race(scoped, item, number) == 2 for number in range(5))


class TestWhileTheMakerWrites:
    def race(self, cast: Cast, item: ContentItem, *triggers: str) -> bool:
        """Whether a version was decided on after a newer one had been made; ``triggers`` are taken away."""
        old = item.newest_version()

        def decide() -> Review:
            ignore_triggers(*triggers)
            return old.review(decision="reject", checklist=[], note="No.", by=cast.reviewer, at=NOW)

        results: list[Result] = together(
            cast.organisation, decide, lambda: write(cast, item, f"after version {old.number}")
        )
        assert errors(results) in ([], ["RefusedError"], ["IntegrityError"])
        events = list(item.pilot.chain.events.all())
        made = [
            e.number
            for e in events
            if e.verb == "content.version_made" and e.facts["number"] == old.number + 1
        ]
        reviewed = [
            e.number for e in events if e.verb == "content.reviewed" and e.facts["number"] == old.number
        ]
        return any(number > max(made) for number in reviewed)

    def test_only_the_newest_is_decided_on(
        self, scoped: Cast, item: ContentItem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slow(monkeypatch, Review, "save")
        assert not any(self.race(scoped, item) for _round in range(ROUNDS))

    def test_without_the_lock_the_database_still_refuses(
        self, scoped: Cast, item: ContentItem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unlock(monkeypatch, ContentItem)
        slow(monkeypatch, Review, "save")
        assert not any(self.race(scoped, item) for _round in range(ROUNDS))

    def test_without_lock_and_trigger_an_older_one_is_decided_on(
        self, scoped: Cast, item: ContentItem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unlock(monkeypatch, ContentItem)
        lasting(monkeypatch, Review, "save")
        assert any(self.race(scoped, item, "pilots.Review:review_counts") for _round in range(ROUNDS))
