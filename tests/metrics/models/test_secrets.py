"""Secrets of sources: sealed at rest, opened for the source alone, shown to nobody."""

import json

import pytest
from cryptography.fernet import InvalidToken
from django.apps import apps
from django_scopes import scopes_disabled
from pytest_django import Settings

from accounts import vault
from accounts.models import Event, EventDetail
from metrics.models import Source, SourceDraft
from metrics.sources import SourceError
from tests.cast import NOW, Cast
from tests.metrics.models.answers import Answers, connect

TOKEN = "planted-secret-9f3a"


@pytest.fixture
def sealed(source: Source, scoped: Cast) -> Source:
    return connect(scoped, source.metric, secrets={"token": TOKEN})


def test_the_source_gets_them_open(sealed: Source, answers: Answers) -> None:
    sealed.pull(at=NOW)
    assert answers.told[-1][1] == {"token": TOKEN}


def test_they_stand_in_no_table_and_no_name(sealed: Source, answers: Answers) -> None:
    answers.error = None
    sealed.pull(at=NOW)
    with scopes_disabled():
        rows = [list(model._base_manager.values()) for model in apps.get_models()]
    assert TOKEN not in json.dumps(rows, default=str)
    assert TOKEN not in repr(sealed) + str(sealed) + repr(vars(sealed))
    assert EventDetail.objects.filter(event__verb="source.connected").count() == 2
    assert Event.objects.filter(facts__kind="file").exists()


def test_what_is_left_out_stays_as_it_is(scoped: Cast, sealed: Source) -> None:
    connect(scoped, sealed.metric)
    connect(scoped, sealed.metric, secrets={"user": "ada"})
    assert vault.unseal(Source.objects.get().sealed) == {"token": TOKEN, "user": "ada"}


def test_a_new_key_opens_what_the_old_one_sealed(settings: Settings) -> None:
    settings.SOURCE_KEYS = ["old"]
    sealed = vault.seal({"token": TOKEN})
    settings.SOURCE_KEYS = ["new", "old"]
    assert vault.unseal(sealed) == {"token": TOKEN}
    sealed_anew = vault.seal(vault.unseal(sealed))
    settings.SOURCE_KEYS = ["new"]
    assert vault.unseal(sealed_anew) == {"token": TOKEN}
    with pytest.raises(InvalidToken):
        vault.unseal(sealed)


def test_the_same_secret_is_never_sealed_to_the_same_text() -> None:
    assert vault.seal({"token": TOKEN}) != vault.seal({"token": TOKEN})
    assert (vault.seal({}), vault.unseal("")) == ("", {})


def test_a_lost_key_is_a_failed_pull_in_plain_words(sealed: Source, settings: Settings) -> None:
    settings.SOURCE_KEYS = ["another"]
    pull = sealed.pull(at=NOW)
    assert (pull.state, pull.needs_a_person) == ("failed", True)
    assert "again" in pull.error


def test_secrets_can_be_given_anew_when_the_key_is_lost(
    scoped: Cast, sealed: Source, settings: Settings
) -> None:
    settings.SOURCE_KEYS = ["another"]
    connect(scoped, sealed.metric, secrets={"token": "a new one"})
    assert vault.unseal(Source.objects.get().sealed) == {"token": "a new one"}


def test_kept_keys_go_to_no_other_address(scoped: Cast, monday: object, bell: object) -> None:
    """Whoever may change the address could otherwise have a colleague's key sent to one of their own."""
    first = {"url": "https://figures.example/v1", "date_column": "day", "value_column": "value"}
    source = connect(scoped, kind="http_json", settings=first, secrets={"bearer_token": TOKEN})
    elsewhere = {**first, "url": "https://elsewhere.example/v1"}
    draft = SourceDraft(metric=source.metric, kind="http_json", settings=elsewhere)
    with pytest.raises(SourceError, match="type the key again"):
        draft._all_secrets()
    same_place = {**first, "url": "https://figures.example/v2?page=1"}
    assert connect(scoped, source.metric, kind="http_json", settings=same_place)._secrets(None) == {
        "bearer_token": TOKEN
    }
    assert connect(scoped, source.metric, kind="http_json", settings=elsewhere)._secrets(None) == {}
