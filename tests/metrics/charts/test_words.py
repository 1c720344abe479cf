"""The words of the picture, in the language of the page."""

from __future__ import annotations

from dataclasses import fields

import pytest

from metrics import picture_words as module
from metrics.charts import Words
from metrics.picture_words import picture_words


def test_in_english_they_are_those_of_the_drawing() -> None:
    assert picture_words() == Words()


def test_once_for_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    english = picture_words()
    assert picture_words() is english
    monkeypatch.setattr(module, "get_language", lambda: "another language")
    assert picture_words() is not english
    module._words.cache_clear()


def test_every_text_is_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_", "«{}»".format)
    monkeypatch.setattr(module, "get_language", lambda: "a language of its own")
    said = picture_words()
    module._words.cache_clear()
    for field in fields(Words):
        if not field.name.endswith("months"):
            assert getattr(said, field.name).startswith("«"), field.name
