"""While there is one language, a template's words are text; with a second one they are looked up."""

from __future__ import annotations

from django.template import engines
from django.template.base import TextNode
from django.templatetags.i18n import TranslateNode
from django.test import override_settings

WORDS = '{% translate "Plan & <b>launch</b> 100 %" %}'


def kinds(source: str) -> list[type]:
    return [type(node) for node in engines["django"].from_string(source).template.nodelist]


def test_words_are_written_as_they_stand() -> None:
    assert kinds(WORDS) == [TextNode]
    assert engines["django"].from_string(WORDS).render() == "Plan & <b>launch</b> 100 %"


@override_settings(USE_I18N=True)
def test_with_a_second_language_they_are_looked_up_and_read_the_same() -> None:
    assert kinds(WORDS) == [TranslateNode]
    assert engines["django"].from_string(WORDS).render() == "Plan & <b>launch</b> 100 %"


def test_what_is_named_or_computed_goes_djangos_way() -> None:
    template = engines["django"].from_string(
        '{% translate "Save" as label %}{{ label }} {% translate word %} {% translate "as it is"|upper %}'
    )
    assert template.render({"word": "<now>"}) == "Save &lt;now&gt; AS IT IS"
