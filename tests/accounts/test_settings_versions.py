"""What one person saved, another never overwrites unseen."""

import pytest

from accounts.models import Organisation, StaleVersionError
from tests.cast import NOW, Cast


def opened(cast: Cast) -> Organisation:
    return Organisation.objects.get(pk=cast.organisation.pk)


def test_a_change_raises_the_version_and_names_what_differs(cast: Cast) -> None:
    organisation = opened(cast)
    changed = organisation.change_settings(
        by=cast.administrator,
        at=NOW,
        expected_version=1,
        name="Northwind",
        minimum_group=5,
        sender_name="L&D",
    )
    assert changed == ["name", "sender_name"]
    assert opened(cast).version == organisation.version == 2
    assert organisation.chain.events.latest("number").facts == {"changed": ["name", "sender_name"]}


def test_whoever_comes_second_is_shown_what_it_says_now(cast: Cast) -> None:
    mine, theirs = opened(cast), opened(cast)
    mine.change_settings(by=cast.administrator, at=NOW, expected_version=1, name="Mine")
    with pytest.raises(StaleVersionError) as stale:
        theirs.change_settings(by=cast.manager, at=NOW, expected_version=1, name="Theirs", minimum_group=9)
    assert isinstance(stale.value.current, Organisation)
    assert (stale.value.current.name, stale.value.current.version) == ("Mine", 2)
    assert (opened(cast).name, opened(cast).minimum_group) == ("Mine", 5)


def test_what_is_not_named_is_not_written(cast: Cast) -> None:
    old = opened(cast)
    Organisation.objects.update(digest_day=3)
    old.change_settings(by=cast.administrator, at=NOW, expected_version=1, name="Mine")
    assert opened(cast).digest_day == 3


def test_the_same_again_changes_nothing(cast: Cast) -> None:
    events = cast.organisation.chain.events.count()
    name = cast.organisation.name
    assert opened(cast).change_settings(by=cast.administrator, at=NOW, expected_version=1, name=name) == []
    assert (opened(cast).version, cast.organisation.chain.events.count()) == (1, events)
