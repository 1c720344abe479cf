"""Every word that a template says is marked for translation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2] / "templates"
# Names, and a digest's: they are the same in every language. The style guide is for whoever builds pages.
NAMES: Final = ("Pilotlight", "SHA-256")
FOR_BUILDERS: Final = {"styleguide.html"}
# Letters that are code in an address, not a word.
_HTML: Final = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1>|<!?/?[a-zA-Z][^>]*>", re.S)
_SPOKEN: Final = re.compile(
    r'\b(?:alt|aria-label|placeholder|title|content|data-label|value|label)="([^"]*)"'
)


def texts_in(template: str) -> str:
    """What is left of a template when everything that is translated, computed or code is taken away."""
    text = re.sub(r"\{% comment.*?endcomment %\}|\{#.*?#\}", " ", template, flags=re.S)
    text = re.sub(r"\{% block main_class %\}.*?\{% endblock %\}", " ", text)  # names of styles
    text = re.sub(r"\{% blocktrans(?:late)?\b.*?\{% endblocktrans(?:late)? %\}", " ", text, flags=re.S)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.S)
    spoken = [words for words in _SPOKEN.findall(text) if not _is_code(words)]
    text = " ".join([_HTML.sub(" ", text), *spoken])
    for name in NAMES:
        text = text.replace(name, " ")
    return re.sub(r"&\w+;", " ", text)


def _is_code(value: str) -> bool:
    """A charset, a viewport, a number: what a machine reads."""
    return bool(
        re.fullmatch(
            r"[\s\d.,;=/:-]*|width=device-width.*|light dark|1|utf-8|\S+@\S+|on|noindex, nofollow",
            value.strip(),
        )
    )


def templates() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.suffix in {".html", ".txt"})


@pytest.mark.parametrize("name", [name for name in templates() if name not in FOR_BUILDERS])
def test_no_word_is_left_over(name: str) -> None:
    assert re.findall(r"[^\W\d_]{2,}", texts_in((ROOT / name).read_text())) == []


def test_a_word_that_is_not_marked_is_found() -> None:
    left = '<p title="Hello">{% translate "Marked" %} {{ value }} <b>Not marked</b>{% blocktranslate %}So {{ is }} this{% endblocktranslate %}</p>'
    assert texts_in(left).split() == ["Not", "marked", "Hello"]
