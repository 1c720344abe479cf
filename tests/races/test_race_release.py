"""A version is released while its maker writes the next one, and while an incident opens its review again."""

from collections.abc import Callable

import pytest

from pilots.models import ContentItem, Release
from pilots.models.checklist import CHECKLIST
from tests.cast import NOW, Cast, make_pilot
from tests.races.together import ROUNDS, Result, errors, ignore_triggers, lasting, slow, together, unlock

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("monday", "bell"),
]
TRIGGER = "pilots.Release:release_is_approved"


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


def race(cast: Cast, item: ContentItem, number: int, *triggers: str) -> bool:
    """Whether something that was not approved any more went to learners."""
    version = ContentItem.objects.get(pk=item.pk).add_version(text=f"v {number}", by=cast.manager, at=NOW)
    version.review(decision="approve", checklist=list(CHECKLIST), by=cast.reviewer, at=NOW)

    def release() -> Release:
        ignore_triggers(*triggers)
        one = ContentItem.objects.get(pk=item.pk)
        return one.release(number=version.number, to="All", by=cast.manager, at=NOW)

    results: list[Result] = together(
        cast.organisation,
        release,
        lambda: ContentItem.objects.get(pk=item.pk).add_version(
            text=f"after {number}", by=cast.manager, at=NOW
        ),
    )
    assert errors(results) in ([], ["RefusedError"], ["IntegrityError"])
    events = [(event.verb, event.facts["number"]) for event in item.pilot.chain.events.filter(verb__startswith="content.").exclude(verb="content.made").order_by("number")]  # fmt: skip
    released, edited = ("content.released", version.number), ("content.version_made", version.number + 1)
    return released in events and events.index(released) > events.index(edited)


@pytest.fixture
def racing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    return lambda: slow(monkeypatch, Release, "save")


def test_what_was_edited_is_not_released(scoped: Cast, item: ContentItem, racing: Callable[[], None]) -> None:
    racing()
    assert not any(race(scoped, item, number) for number in range(ROUNDS))


def test_without_the_lock_the_database_refuses(
    scoped: Cast, item: ContentItem, racing: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch, ContentItem)
    racing()
    assert not any(race(scoped, item, number) for number in range(ROUNDS))


def test_without_lock_and_trigger_it_is(
    scoped: Cast, item: ContentItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch, ContentItem)
    lasting(monkeypatch, Release, "save")
    assert any(race(scoped, item, number, TRIGGER) for number in range(ROUNDS))
